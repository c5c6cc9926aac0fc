// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;

/**
 * One channel. Frames to send wait in a bounded queue that the writer empties; frames that arrive are handed up by the reader, which is also the only
 * thread that calls {@code onClosed}: so nothing comes after it, and it comes once. Whatever ends the channel sets {@link #closed} first, under the lock,
 * and whoever sets it decides the cause.
 */
final class PlainChannel implements Channel {
    /** How long frames may take to leave after an orderly close. Source: {@link Channel#close}. */
    private static final Duration LAST_FRAMES = Duration.ofSeconds(1);
    /** How long the other end may take to confirm it. Source: chosen; closing at once could destroy what is still under way. */
    private static final Duration LAST_WORD = Duration.ofSeconds(5);
    private static final int END = 0;

    private final NodeId peer;
    private final String protocol;
    private final Wire wire;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final long queueBytesMax;
    private final Consumer<PlainChannel> gone;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition work = lock.newCondition();
    private final Condition reading = lock.newCondition();
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private final AtomicLong framesSent = new AtomicLong();
    private final AtomicLong bytesSent = new AtomicLong();
    private final AtomicLong framesReceived = new AtomicLong();
    private final AtomicLong bytesReceived = new AtomicLong();
    private final Thread reader;
    private final Thread writer;
    private final CountDownLatch started = new CountDownLatch(1);
    private long queuedBytes;
    private boolean paused;
    private boolean closed;
    private boolean inOrder;
    private Optional<TransportException> cause = Optional.empty();
    private ChannelHandler handler;

    PlainChannel(NodeId peer, String protocol, Wire wire, DataInputStream in, DataOutputStream out, long queueBytesMax, Consumer<PlainChannel> gone) {
        this.peer = peer;
        this.protocol = protocol;
        this.wire = wire;
        this.in = in;
        this.out = out;
        this.queueBytesMax = queueBytesMax;
        this.gone = gone;
        reader = thread("read", this::read);
        writer = thread("write", this::write);
    }

    /** Lets frames flow; what was offered before waits in the queue until now. */
    void start(ChannelHandler frames) {
        handler = frames;
        writer.start();
        reader.start();
        started.countDown();
    }

    @Override
    public void send(ByteBuffer... parts) {
        var bytes = checked(parts);
        lock.lock();
        try {
            while (!closed && !fits(bytes)) {
                room.await();
            }
            offer(parts, bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException(Kind.RETRY, "interrupted while a frame to " + peer + " waited for room");
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean trySend(ByteBuffer... parts) {
        var bytes = checked(parts);
        lock.lock();
        try {
            if (!closed && !fits(bytes)) {
                return false;
            }
            offer(parts, bytes);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static int checked(ByteBuffer[] parts) {
        var bytes = 0L;
        for (var part : parts) {
            bytes += part.remaining();
        }
        if (bytes < 1 || bytes > Transport.FRAME_BYTES_MAX) {
            throw new TransportException(Kind.REJECTED, "frame of " + bytes + " bytes is not in 1.." + Transport.FRAME_BYTES_MAX + "; split it");
        }
        return (int) bytes;
    }

    private boolean fits(int bytes) {
        return queuedBytes + bytes <= queueBytesMax;
    }

    private void offer(ByteBuffer[] parts, int bytes) {
        if (closed) {
            throw new TransportException(Kind.UNAVAILABLE, "channel to " + peer + " is closed" + cause.map(e -> ": " + e.getMessage()).orElse(""));
        }
        var frame = ByteBuffer.allocate(bytes);
        for (var part : parts) {
            frame.put(part);
        }
        queue.add(frame.array());
        queuedBytes += bytes;
        framesSent.incrementAndGet();
        bytesSent.addAndGet(bytes);
        work.signal();
    }

    private void write() {
        try {
            for (var frame = next(); frame != null; frame = next()) {
                out.writeInt(frame.length);
                out.write(frame);
                if (isIdle()) {
                    out.flush();
                }
            }
            if (isInOrder()) {
                out.writeInt(END);
                out.flush();
            }
        } catch (IOException e) {
            end(new TransportException(Kind.UNAVAILABLE, "connection to " + peer + " broke: " + e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next frame, or null when nothing more is to be sent. */
    private byte[] next() throws InterruptedException {
        lock.lock();
        try {
            while (queue.isEmpty() && !closed) {
                work.await();
            }
            var frame = queue.poll();
            if (frame != null) {
                queuedBytes -= frame.length;
                room.signalAll();
            }
            return frame;
        } finally {
            lock.unlock();
        }
    }

    private boolean isIdle() {
        lock.lock();
        try {
            return queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private boolean isInOrder() {
        lock.lock();
        try {
            return inOrder;
        } finally {
            lock.unlock();
        }
    }

    private void read() {
        try {
            var buffer = new byte[16 << 10];
            while (mayRead()) {
                var length = in.readInt();
                if (length == END) {
                    endInOrder();
                    break;
                }
                if (length < 0 || length > Transport.FRAME_BYTES_MAX) {
                    throw new TransportException(Kind.BROKEN, "frame of " + length + " bytes from " + peer + " exceeds " + Transport.FRAME_BYTES_MAX);
                }
                buffer = buffer.length < length ? new byte[length] : buffer;
                in.readFully(buffer, 0, length);
                handUp(ByteBuffer.wrap(buffer, 0, length).slice());
            }
        } catch (IOException e) {
            end(new TransportException(Kind.UNAVAILABLE, "connection to " + peer + " broke: " + e.getMessage()));
        } catch (TransportException e) {
            end(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            wire.close();
            gone.accept(this);
            tellHandler();
        }
    }

    /** Waits while paused. After a close of our own it reads on, to see the other end's confirmation, and {@link #handUp} drops what comes. */
    private boolean mayRead() throws InterruptedException {
        lock.lock();
        try {
            while (paused && !closed) {
                reading.await();
            }
            return !closed || inOrder;
        } finally {
            lock.unlock();
        }
    }

    private void handUp(ByteBuffer frame) {
        if (!isOpen()) {
            return;
        }
        framesReceived.incrementAndGet();
        bytesReceived.addAndGet(frame.remaining());
        try {
            handler.onFrame(this, frame);
        } catch (RuntimeException e) { // A handler's fault ends its channel, not the reader.
            throw new TransportException(Kind.BROKEN, "handler of " + protocol + " failed: " + e);
        }
    }

    private void tellHandler() {
        Optional<TransportException> why;
        lock.lock();
        try {
            why = cause;
        } finally {
            lock.unlock();
        }
        try {
            handler.onClosed(this, why);
        } catch (RuntimeException e) {
            System.getLogger(PlainChannel.class.getName()).log(System.Logger.Level.WARNING, "handler failed at the end of its channel", e);
        }
    }

    /** Ends it at once and for a reason. */
    void end(TransportException reason) {
        finish(Optional.of(reason), false);
        wire.close();
    }

    /** The other end has closed: what we have not sent yet is not wanted any more. */
    private void endInOrder() {
        finish(Optional.empty(), false);
    }

    @Override
    public void close() {
        if (finish(Optional.empty(), true)) {
            thread("linger", this::linger).start();
        }
    }

    private boolean finish(Optional<TransportException> why, boolean sendRest) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            closed = true;
            inOrder = sendRest;
            cause = why;
            if (!sendRest) {
                queue.clear();
                queuedBytes = 0;
            }
            work.signalAll();
            room.signalAll();
            reading.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void linger() {
        try {
            started.await(LAST_FRAMES.toNanos(), TimeUnit.NANOSECONDS); // whoever is handed a channel may close it before its threads run
            if (ended(writer, LAST_FRAMES)) {
                ended(reader, LAST_WORD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        wire.close();
    }

    /** Waits until its threads are gone. */
    boolean join(Duration timeout) throws InterruptedException {
        return ended(writer, timeout) && (Thread.currentThread() == reader || ended(reader, timeout));
    }

    /** A transport may be stopped between the making of a channel and its start; threads that start later find it closed and end at once. */
    private static boolean ended(Thread thread, Duration timeout) throws InterruptedException {
        return thread.getState() == Thread.State.NEW || thread.join(timeout);
    }

    private Thread thread(String role, Runnable work) {
        var thread = Thread.ofVirtual().name(PlainTransport.PROVIDER_NAME + "." + role).unstarted(work);
        thread.setContextClassLoader(null);
        return thread;
    }

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
        return PlainTransport.PROVIDER_NAME;
    }

    @Override
    public void pauseReading() {
        setPaused(true);
    }

    @Override
    public void resumeReading() {
        setPaused(false);
    }

    private void setPaused(boolean value) {
        lock.lock();
        try {
            paused = value;
            reading.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public ChannelStats stats() {
        return new ChannelStats(peer, protocol, provider(), 1, framesSent.get(), bytesSent.get(), framesReceived.get(), bytesReceived.get());
    }
}
