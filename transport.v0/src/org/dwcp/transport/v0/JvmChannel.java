// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v0;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.whiteboard.Frames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a channel. One virtual thread reads its incoming pipe, calls the handler, and is the only one that ends the channel; whoever
 * closes it only leaves a word in both pipes. So the end is told once, after the last frame.
 */
final class JvmChannel implements Channel {
    private static final Logger LOG = LoggerFactory.getLogger(JvmChannel.class);
    static final String READER = JvmNode.PROVIDER + ".reader-";
    /** How long the other end may take to say farewell. Source: the contract of {@link Channel#close}. */
    private static final long CLOSE_NS = 1_000_000_000L;
    private static final long GONE_MS = 1_500;
    /** Word to the own reader: this end closes. */
    private final Object closing = new Object();

    private enum State { OPEN, CLOSING, CLOSED }

    private final JvmNode owner;
    private final NodeId peer;
    private final String protocol;
    private final Pipe in;
    private final Pipe out;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
    private final CountDownLatch gone = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition resumed = lock.newCondition();
    private final LongAdder framesSent = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder framesReceived = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();
    private volatile ChannelHandler handler;
    private volatile TransportException cause;
    private volatile Thread reader;
    private boolean paused;
    private boolean discarding;

    JvmChannel(JvmNode owner, NodeId peer, String protocol, Pipe in, Pipe out) {
        this.owner = owner;
        this.peer = peer;
        this.protocol = protocol;
        this.in = in;
        this.out = out;
    }

    /** Begins to read; before that frames wait in the pipe. */
    void start(ChannelHandler taker, int number) {
        handler = taker;
        reader = Thread.ofVirtual().name(READER + number).inheritInheritableThreadLocals(false).unstarted(this::read);
        reader.setContextClassLoader(null);
        reader.start();
    }

    // ---- sending

    @Override
    public void send(ByteBuffer... parts) {
        int bytes = Frames.bytes(parts);
        requireOpen();
        if (!out.room().tryAcquire(bytes)) {
            if (onReader()) {
                throw new TransportException(Kind.REJECTED, "send would block a transport's callback; use trySend there");
            }
            try {
                out.room().acquire(bytes);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TransportException(Kind.UNAVAILABLE, "interrupted while waiting for room on the channel to " + peer);
            }
            requireOpen();
        }
        put(bytes, parts);
    }

    @Override
    public boolean trySend(ByteBuffer... parts) {
        int bytes = Frames.bytes(parts);
        requireOpen();
        if (!out.room().tryAcquire(bytes)) {
            return false;
        }
        put(bytes, parts);
        return true;
    }

    private void put(int bytes, ByteBuffer... parts) {
        var frame = ByteBuffer.allocate(bytes);
        for (var part : parts) {
            frame.put(part);
        }
        out.frames().add(frame.array());
        framesSent.increment();
        bytesSent.add(bytes);
        owner.sent(bytes);
    }

    private void requireOpen() {
        if (state.get() != State.OPEN) {
            throw new TransportException(Kind.UNAVAILABLE,
                    "channel " + protocol + " to " + peer + " is closed" + (cause == null ? "" : ": " + cause.getMessage()));
        }
    }

    private static boolean onReader() {
        return Thread.currentThread().getName().startsWith(READER);
    }

    // ---- receiving, on the reader

    private void read() {
        try {
            readToTheEnd();
        } catch (InterruptedException e) {
            LOG.debug("reader interrupted protocol={} peer={}", protocol, peer);
        } finally {
            finish();
        }
    }

    private void readToTheEnd() throws InterruptedException {
        long deadlineNs = Long.MAX_VALUE;
        while (true) {
            var next = deadlineNs == Long.MAX_VALUE ? in.frames().take()
                    : in.frames().poll(deadlineNs - owner.clock().nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                return; // the other end does not read; what it had been sent is with it
            } else if (next == closing) {
                deadlineNs = owner.clock().nanoTime() + CLOSE_NS;
            } else if (next instanceof String[] farewell) {
                cause = cause == null ? Pipe.reason(farewell) : cause;
                return;
            } else if (awaitReading() && !deliver((byte[]) next)) {
                return;
            }
        }
    }

    /** Waits while reading is paused; false when what comes is to be thrown away. */
    private boolean awaitReading() throws InterruptedException {
        lock.lock();
        try {
            while (paused && !discarding) {
                resumed.await();
            }
            return !discarding;
        } finally {
            lock.unlock();
        }
    }

    private boolean deliver(byte[] frame) {
        framesReceived.increment();
        bytesReceived.add(frame.length);
        owner.received(frame.length);
        try {
            handler.onFrame(this, ByteBuffer.wrap(frame));
            in.room().release(frame.length);
            return true;
        } catch (RuntimeException e) {
            LOG.warn("handler failed protocol={} peer={} provider={}", protocol, peer, provider(), e);
            owner.troubled("handler.failed");
            end(new TransportException(Kind.UNAVAILABLE, "handler of " + protocol + " at the other end failed"),
                    new TransportException(Kind.BROKEN, "handler of " + protocol + " failed: " + e));
            return false;
        }
    }

    private void finish() {
        end(null, cause);
        state.set(State.CLOSED);
        owner.forget(this);
        if (cause != null) {
            owner.troubled("channel.broken");
        }
        try {
            handler.onClosed(this, Optional.ofNullable(cause));
        } catch (RuntimeException e) {
            LOG.warn("handler failed at close protocol={} peer={} provider={}", protocol, peer, provider(), e);
            owner.troubled("handler.failed");
        }
        gone.countDown();
    }

    @Override
    public void pauseReading() {
        pause(true);
    }

    @Override
    public void resumeReading() {
        pause(false);
    }

    private void pause(boolean now) {
        lock.lock();
        try {
            paused = now;
            resumed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ---- ending

    @Override
    public void close() {
        end(null, null);
        awaitGone();
    }

    /** Lets what is under way arrive, then ends; the reader does it. */
    void end(TransportException reasonForPeer, TransportException ownCause) {
        if (!state.compareAndSet(State.OPEN, State.CLOSING)) {
            return;
        }
        cause = ownCause;
        lock.lock();
        try {
            discarding = paused; // its owner does not want what is still to come
            resumed.signalAll();
        } finally {
            lock.unlock();
        }
        out.farewell(reasonForPeer);
        out.open();
        in.frames().add(closing);
    }

    void awaitGone() {
        if (onReader()) {
            return; // this may be the very thread that has to do it
        }
        try {
            gone.await(GONE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes a reader go that its handler holds up. */
    void interrupt() {
        reader.interrupt();
    }

    // ---- figures

    @Override
    public NodeId peer() {
        return peer;
    }

    @Override
    public String protocol() {
        return protocol;
    }

    @Override
    public String provider() {
        return JvmNode.PROVIDER;
    }

    @Override
    public boolean isOpen() {
        return state.get() == State.OPEN;
    }

    @Override
    public ChannelStats stats() {
        return new ChannelStats(peer, protocol, provider(), isOpen() ? 1 : 0, framesSent.sum(), bytesSent.sum(), framesReceived.sum(),
                bytesReceived.sum());
    }
}
