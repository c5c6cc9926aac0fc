// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.transport.TransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The sending end of a flow: gives the {@link SendPump} pieces out of the {@link SendLedger}, sends them on the current link, and takes what the
 * receiver says. Nothing is sent twice on links that live.
 * A new link takes over at once; the old one stays as one of the {@link Drains}, and what was still on it when it goes is sent over the new one.
 */
public final class FlowSender implements Link.Owner, SendPump.Flow, Ticker.Task {
    private static final Logger LOG = LoggerFactory.getLogger(FlowSender.class);
    /** A chunk that the receiver could not read so often ends the flow. */
    private static final int NAKS_MAX = 4;
    /** Most chunks that are remembered as unreadable. */
    private static final int NAK_OFFSETS_MAX = 10_000;
    /** A peer that lives may be slow to acknowledge, for a stalled disk, for so many inactivity timeouts. Source: chosen. */
    private static final int STILL_FACTOR = 4;

    private final FlowNode node;
    private final NodeId peer;
    private final RouteKey key;
    private final Message.Offer offer;
    private final FlowSource source;
    private final FlowProgress progress;
    private final FlowSettings settings;
    private final CompletableFuture<FlowOutcome> end = new CompletableFuture<>();
    private final SendPump pump;
    private final RateLimit limit;

    private final Guard guard = new Guard();
    private final SendLedger<Link> ledger;
    private final Map<Long, Integer> naks = new HashMap<>();
    private final Drains draining;
    private Link current;
    private boolean attachedBefore;
    private long receiver = -1;
    private long aloneSinceNs;
    private long stillSinceNs;
    private volatile boolean expires;
    private volatile long progressNs;
    private volatile FlowOutcome outcome;

    /** One without a rate limit of its own. */
    public FlowSender(FlowNode node, NodeId peer, FlowId id, String kind, String label, byte[] meta, FlowSource source, FlowProgress progress) {
        this(node, peer, id, kind, label, meta, source, progress, new RateLimit(node.clock()));
    }

    /** A sender that has no link yet; {@link #start} it, then {@link #greet} links. It owns the source. */
    public FlowSender(FlowNode node, NodeId peer, FlowId id, String kind, String label, byte[] meta, FlowSource source, FlowProgress progress,
            RateLimit limit) {
        this.node = node;
        this.limit = limit;
        this.peer = peer;
        this.source = source;
        this.progress = progress;
        settings = node.settings();
        offer = new Message.Offer(id, kind, label, source.total(), meta);
        key = RouteKey.ofPeer(peer, id.hex());
        ledger = new SendLedger<>(settings.chunkBytes(), settings.windowBytesMax(), source.total());
        draining = new Drains(ledger, settings.drainTimeout());
        pump = new SendPump(node, settings, peer, key, source, this);
        progressNs = node.clock().nanoTime();
        aloneSinceNs = progressNs;
    }

    /** Starts the pump. */
    public FlowSender start() {
        node.ticker().add(this);
        try {
            node.threads().start("send", pump);
        } catch (DwcpException e) {
            suspend();
            source.close();
            left();
            throw e;
        }
        return this;
    }

    /** Ends it when it has no link for the idle timeout: for flows that the other end asked for and would ask for again. */
    FlowSender expireWhenAlone() {
        expires = true;
        return this;
    }

    /** Completes when the flow is over, whatever way. */
    public CompletableFuture<FlowOutcome> end() {
        return end;
    }

    public FlowId id() {
        return offer.id();
    }

    RouteKey key() {
        return key;
    }

    /** The source has more than it had: for one that says by {@link FlowSource#sendable} how far it is. */
    public void more() {
        guard.run(guard::wakeAll);
    }

    @Override
    public boolean isOver() {
        return outcome != null;
    }

    /** When something was acknowledged last. */
    long progressNs() {
        return progressNs;
    }

    /** Offers the flow on a link; chunks go over it as soon as the receiver has answered. */
    void greet(Link link) {
        link.owner(this);
        link.send(offer);
    }

    /** Offers it once more: the answer is late. */
    void greetAgain(Link link) {
        link.send(offer);
    }

    /** Gives the flow up and tells the receiver. */
    @Override
    public void cancel(FlowOutcome how, FlowSink.Fate fate) {
        finish(how, new Message.Cancel(how.kind(), how.why(), fate == FlowSink.Fate.DISCARD));
    }

    /** Ends without a word: this node stops. */
    @Override
    public void suspend() {
        finish(FlowOutcome.SUSPENDED, null);
    }

    @Override
    public Optional<Range> next(boolean wait) throws InterruptedException {
        return guard.getInterruptibly(() -> {
            while (outcome == null) {
                Optional<Range> piece = current == null ? Optional.empty() : ledger.take(source.sendable(ledger.contiguous()));
                if (piece.isPresent() || !wait) {
                    return piece;
                }
                guard.await();
            }
            return Optional.empty();
        });
    }

    @Override
    public void untake(Range piece, int read) {
        guard.run(() -> {
            ledger.untake(piece, piece.start() + Math.max(0, read));
            if (read < 0 && ledger.total() < 0) {
                ledger.total(piece.start());
                if (current != null) {
                    current.post(new Message.End(piece.start()));
                }
            }
        });
    }

    @Override
    public void send(Block block) throws InterruptedException {
        limit.await(block.header().rawBytes(), this::isOver);
        node.sendLimit().await(block.header().rawBytes(), this::isOver);
        Optional<Link> way = register(block.header().offset());
        if (way.isEmpty()) {
            return;
        }
        Link link = way.get();
        ByteBuffer payload = block.payload();
        int bytes = Wire.CHUNK_HEADER + payload.remaining();
        try {
            int lane = link.sendChunk(Wire.chunk(block.header(), payload.remaining()), payload);
            onLane(block.header().offset(), link, lane);
            progress.wire(bytes);
            progress.encoding(block.encoding());
        } catch (DwcpException e) {
            link.broken(e); // comes back to onBroken
            onBroken(link, e.getMessage()); // and once more, in case it had come before this chunk was registered
        }
    }

    /** Notes which lane has a chunk; it may be lost by now. */
    private void onLane(long offset, Link link, int lane) {
        guard.run(() -> {
            ledger.onLane(offset, link, lane);
            if (link.hasLost(lane)) {
                ledger.lost(link, lane);
                guard.wakeAll();
            }
        });
    }

    /** Notes the piece as sent and gives the link for it; empty when it need not be sent any more. */
    private Optional<Link> register(long offset) throws InterruptedException {
        return guard.getInterruptibly(() -> {
            while (outcome == null && current == null) {
                guard.await();
            }
            if (outcome != null) {
                return Optional.empty();
            }
            if (ledger.unacked(current) == 0) {
                stillSinceNs = node.clock().nanoTime();
            }
            return ledger.send(offset, current) ? Optional.of(current) : Optional.empty();
        });
    }

    @Override
    public void left() {
        node.ticker().remove(this);
        end.complete(outcome);
    }

    @Override
    public void onMessage(Link link, Message message) {
        switch (message) {
            case Message.Have have -> attach(link, have);
            case Message.Ack ack -> acknowledge(link, ack);
            case Message.Nak nak -> again(nak);
            case Message.Done done -> {
                progress.acked(Math.max(source.total(), progress.ackedBytes()), done.checked());
                link.answer().complete(Optional.empty());
                finish(FlowOutcome.DONE, null);
                link.close();
            }
            case Message.Failed failed -> {
                finish(FlowOutcome.failed(failed.kind(), failed.why()), null);
                link.close();
            }
            case Message.Refuse refuse -> {
                if (!link.answer().complete(Optional.of(refuse)) || expires) {
                    refused(link, refuse);
                }
                link.close();
            }
            case Message.Want _ -> link.post(offer); // asked for once more: the offer is late
            default -> link.refuse(Kind.REJECTED, "a sender does not take " + message.getClass().getSimpleName());
        }
    }

    /** In the middle of a flow: for now, or because the two do not understand each other, which another channel would not change. */
    private void refused(Link link, Message.Refuse refuse) {
        if (refuse.kind() == Kind.REJECTED || refuse.kind() == Kind.BROKEN) {
            finish(FlowOutcome.failed(refuse.kind(), peer + " refused: " + refuse.why()), null);
        } else {
            link.broken(new TransportException(Kind.RETRY, refuse.why()));
        }
    }

    @Override
    public void onChunk(Link link, ChunkHeader chunk, ByteBuffer payload) {
        link.refuse(Kind.REJECTED, "a sender does not take chunks");
    }

    /** The receiver is ready on this link and says anew what it has; the former link drains. What a link says that ended, or drains, makes it no better. */
    private void attach(Link link, Message.Have have) {
        List<Link> stale = guard.get(() -> outcome == null && link.isOpen() && !saidAgain(link, have) ? use(link, have) : List.of());
        stale.forEach(Link::close);
        link.answer().complete(Optional.empty());
        if (isOver()) {
            link.close();
        } else if (!link.isOpen()) {
            onBroken(link, "closed while it was attached");
        }
    }

    /** A link that drains lost a lane: what it says is news of what arrived, no reason to go back to it. */
    private boolean saidAgain(Link link, Message.Have have) {
        boolean drains = draining.contains(link) && have.instance() == receiver;
        if (drains) {
            ledger.acknowledge(0, have.ranges());
            progress.acked(ledger.ackedBytes(), have.checked());
            guard.wakeAll();
        }
        return drains;
    }

    /** Gives the links that lead to a receiver that is no more: what still comes over them says nothing about the one that is. */
    private List<Link> use(Link link, Message.Have have) {
        long now = node.clock().nanoTime();
        List<Link> stale = new ArrayList<>();
        if (have.instance() == receiver) {
            ledger.acknowledge(0, have.ranges()); // acknowledgements on other links may have overtaken it
        } else {
            receiver = have.instance();
            stale.addAll(draining.clear());
            if (current != null && current != link) {
                stale.add(current);
            }
            ledger.restart(have.ranges(), have.windowBytes());
            progress.resumed(ledger.ackedBytes());
        }
        if (current != null && current != link && !stale.contains(current)) {
            draining.add(current, now);
        }
        if (attachedBefore && current != link) {
            progress.moved();
        }
        attachedBefore = true;
        current = link;
        stillSinceNs = now;
        progress.acked(ledger.ackedBytes(), have.checked());
        progress.running(link.provider());
        if (ledger.total() >= 0 && offer.total() < 0) {
            link.post(new Message.End(ledger.total()));
        }
        guard.wakeAll();
        return stale;
    }

    private void acknowledge(Link link, Message.Ack ack) {
        guard.run(() -> {
            if (link != current && !draining.contains(link)) {
                return; // from a receiver that is no more
            }
            long before = ledger.ackedBytes();
            if (ledger.acknowledge(ack.contiguous(), ack.ranges())) {
                progressNs = node.clock().nanoTime();
                stillSinceNs = progressNs;
                draining.acknowledged(link, progressNs);
                source.acknowledged(ledger.contiguous());
                guard.wakeAll();
            }
            progress.acked(ledger.ackedBytes(), ack.checked());
            if (link == current) { // what still comes over the old one is not the new one's doing
                link.progress(ledger.ackedBytes() - before);
            }
        });
    }

    private void again(Message.Nak nak) {
        // The peer causes these lines: the first of a flow is for the operator, the others are for who looks closer.
        LOG.atLevel(guard.get(naks::isEmpty) ? Level.WARN : Level.DEBUG).log("chunk flow={} peer={} offset={} codec={} to be sent again: {}", offer.label(),
                peer, nak.offset(), nak.codec(), nak.why());
        if (nak.codec() > 0) {
            pump.avoid(nak.codec());
        }
        boolean hopeless = guard.get(() -> {
            ledger.refused(nak.offset());
            guard.wakeAll();
            return naks.merge(nak.offset(), 1, Integer::sum) >= NAKS_MAX || naks.size() > NAK_OFFSETS_MAX;
        });
        if (hopeless) {
            cancel(FlowOutcome.failed(Kind.BROKEN, String.format("%s could not read the chunk at %d after %d tries: %s", peer, nak.offset(), NAKS_MAX,
                    nak.why())), FlowSink.Fate.KEEP);
        }
    }

    /** Sends again what was on it and is not acknowledged, and says again what has no answer yet. */
    @Override
    public void onLaneLost(Link link, int lane) {
        boolean endKnown = guard.get(() -> {
            ledger.lost(link, lane);
            guard.wakeAll();
            return outcome == null && ledger.total() >= 0 && offer.total() < 0;
        });
        if (!link.answer().isDone()) {
            link.post(offer);
        } else if (endKnown) {
            link.post(new Message.End(guard.get(ledger::total)));
        }
    }

    @Override
    public void onBroken(Link link, String why) {
        guard.run(() -> {
            ledger.lost(link);
            draining.remove(link);
            if (current == link) {
                current = null;
                aloneSinceNs = node.clock().nanoTime();
                if (outcome == null) {
                    progress.waiting(why);
                }
            }
            guard.wakeAll();
        });
    }

    @Override
    public void tick(long nowNs) {
        guard.get(() -> draining.over(nowNs)).forEach(Link::close);
        long stillNs = STILL_FACTOR * settings.inactivityTimeout().toNanos();
        Optional<Link> still = guard.get(() -> Optional.ofNullable(current).filter(link -> ledger.unacked(link) > 0 && nowNs - stillSinceNs > stillNs));
        still.ifPresent(link -> link.broken(new TransportException(Kind.UNAVAILABLE, String.format("%s lives and acknowledged nothing over %s for %d ms",
                peer, link.provider(), stillNs / 1_000_000))));
        if (guard.get(() -> expires && current == null && nowNs - aloneSinceNs > settings.idleTimeout().toNanos())) {
            finish(FlowOutcome.failed(Kind.UNAVAILABLE, peer + " did not come back within " + settings.idleTimeout().toMillis() + " ms"), null);
        }
    }

    private void finish(FlowOutcome how, Message last) {
        List<Link> links = new ArrayList<>();
        boolean first = guard.get(() -> {
            if (outcome != null) {
                return false;
            }
            outcome = how;
            links.addAll(draining.links());
            if (current != null) {
                links.add(current);
            }
            guard.wakeAll();
            return true;
        });
        if (!first) {
            return;
        }
        for (Link link : links) {
            if (last != null) {
                link.endWith(last);
            } else {
                link.close();
            }
        }
        source.stop();
    }
}
