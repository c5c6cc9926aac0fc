// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

import java.util.stream.IntStream;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;

/**
 * One end of a channel in memory: bounded lanes, each with a thread that hands frames up, so that frames of different lanes overtake each other
 * and run concurrently. {@link #cut} loses what is in the lanes, as a broken connection does.
 */
public final class FakeChannel implements Channel {
    private static final int LANE_FRAMES = 4;

    private final FakeTransport transport;
    private final NodeId peer;
    private final String protocol;
    private final BlockingQueue<ByteBuffer>[] lanes;
    private final Thread[] readers;
    private final AtomicIntegerArray numbers;
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong framesSent = new AtomicLong();
    private final AtomicLong bytesSent = new AtomicLong();
    private final AtomicLong framesReceived = new AtomicLong();
    private final AtomicLong bytesReceived = new AtomicLong();
    private final Object gate = new Object();
    private boolean paused;
    private boolean handlerSet;
    private FakeChannel other;
    private ChannelHandler handler;
    private volatile boolean closed;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private FakeChannel(FakeTransport transport, NodeId peer, String protocol, int laneCount) {
        this.transport = transport;
        this.peer = peer;
        this.protocol = protocol;
        lanes = new BlockingQueue[laneCount];
        numbers = new AtomicIntegerArray(IntStream.range(0, laneCount).toArray());
        readers = new Thread[laneCount];
        for (int i = 0; i < laneCount; i++) {
            lanes[i] = new ArrayBlockingQueue<>(LANE_FRAMES);
            BlockingQueue<ByteBuffer> lane = lanes[i];
            readers[i] = Thread.ofVirtual().name("fake.lane").unstarted(() -> read(lane));
        }
    }

    /** Two ends that belong together; the first is the opener's. */
    static FakeChannel[] pair(FakeTransport opener, FakeTransport acceptor, String protocol, int lanes) {
        FakeChannel near = new FakeChannel(opener, acceptor.node(), protocol, lanes);
        FakeChannel far = new FakeChannel(acceptor, opener.node(), protocol, lanes);
        near.other = far;
        far.other = near;
        return new FakeChannel[] {near, far};
    }

    void start(ChannelHandler takes) {
        synchronized (gate) {
            handler = takes;
            handlerSet = true;
        }
        for (Thread reader : readers) {
            reader.start();
        }
    }

    private void read(BlockingQueue<ByteBuffer> lane) {
        try {
            while (!ended.get()) {
                synchronized (gate) {
                    while (paused && !ended.get()) {
                        gate.wait();
                    }
                }
                ByteBuffer frame = lane.poll(20, TimeUnit.MILLISECONDS);
                if (frame != null && !ended.get()) {
                    framesReceived.incrementAndGet();
                    bytesReceived.addAndGet(frame.remaining());
                    transport.faults().beforeDelivery(this);
                    if (!transport.faults().drops(this)) {
                        handler.onFrame(this, frame.asReadOnlyBuffer());
                    }
                    delivered.incrementAndGet();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
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
        return transport.name();
    }

    @Override
    public void send(ByteBuffer... parts) {
        sendOnLane(parts);
    }

    @Override
    public int sendOnLane(ByteBuffer... parts) {
        ByteBuffer frame = join(parts);
        int index = transport.faults().lane(next, other.lanes.length);
        int number = numbers.get(index);
        BlockingQueue<ByteBuffer> lane = other.lanes[index];
        transport.faults().beforeSend(this);
        try {
            do {
                requireOpen();
            } while (!lane.offer(frame, 10, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException(Kind.UNAVAILABLE, "interrupted");
        }
        count(frame);
        return number;
    }

    /** Loses what one lane carries, both ways; another takes its place. Both ends are told. */
    public void loseLane(int index) {
        lose(index);
        other.lose(index);
    }

    private void lose(int index) {
        List<ByteBuffer> lost = new ArrayList<>();
        other.delivered.addAndGet(other.lanes[index].drainTo(lost));
        int number = numbers.getAndAdd(index, lanes.length);
        handler.onLaneLost(this, number, new TransportException(Kind.UNAVAILABLE, "lane lost by the test"));
    }

    @Override
    public boolean trySend(ByteBuffer... parts) {
        requireOpen();
        ByteBuffer frame = join(parts);
        if (!other.lanes[transport.faults().lane(next, other.lanes.length)].offer(frame)) {
            return false;
        }
        count(frame);
        return true;
    }

    private void count(ByteBuffer frame) {
        framesSent.incrementAndGet();
        bytesSent.addAndGet(frame.limit());
    }

    private void requireOpen() {
        if (closed || ended.get()) {
            throw new TransportException(Kind.UNAVAILABLE, "channel over " + provider() + " is closed");
        }
    }

    private static ByteBuffer join(ByteBuffer... parts) {
        int bytes = 0;
        for (ByteBuffer part : parts) {
            bytes += part.remaining();
        }
        if (bytes < 1 || bytes > Transport.FRAME_BYTES_MAX) {
            throw new TransportException(Kind.REJECTED, "frame of " + bytes + " bytes exceeds " + Transport.FRAME_BYTES_MAX);
        }
        ByteBuffer frame = ByteBuffer.allocate(bytes);
        for (ByteBuffer part : parts) {
            frame.put(part);
        }
        return frame.flip();
    }

    @Override
    public void pauseReading() {
        synchronized (gate) {
            paused = true;
        }
    }

    @Override
    public void resumeReading() {
        synchronized (gate) {
            paused = false;
            gate.notifyAll();
        }
    }

    @Override
    public boolean isOpen() {
        return !closed && !ended.get();
    }

    @Override
    public ChannelStats stats() {
        return new ChannelStats(peer, protocol, provider(), lanes.length, framesSent.get(), bytesSent.get(), framesReceived.get(), bytesReceived.get());
    }

    /** Orderly: waits up to a second until the other end has taken what was sent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            for (int i = 0; i < 200 && !other.ended.get() && other.delivered.get() < framesSent.get(); i++) {
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end(Optional.empty());
        other.end(Optional.empty());
    }

    /** Breaks both ends; what is in the lanes is lost. */
    public void cut(String why) {
        TransportException cause = new TransportException(Kind.UNAVAILABLE, why);
        closed = true;
        other.closed = true;
        Thread.ofVirtual().start(() -> end(Optional.of(cause)));
        Thread.ofVirtual().start(() -> other.end(Optional.of(cause)));
    }

    private void end(Optional<TransportException> cause) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        closed = true;
        transport.forget(this);
        synchronized (gate) {
            gate.notifyAll();
            if (!handlerSet) {
                return;
            }
        }
        for (Thread reader : readers) {
            if (reader != Thread.currentThread()) {
                try {
                    reader.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
        handler.onClosed(this, cause);
    }
}
