// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel in the service of one flow, with the lease of the transport when this end opened it. It notices silence (each end says something at
 * least every second), reports a break to the lease once, and closes channel and lease in this order. Its owner changes once: from who greets
 * to the flow. Thread-safe.
 */
final class Link implements ChannelHandler, Ticker.Task {
    private static final Logger LOG = LoggerFactory.getLogger(Link.class);
    /** Source: chosen; five of them fit the shortest useful inactivity timeout. */
    private static final long PING_NS = Duration.ofSeconds(1).toNanos();

    /** Takes what comes in. Called from the transport's threads: never blocks. */
    interface Owner {
        void onMessage(Link link, Message message);

        /** What was under way on this lane, either way, is lost; the link goes on. Never blocks. */
        void onLaneLost(Link link, int lane);

        void onChunk(Link link, ChunkHeader chunk, ByteBuffer payload);

        /** The link is of no more use. Called once, after the last message. */
        void onBroken(Link link, String why);
    }

    private final FlowNode node;
    private final Optional<Lease<Transport>> lease;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Set<Integer> lostLanes = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Optional<Message.Refuse>> answer = new CompletableFuture<>();
    private final long pingNs;
    private final long inactivityNs;
    private volatile Owner owner;
    private volatile Channel channel;
    private volatile long receivedNs;
    private volatile long sentNs;
    private volatile long sendingSinceNs;
    private volatile boolean paused;

    Link(FlowNode node, Optional<Lease<Transport>> lease, Owner owner) {
        this.node = node;
        this.lease = lease;
        this.owner = owner;
        inactivityNs = node.settings().inactivityTimeout().toNanos();
        pingNs = Math.min(PING_NS, inactivityNs / 5);
        sentNs = node.clock().nanoTime();
        receivedNs = sentNs;
    }

    /** The channel is there; from now on the clock watches. */
    void opened(Channel opened) {
        channel = opened;
        receivedNs = node.clock().nanoTime();
        node.ticker().add(this);
        if (ended.get()) {
            node.ticker().remove(this);
            release(opened); // it broke while it was opened
        }
    }

    void owner(Owner changed) {
        owner = changed;
        if (ended.get()) {
            changed.onBroken(this, "channel closed"); // the old owner may have been told; to be told twice is fine
        }
    }

    NodeId peer() {
        return channel.peer();
    }

    String provider() {
        return channel.provider();
    }

    /** Whether the route would still choose this transport; the end that did not open has no say. */
    boolean isCurrent() {
        return lease.map(Lease::isCurrent).orElse(true);
    }

    /** Tells the route that so many bytes have arrived at the other end, or here from there. */
    void progress(long bytes) {
        lease.ifPresent(held -> held.progress(bytes));
    }

    boolean isOpen() {
        return !ended.get() && channel.isOpen();
    }

    /** Completed when the other end has answered the greeting: empty, or with its refusal. Fails when the link breaks before. */
    CompletableFuture<Optional<Message.Refuse>> answer() {
        return answer;
    }

    /** Sends a chunk; blocks while the lanes are full. Gives the lane that has it. */
    int sendChunk(ByteBuffer header, ByteBuffer payload) {
        long now = node.clock().nanoTime();
        sendingSinceNs = now == 0 ? 1 : now;
        try {
            int lane = channel.sendOnLane(header, payload);
            sentNs = node.clock().nanoTime();
            return lane;
        } finally {
            sendingSinceNs = 0;
        }
    }

    /** Whether a lane is known to be lost. */
    boolean hasLost(int lane) {
        return lostLanes.contains(lane);
    }

    /** How long the present chunk has been waiting for the lanes. */
    long sendingForNs(long nowNs) {
        long since = sendingSinceNs;
        return since == 0 ? 0 : nowNs - since;
    }

    /** Sends a short message now; false when the lanes are full or the link is gone. */
    boolean offer(Message message) {
        return offer(Wire.write(message));
    }

    private boolean offer(ByteBuffer frame) {
        try {
            if (ended.get() || !channel.trySend(frame)) {
                return false;
            }
            sentNs = node.clock().nanoTime();
            return true;
        } catch (DwcpException e) {
            broken(e);
            return false;
        }
    }

    /** Sends a message that must go out, waiting on a thread of its own if need be. */
    void post(Message message) {
        if (!offer(message) && !ended.get()) {
            node.threads().start("post", () -> send(message));
        }
    }

    /** Sends a message; blocks. A break is noticed by the owner. */
    void send(Message message) {
        try {
            channel.send(Wire.write(message));
            sentNs = node.clock().nanoTime();
        } catch (DwcpException e) {
            broken(e);
        }
    }

    void pause() {
        paused = true;
        channel.pauseReading();
    }

    void resume() {
        receivedNs = node.clock().nanoTime();
        paused = false;
        channel.resumeReading();
    }

    @Override
    public void onFrame(Channel from, ByteBuffer frame) {
        if (ended.get()) {
            return;
        }
        receivedNs = node.clock().nanoTime();
        try {
            ByteBuffer body = frame.duplicate();
            int type = Wire.open(body);
            if (type == Wire.CHUNK) {
                owner.onChunk(this, Wire.chunk(body), body);
            } else {
                Message message = Wire.read(type, body);
                if (!(message instanceof Message.Ping)) {
                    owner.onMessage(this, message);
                }
            }
        } catch (DwcpException e) {
            LOG.warn("flow frame peer={} provider={} refused: {}", from.peer(), from.provider(), e.getMessage());
            refuse(e.kind(), e.getMessage());
        }
    }

    @Override
    public boolean onLaneLost(Channel from, int lane, TransportException cause) {
        lostLanes.add(lane);
        if (!ended.get()) {
            LOG.debug("flow lane lost peer={} provider={} lane={} reason=\"{}\"", from.peer(), from.provider(), lane, cause.getMessage());
            owner.onLaneLost(this, lane);
        }
        return true;
    }

    /** Says no and closes. */
    void refuse(Kind kind, String why) {
        endWith(new Message.Refuse(kind, why));
    }

    /** Sends a last message and closes in good order, without blocking. */
    void endWith(Message last) {
        if (ended.compareAndSet(false, true)) {
            finish(last, "closed after " + last.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
        }
    }

    @Override
    public void onClosed(Channel closed, Optional<TransportException> cause) {
        if (cause.isPresent()) {
            broken(cause.get());
        } else if (ended.compareAndSet(false, true)) {
            finish(null, "the peer closed the channel");
        }
    }

    /** The link failed: tells lease and owner, closes. */
    void broken(DwcpException cause) {
        if (ended.compareAndSet(false, true)) {
            // A peer that is gone is not the transport's fault.
            if (channel != null && node.peers().find(channel.peer()).filter(peer -> peer.online()).isPresent()) {
                lease.ifPresent(held -> held.failed(cause));
            }
            finish(null, cause.getMessage());
        }
    }

    /** Closes in good order. */
    void close() {
        if (ended.compareAndSet(false, true)) {
            finish(null, "closed");
        }
    }

    private void finish(Message last, String why) {
        node.ticker().remove(this);
        answer.completeExceptionally(new TransportException(Kind.UNAVAILABLE, why));
        owner.onBroken(this, why);
        Channel open = channel;
        if (open != null) {
            Runnable end = () -> {
                sendLast(open, last);
                release(open);
            };
            try {
                node.threads().start("close", end);
            } catch (DwcpException _) {
                release(open); // the node stops: its thread waits the moment that a close takes
            }
        } else {
            lease.ifPresent(Lease::close);
        }
    }

    private static void sendLast(Channel open, Message last) {
        if (last != null) {
            try {
                open.send(Wire.write(last));
            } catch (DwcpException e) {
                LOG.debug("last message to {} not sent: {}", open.peer(), e.getMessage());
            }
        }
    }

    private void release(Channel open) {
        try {
            open.close();
        } catch (RuntimeException e) {
            LOG.debug("close of channel to {} failed: {}", open.peer(), e.toString());
        } finally {
            lease.ifPresent(Lease::close);
        }
    }

    @Override
    public void tick(long nowNs) {
        if (nowNs - sentNs > pingNs) {
            sentNs = nowNs; // also when the lanes are full: then something is on its way anyhow
            offer(new Message.Ping());
        }
        if (!paused && nowNs - receivedNs > inactivityNs) {
            broken(new TransportException(Kind.UNAVAILABLE, String.format("nothing was heard from %s over %s for %d ms", channel.peer(),
                    channel.provider(), inactivityNs / 1_000_000)));
        }
    }
}
