// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.ChannelLife.Next;
import org.dwcp.transport.lane.ChannelLife.State;
import org.dwcp.transport.lane.Counters.Trouble;
import org.dwcp.transport.whiteboard.Frames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A channel over lanes. It ends when this end closes, when the other end closes, or when a lane breaks. An orderly end is a CLOSE frame behind
 * the last data frame of every lane, both ways; a lane that ends without it may have lost frames, and then the whole channel ends with a cause, unless
 * its handler makes up for what was lost ({@link ChannelHandler#onLaneLost}): then it goes on over the others.
 * {@link ChannelHandler#onClosed} is called by the loop of the last lane to go: so it is called once, and no frame can follow it.
 */
final class LaneChannel implements Channel, Lane.Events {
    private static final Logger LOG = LoggerFactory.getLogger(LaneChannel.class);
    /** How long the last frames may take to go out. Source: the contract of {@link Channel#close}. */
    private static final long CLOSE_MS = 1_000;
    /** How long {@link #close} waits for the sockets on top of that. Source: chosen; TLS farewell and a busy loop. */
    private static final long GONE_MS = 500;

    private final LaneTransport owner;
    private final UUID id;
    private final NodeId peer;
    private final String protocol;
    private final Way way;
    private final Counters counters;
    private final ChannelLife life;
    private final Room room = new Room();
    private final ReentrantLock reading = new ReentrantLock();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final Traffic traffic;
    private final Budget.Share share;
    private final LaneSet lanes = new LaneSet();
    private volatile ChannelHandler handler;
    private volatile boolean discarding;
    private volatile boolean secret;
    private volatile boolean refused;
    private boolean paused;
    private int nextLane;

    LaneChannel(LaneTransport owner, UUID id, NodeId peer, String protocol, Way way, int lanesWanted) {
        this.owner = owner;
        this.id = id;
        this.peer = peer;
        this.protocol = protocol;
        this.way = way;
        counters = owner.counters();
        traffic = new Traffic(way.traffic());
        life = new ChannelLife(lanesWanted);
        share = owner.budget().join(peer);
    }

    UUID id() {
        return id;
    }

    /** What its lanes run on. */
    Way way() {
        return way;
    }

    // ---- opening

    /** Sets who takes the frames; before any lane is started. */
    void handler(ChannelHandler taker) {
        handler = taker;
    }

    /** Adds a lane; false when the channel is ending, and then the caller keeps it. */
    boolean attach(Lane lane) {
        reading.lock();
        try {
            var all = life.join(lane);
            if (all.isEmpty()) {
                return false;
            }
            lane.share(share);
            lane.number(nextLane++);
            lanes.set(all.get());
            lane.hand(this);
            if (paused) {
                lane.autoRead(false);
            }
        } finally {
            reading.unlock();
        }
        owner.joined(lane);
        if (life.state() == State.OPEN) {
            ready.countDown();
        }
        room.wake();
        return true;
    }

    void whenGone(Runnable task) {
        gone.thenRun(task);
    }

    /** Waits until it is open; throws why it did not come about. */
    void awaitOpen(Duration timeout) {
        try {
            if (!ready.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                fail(new TransportException(Kind.UNAVAILABLE, "no answer in time"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(new TransportException(Kind.UNAVAILABLE, "interrupted"));
        }
        if (!life.wasOpen()) {
            counters.count(Trouble.OPEN_FAILED);
            var why = life.cause().orElseGet(() -> new TransportException(Kind.UNAVAILABLE, "the peer closed it at once"));
            throw new TransportException(why.kind(), "cannot open " + protocol + " to " + peer + ": " + why.getMessage());
        }
    }

    /** The peer has answered, and does not want this channel. */
    void refused() {
        refused = true;
    }

    boolean wasRefused() {
        return refused;
    }

    /** Has nobody told of the end: the handler did not want this channel. */
    void keepSecret() {
        secret = true;
    }

    // ---- sending

    @Override
    public void send(ByteBuffer... parts) {
        sendOnLane(parts);
    }

    @Override
    public int sendOnLane(ByteBuffer... parts) {
        int bytes = Frames.bytes(parts) + Wire.HEADER_BYTES;
        var found = reserve(bytes);
        var lane = found == null ? awaitRoom(bytes) : found;
        hand(lane, bytes, parts);
        return lane.number();
    }

    @Override
    public boolean trySend(ByteBuffer... parts) {
        int bytes = Frames.bytes(parts) + Wire.HEADER_BYTES;
        var lane = reserve(bytes);
        if (lane == null) {
            lanes.waited();
            return false;
        }
        hand(lane, bytes, parts);
        return true;
    }

    private void hand(Lane lane, int bytes, ByteBuffer... parts) {
        lane.enqueue(lanes.goesFirst(bytes), bytes, parts);
        traffic.sent(bytes - Wire.HEADER_BYTES);
    }

    private Lane reserve(int bytes) {
        requireOpen();
        return lanes.reserve(bytes, owner.nowNs());
    }

    private Lane awaitRoom(int bytes) {
        if (Sockets.onLoop()) {
            throw new TransportException(Kind.REJECTED, "send would block a transport's callback; use trySend there");
        }
        lanes.waited();
        try {
            share.awaits(room);
            return room.await(() -> reserve(bytes));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException(Kind.UNAVAILABLE, "interrupted while waiting for room on the channel to " + peer);
        } finally {
            share.leaves(room);
        }
    }

    private void requireOpen() {
        if (life.state() != State.OPEN) {
            throw new TransportException(Kind.UNAVAILABLE, "channel " + protocol + " to " + peer + " is closed"
                    + life.cause().map(why -> ": " + why.getMessage()).orElse(""));
        }
    }

    @Override
    public void onRoom(Lane lane) {
        if (lane.isHalfEmpty()) {
            room.wake();
        }
    }

    // ---- receiving

    @Override
    public void onData(Lane lane, ByteBuffer frame) {
        if (discarding) {
            return;
        }
        traffic.received(frame.remaining());
        try {
            handler.onFrame(this, frame);
        } catch (RuntimeException e) {
            counters.count(Trouble.HANDLER_FAILED);
            LOG.warn("handler failed protocol={} peer={} provider={}", protocol, peer, provider(), e);
            discarding = true;
            end(Optional.of(new TransportException(Kind.UNAVAILABLE, "handler of " + protocol + " at the other end failed")),
                    Optional.of(new TransportException(Kind.BROKEN, "handler of " + protocol + " failed: " + e)));
        }
    }

    @Override
    public void pauseReading() {
        autoRead(false);
    }

    @Override
    public void resumeReading() {
        autoRead(true);
    }

    private void autoRead(boolean read) {
        reading.lock();
        try {
            paused = !read && !discarding;
            for (var lane : lanes.all()) {
                lane.autoRead(!paused);
            }
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void onSecure(Lane lane, NodeId who) {
        lane.abort(new TransportException(Kind.BROKEN, "second TLS handshake on a lane"));
    }

    @Override
    public void onControl(Lane lane, int type, ByteBuffer body) {
        if (type != Wire.CLOSE || lane.hasPeerEnded()) {
            throw new TransportException(Kind.REJECTED, "control frame of type " + type + " on a running lane");
        }
        var close = Wire.Close.decode(body);
        lane.peerEnded();
        act(life.farewellSeen(close), Optional.empty());
    }

    // ---- ending

    @Override
    public void close() {
        if (paused()) {
            discarding = true; // its owner does not want what is still to come, and the peer's farewell stands behind that
            resumeReading();
        }
        end(Optional.empty(), Optional.empty());
        awaitGone(CLOSE_MS + GONE_MS);
    }

    private boolean paused() {
        reading.lock();
        try {
            return paused;
        } finally {
            reading.unlock();
        }
    }

    void awaitGone(long timeoutMs) {
        if (Sockets.onLoop()) {
            return; // this very thread has the rest of the work to do
        }
        try {
            gone.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("channel outlives its close protocol={} peer={} provider={}", protocol, peer, provider());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends in order: what was accepted goes out, then a farewell with the reason for the peer. */
    void end(Optional<TransportException> reasonForPeer, Optional<TransportException> ownCause) {
        act(life.end(ownCause), reasonForPeer);
    }

    /** Ends at once. */
    void fail(TransportException why) {
        act(life.fail(why), Optional.empty());
    }

    /** Ends now, whatever was under way. */
    void abandon() {
        fail(new TransportException(Kind.UNAVAILABLE, provider() + " stops"));
        giveUp();
    }

    @Override
    public void onEnded(Lane lane) {
        act(life.farewellSent(), Optional.empty());
    }

    @Override
    public void onGone(Lane lane, TransportException why) {
        var seen = new TransportException(Kind.UNAVAILABLE, "a lane to " + peer + " broke: " + why.getMessage());
        if (!lane.hasPeerEnded() && life.state() == State.OPEN) {
            if (way.fabric().isEmpty() && goesOnWithout(lane, seen)) {
                return;
            }
            owner.broke(this, why);
        }
        act(life.laneGone(lane.hasPeerEnded(), seen), Optional.empty());
    }

    /** Frames on a way without TLS are not made up for: that way is left as a whole, see {@link LaneTransport#broke}. */
    private boolean goesOnWithout(Lane lane, TransportException why) {
        reading.lock();
        try {
            var left = life.lose(lane);
            if (left.isEmpty()) {
                return false;
            }
            lanes.set(left.get());
        } finally {
            reading.unlock();
        }
        if (repairs(lane, why)) {
            owner.lost(this);
            room.wake();
        } else {
            fail(why);
        }
        return true;
    }

    private boolean repairs(Lane lane, TransportException why) {
        try {
            return handler.onLaneLost(this, lane.number(), why);
        } catch (RuntimeException e) {
            counters.count(Trouble.HANDLER_FAILED);
            LOG.warn("handler failed at a lost lane protocol={} peer={} provider={}", protocol, peer, provider(), e);
            return false;
        }
    }

    /** The time for an orderly end is over. */
    void giveUp() {
        long unsent = lanes.heldBytes();
        act(life.giveUp(unsent == 0 ? Optional.empty() : Optional.of(new TransportException(Kind.UNAVAILABLE,
                "closed with " + unsent + " bytes that did not go out within " + CLOSE_MS + " ms"))), Optional.empty());
    }

    private void act(Next next, Optional<TransportException> reasonForPeer) {
        var all = life.lanes();
        switch (next) {
            case NOTHING -> { }
            case SAY_FAREWELL -> {
                var close = new Wire.Close(all.size(), reasonForPeer).encode();
                all.forEach(lane -> lane.end(close.duplicate()));
                all.getFirst().later(this::giveUp, CLOSE_MS);
            }
            case CLOSE_LANES -> all.forEach(Lane::close);
            case ABORT_LANES -> all.forEach(Lane::abort);
            case FINISH -> finish();
        }
        if (life.state() != State.OPENING) {
            ready.countDown();
            room.wake();
        }
    }

    private void finish() {
        owner.forget(this);
        if (life.wasOpen() && !secret) {
            tellClosed();
        }
        gone.complete(null);
    }

    private void tellClosed() {
        if (life.cause().isPresent()) {
            counters.count(Trouble.CHANNEL_BROKEN);
        }
        try {
            handler.onClosed(this, life.cause());
        } catch (RuntimeException e) {
            counters.count(Trouble.HANDLER_FAILED);
            LOG.warn("handler failed at close protocol={} peer={} provider={}", protocol, peer, provider(), e);
        }
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
        return owner.name();
    }

    @Override
    public boolean isOpen() {
        return life.state() == State.OPEN;
    }

    Lane[] lanes() {
        return lanes.all();
    }

    LaneSet laneSet() {
        return lanes;
    }

    void activeLanes(int count) {
        lanes.active(count);
        room.wake();
    }

    /** Looks again for room, because lanes have been measured anew. False when nothing was sent since the last time, and nothing waits. One thread. */
    boolean stir() {
        room.wake();
        return !lanes.isStill(traffic.bytesSent.sum());
    }

    long bytesMoved() {
        return traffic.bytes();
    }

    @Override
    public ChannelStats stats() {
        return new ChannelStats(peer, protocol, provider(), isOpen() ? lanes.active() : 0, traffic.framesSent.sum(), traffic.bytesSent.sum(),
                traffic.framesReceived.sum(), traffic.bytesReceived.sum());
    }
}
