// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.Counters.Trouble;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;

/**
 * One connection. Sending: a caller reserves bytes, copies its frame once into the provider's memory and queues it; the event loop moves as
 * much of the queue as the socket takes. The reserved bytes come free when the kernel has them, so queue, TLS buffers and socket buffers of
 * a lane together never hold more than the limit. Receiving: bytes are cut into frames and given to the current {@link Events}.
 *
 * <p>Everything but {@link #reserve}, {@link #enqueue} and the figures runs on the lane's event loop.
 */
final class Lane extends ChannelInboundHandlerAdapter implements FrameDecoder.Sink, Striping.Gauge {
    /** Bytes moved before other lanes of the same loop get their turn. Source: chosen; as the write water mark. */
    private static final int TURN_BYTES = 512 << 10;

    /** Small frames are written together up to so many bytes. Source: one TLS record. */
    private static final int GATHER_BYTES = 16 << 10;

    private final Channel socket;
    private Way way;
    private final Counters counters;
    private final FrameDecoder decoder;
    private final LaneGauge gauge;
    private final Queue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
    private final Queue<ByteBuf> firstQueue = new ConcurrentLinkedQueue<>();
    private final AtomicLong reservedBytes = new AtomicLong();
    private final AtomicBoolean turnAsked = new AtomicBoolean();
    private final Runnable turn = this::takeTurn;
    private volatile Budget.Share share;
    private volatile int number;
    private Events events;
    private boolean secure;
    private boolean started;
    private boolean sending;
    private ByteBuffer lastFrame;
    private boolean ended;
    private volatile boolean peerEnded;
    private TransportException trouble;
    private volatile boolean gone;
    private volatile long lastFrameNs;
    private volatile long takenBytes;
    private int kernelBytes;
    private volatile long paceBps;
    private long windowBytes;

    /** Who a lane belongs to at present. Called on the lane's loop. */
    interface Events {
        /** The peer has shown who it is, by TLS or by a ticket. */
        void onSecure(Lane lane, NodeId peer);

        void onControl(Lane lane, int type, ByteBuffer body);

        void onData(Lane lane, ByteBuffer frame);

        /** Bytes of the queue have gone out. */
        void onRoom(Lane lane);

        /** The last frame has gone out. */
        void onEnded(Lane lane);

        /** The connection is closed; nothing follows. */
        void onGone(Lane lane, TransportException why);
    }

    Lane(Channel socket, Way way, Counters counters, long queueBytesMax, Events events) {
        this.socket = socket;
        this.way = way;
        this.counters = counters;
        this.events = events;
        decoder = new FrameDecoder(socket.alloc(), this);
        gauge = new LaneGauge(queueBytesMax);
    }

    Channel socket() {
        return socket;
    }

    /** What it runs on. */
    Way way() {
        return way;
    }

    EventLoop loop() {
        return socket.eventLoop();
    }

    /** Its first byte has told that it runs on something else. */
    void over(Way other) {
        way = other;
    }

    void hand(Events next) {
        events = next;
    }

    /** Lets data through, both ways; the handshake's last frame has been written. */
    void start() {
        started = true;
        decoder.allowData();
        takeTurn();
    }

    void control(ByteBuffer frame) {
        socket.writeAndFlush(Unpooled.wrappedBuffer(frame));
    }

    /** Sends a last control frame and closes. */
    void refuse(ByteBuffer frame) {
        socket.writeAndFlush(Unpooled.wrappedBuffer(frame)).addListener(done -> socket.close());
    }

    // ---- sending, any thread

    @Override
    public long heldBytes() {
        return reservedBytes.get();
    }

    @Override
    public long roomBytes() {
        return gauge.roomBytes();
    }

    @Override
    public long rateBps() {
        return gauge.rateBps();
    }

    @Override
    public long lastFrameNs() {
        return lastFrameNs;
    }

    /** Bytes that the kernel has taken so far. Written by the loop. */
    long takenBytes() {
        return takenBytes;
    }

    LaneGauge gauge() {
        return gauge;
    }

    /** What the kernel tells of it, empty when it does not. */
    Optional<TcpInfo> info() {
        return socket instanceof EpollSocketChannel ? TcpInfo.read(socket) : Optional.empty();
    }

    boolean reserve(int bytes, long nowNs) {
        long held = reservedBytes.get();
        while (!gone && Striping.hasRoom(held, gauge.roomBytes(), bytes)) {
            if (reservedBytes.compareAndSet(held, held + bytes)) {
                if (share != null && !share.take(bytes)) {
                    reservedBytes.addAndGet(-bytes);
                    return false;
                }
                lastFrameNs = nowNs;
                return true;
            }
            held = reservedBytes.get();
        }
        return false;
    }

    /** Queues a frame whose bytes were reserved; {@code first} lets it overtake what waits. */
    void enqueue(boolean first, int bytes, ByteBuffer... parts) {
        // Not from the provider's own pool: a pool leaves its arena in each thread that asks it, and the caller's thread outlives the provider.
        var frame = PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
        frame.writeInt(bytes - Wire.HEADER_BYTES);
        for (var part : parts) {
            frame.writeBytes(part);
        }
        (first ? firstQueue : queue).add(frame);
        if (gone || !turnAsked.getAndSet(true) && !run(turn)) {
            dropQueue();
        }
    }

    /** Whose memory counts what is reserved from now on. Before the first frame. */
    void share(Budget.Share of) {
        share = of;
    }

    /** Tells it which of its channel's lanes it is. */
    void number(int among) {
        number = among;
    }

    int number() {
        return number;
    }

    private void release(int bytes) {
        reservedBytes.addAndGet(-bytes);
        var counted = share;
        if (counted != null) {
            counted.give(bytes);
        }
    }

    boolean isHalfEmpty() {
        return reservedBytes.get() <= gauge.roomBytes() / 2;
    }

    /** Lets so much lie in the kernel unsent, and as much between TLS and the kernel. One thread. */
    void holdBack(Sockets sockets, int bytes) {
        if (Math.abs(bytes - kernelBytes) > kernelBytes / 4) {
            kernelBytes = bytes;
            run(() -> sockets.holdBack(socket, bytes));
        }
    }

    /** Sends no faster from now on. Any thread. */
    void paceAtMost(Sockets sockets, long bps) {
        if (bps != paceBps) {
            paceBps = bps;
            run(() -> sockets.paceAtMost(socket, bps));
        }
    }

    /** Lets so much be under way, if the kernel agrees. One thread. */
    void window(Sockets sockets, long bytes) {
        if (bytes > 0 && Math.abs(bytes - windowBytes) > windowBytes / 4) {
            windowBytes = bytes;
            run(() -> sockets.window(socket, bytes));
        }
    }

    // ---- sending, on the loop

    private void takeTurn() {
        turnAsked.set(false);
        if (!started || sending) {
            return; // start() or the turn that is under way goes on with it
        }
        sending = true;
        try {
            long moved = 0;
            while (moved < TURN_BYTES && socket.isWritable()) {
                var frame = nextFrames();
                if (frame == null) {
                    break;
                }
                moved += frame.readableBytes();
                write(frame);
            }
            if (isEmpty() && lastFrame != null && !ended) {
                ended = true;
                socket.write(Unpooled.wrappedBuffer(lastFrame)).addListener(done -> events.onEnded(this));
                moved++;
            }
            if (moved > 0) {
                socket.flush();
            }
        } finally {
            sending = false;
        }
        if (!isEmpty() && socket.isWritable() && !turnAsked.getAndSet(true)) {
            run(turn);
        }
    }

    /** The next frame; several small ones that wait are put together: each write costs a promise, a listener, and entries in TLS's and the socket's lists. */
    private ByteBuf nextFrames() {
        var frame = next();
        if (frame == null || frame.readableBytes() > GATHER_BYTES / 2 || isEmpty()) {
            return frame;
        }
        var batch = socket.alloc().directBuffer(GATHER_BYTES, GATHER_BYTES);
        while (frame != null) {
            batch.writeBytes(frame);
            frame.release();
            var from = firstQueue.isEmpty() ? queue : firstQueue;
            var following = from.peek();
            frame = following == null || following.readableBytes() > batch.writableBytes() ? null : from.poll();
        }
        return batch;
    }

    private ByteBuf next() {
        var frame = firstQueue.poll();
        return frame == null ? queue.poll() : frame;
    }

    private boolean isEmpty() {
        return firstQueue.isEmpty() && queue.isEmpty();
    }

    private void write(ByteBuf frame) {
        if (ended) {
            drop(frame); // sent while the channel was being closed by another thread
            return;
        }
        int bytes = frame.readableBytes();
        socket.write(frame).addListener(done -> {
            takenBytes += bytes;
            release(bytes);
            events.onRoom(this);
        });
    }

    /** Sends this frame after all that is queued, and nothing after it. Any thread. */
    void end(ByteBuffer frame) {
        run(() -> {
            lastFrame = frame;
            takeTurn();
        });
    }

    /** Has the loop do something; false when the loop has ended, and every lane of it. Any thread. */
    boolean run(Runnable task) {
        try {
            loop().execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    void later(Runnable task, long delayMs) {
        try {
            loop().schedule(task, delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            gone = true; // the loop has closed every lane of it before it ended
        }
    }

    /** Closes with a TLS farewell. Any thread. */
    void close() {
        socket.close();
    }

    /** Closes at once. Any thread. */
    void abort() {
        if (loop().inEventLoop()) {
            socket.unsafe().close(socket.voidPromise());
        } else {
            run(this::abort);
        }
    }

    void abort(TransportException why) {
        if (trouble == null) {
            trouble = why;
        }
        abort();
    }

    private void dropQueue() {
        for (var frame = next(); frame != null; frame = next()) {
            drop(frame);
        }
    }

    private void drop(ByteBuf frame) {
        release(frame.readableBytes());
        frame.release();
    }

    // ---- what comes in

    void autoRead(boolean read) {
        socket.config().setAutoRead(read);
    }

    void peerEnded() {
        peerEnded = true;
    }

    boolean hasPeerEnded() {
        return peerEnded;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var in = (ByteBuf) message;
        try {
            decoder.read(in);
        } catch (TransportException e) {
            counters.count(Trouble.FRAME_REFUSED);
            abort(new TransportException(Kind.UNAVAILABLE, "peer broke the protocol: " + e.getMessage()));
        } finally {
            in.release();
        }
    }

    @Override
    public void onData(ByteBuffer frame) {
        if (!gone && trouble == null) {
            events.onData(this, frame);
        }
    }

    @Override
    public void onControl(int type, ByteBuffer body) {
        events.onControl(this, type, body);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (socket.isWritable()) {
            takeTurn();
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Secured shown) {
            secure = true;
            events.onSecure(this, shown.peer());
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (trouble == null) {
            trouble = Troubles.explain(cause);
        }
        socket.close(); // an alert that TLS has written goes out first
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        gone = true;
        decoder.close();
        dropQueue();
        if (!secure) {
            counters.count(Trouble.HANDSHAKE_FAILED);
        }
        events.onGone(this, trouble != null ? trouble : new TransportException(Kind.UNAVAILABLE, "peer closed the connection"));
    }
}
