// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.transport.TransportException;

/**
 * A flow that this end asks a peer for. Says WANT on each new link; the first OFFER makes the receiver, later ones must be for the same flow.
 */
public final class Wanted implements Link.Owner, Connector.Line {
    /** Makes a started receiver for what is offered. */
    @FunctionalInterface
    public interface Taker {
        FlowReceiver take(Message.Offer offer) throws IOException;
    }

    private final FlowNode node;
    private final NodeId peer;
    private final String kind;
    private final String label;
    private final byte[] meta;
    private final Taker taker;
    private final FlowProgress progress;
    private final RouteKey key;
    private final long beganNs;
    private final CompletableFuture<FlowOutcome> end = new CompletableFuture<>();
    private FlowId id = FlowId.NONE;
    private volatile FlowReceiver receiver;

    public Wanted(FlowNode node, NodeId peer, String kind, String label, byte[] meta, Taker taker, FlowProgress progress) {
        this.node = node;
        this.peer = peer;
        this.kind = kind;
        this.label = label;
        this.meta = meta.clone();
        this.taker = taker;
        this.progress = progress;
        key = RouteKey.ofPeer(peer, label);
        beganNs = node.clock().nanoTime();
    }

    /** Connects until it is over or patience ends. */
    public Wanted start(Duration patience) {
        new Connector(node, peer, patience, this).start();
        return this;
    }

    /** Completes when the flow is over, whatever way. */
    public CompletableFuture<FlowOutcome> end() {
        return end;
    }

    /** Gives it up; the sender is told. */
    public void cancel(FlowOutcome how) {
        FlowReceiver running;
        synchronized (this) {
            running = receiver;
            if (running == null) {
                end.complete(how);
                return;
            }
        }
        if (how.state() == FlowOutcome.State.SUSPENDED) {
            running.suspend();
        } else {
            running.cancel(how);
        }
    }

    @Override
    public RouteKey key() {
        return key;
    }

    @Override
    public void greet(Link link) {
        link.owner(this);
        greetAgain(link);
    }

    @Override
    public void greetAgain(Link link) {
        FlowId known;
        synchronized (this) {
            known = id;
        }
        link.send(new Message.Want(known, kind, label, meta));
    }

    /** As soon as all is there, while the receiver still puts itself away: a channel that is opened then would carry nothing. */
    @Override
    public boolean isOver() {
        FlowReceiver running = receiver;
        return end.isDone() || running != null && running.isOver();
    }

    @Override
    public long progressNs() {
        synchronized (this) {
            return receiver == null ? beganNs : receiver.progressNs();
        }
    }

    @Override
    public void waiting(String why) {
        progress.waiting(why);
    }

    @Override
    public void failed(FlowOutcome how) {
        cancel(how);
    }

    @Override
    public void onMessage(Link link, Message message) {
        switch (message) {
            case Message.Offer offer -> node.threads().start("take", () -> offered(link, offer));
            case Message.Refuse refuse -> {
                link.answer().complete(Optional.of(refuse));
                link.close();
            }
            case Message.Cancel cancel -> {
                cancel(FlowOutcome.failed(cancel.kind(), peer + " gave up: " + cancel.why()));
                link.close();
            }
            default -> link.refuse(Kind.REJECTED, message.getClass().getSimpleName() + " where an offer is expected");
        }
    }

    private void offered(Link link, Message.Offer offer) {
        try {
            receiver(offer).attach(link);
        } catch (DwcpException e) {
            cancel(FlowOutcome.failed(e.kind(), e.getMessage()));
            link.refuse(e.kind(), e.getMessage());
        } catch (IOException e) {
            String why = "cannot write at " + node.peers().self() + ": " + Texts.of(e);
            cancel(FlowOutcome.failed(Kind.UNAVAILABLE, why));
            link.refuse(Kind.UNAVAILABLE, why);
        }
    }

    private synchronized FlowReceiver receiver(Message.Offer offer) throws IOException {
        if (receiver == null) {
            if (end.isDone()) {
                throw new TransportException(Kind.REJECTED, "the transfer is over");
            }
            receiver = taker.take(offer);
            id = offer.id();
            receiver.end().thenAccept(end::complete);
        } else if (!id.equals(offer.id())) {
            throw new TransportException(Kind.REJECTED, "the source at " + peer + " changed while it was fetched; fetch it again");
        }
        return receiver;
    }

    @Override
    public void onChunk(Link link, ChunkHeader chunk, ByteBuffer payload) {
        link.refuse(Kind.REJECTED, "chunk before the offer was answered");
    }

    /** The wish or what answered it may be lost: to ask twice is fine. */
    @Override
    public void onLaneLost(Link link, int lane) {
        node.threads().start("want", () -> greetAgain(link));
    }

    @Override
    public void onBroken(Link link, String why) {
        progress.waiting(why);
    }
}
