// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one good link under a flow, at the end that asked for the transfer. A link is good while its channel lives and its lease is current; when
 * it is not, another is opened through the route <em>beside</em> the old one, so that a move costs no standstill. Failures are repeated with
 * growing, jittered pauses until patience ends; a peer that comes back is tried at once.
 */
public final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);
    private static final OpenOptions.Order ORDER = OpenOptions.Order.UNORDERED;
    private static final Duration PAUSE_MIN = Duration.ofMillis(50);
    /** Source: chosen; a peer that comes back is noticed by {@link org.dwcp.api.node.Peers#onChange} anyway. */
    private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
    /** A link that lived so long ends the series of failures. */
    private static final long GOOD_NS = Duration.ofSeconds(1).toNanos();

    /** The flow that needs a link. */
    interface Line {
        RouteKey key();

        /** Greets the peer on a new link; the link's answer is completed by who takes the peer's reply. */
        void greet(Link link);

        /** Says the greeting again on a link that did not answer. */
        void greetAgain(Link link);

        boolean isOver();

        /** When the flow last made headway. */
        long progressNs();

        void waiting(String why);

        /** It cannot be done, or patience is over. */
        void failed(FlowOutcome how);
    }

    private final FlowNode node;
    private final NodeId peer;
    private final Duration patience;
    private final Line line;
    private final RandomGenerator random;
    private final Object bell = new Object();
    private boolean rung;

    Connector(FlowNode node, NodeId peer, Duration patience, Line line) {
        this.node = node;
        this.peer = peer;
        this.patience = patience;
        this.line = line;
        random = node.random().stream("migration.connect");
    }

    /** Starts its thread, which ends with the flow. */
    void start() {
        node.threads().start("connect", this::run);
    }

    private void run() {
        try (Registration _ = node.peers().onChange(changed -> {
            if (changed.id().equals(peer)) {
                ring();
            }
        })) {
            keep();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep() throws InterruptedException {
        Link link = null;
        long goodSinceNs = node.clock().nanoTime();
        long lastGoodNs = goodSinceNs;
        int failures = 0;
        while (!line.isOver()) {
            long now = node.clock().nanoTime();
            boolean open = link != null && link.isOpen();
            boolean useful = now - goodSinceNs > GOOD_NS || line.progressNs() - goodSinceNs > 0;
            if (open) {
                lastGoodNs = now;
                failures = useful ? 0 : failures;
                if (link.isCurrent()) {
                    sleep(Ticker.INTERVAL);
                    continue;
                }
            } else if (link != null) {
                link = null;
                // One that broke young and useless counts as a failure, or a broken provider would be opened in a tight loop.
                failures = useful ? 0 : failures + 1;
                if (failures > 1) {
                    sleep(pause(failures));
                }
            }
            try {
                link = open();
                goodSinceNs = node.clock().nanoTime();
            } catch (Final e) {
                line.failed(FlowOutcome.failed(e.kind, e.getMessage()));
                return;
            } catch (DwcpException e) {
                failures++;
                LOG.debug("flow key={} peer={} not connected failures={}: {}", line.key(), peer, failures, e.getMessage());
                if (!open) {
                    line.waiting(e.getMessage());
                    long aloneNs = node.clock().nanoTime() - Math.max(lastGoodNs, line.progressNs());
                    if (aloneNs >= patience.toNanos()) {
                        line.failed(FlowOutcome.failed(Kind.UNAVAILABLE, String.format("%s could not be reached for %s: %s", peer, text(patience),
                                e.getMessage())));
                        return;
                    }
                }
                sleep(pause(failures));
            }
        }
    }

    private Link open() throws InterruptedException {
        PeerInfo known = node.peers().find(peer).orElseThrow(() -> new TransferException(Kind.UNAVAILABLE, peer + " is not a peer of this node any more"));
        if (!known.online() && !peer.equals(node.peers().self())) {
            throw new TransferException(Kind.UNAVAILABLE, peer + " is offline" + (known.problem().isEmpty() ? "" : ": " + known.problem()));
        }
        Lease<Transport> lease = node.transports().lease(line.key(), this::suits);
        Link link = new Link(node, Optional.of(lease), Unowned.INSTANCE);
        try {
            Channel channel = lease.provider().open(peer, Wire.PROTOCOL, link, new OpenOptions(ORDER, node.settings().openTimeout()));
            link.opened(channel);
        } catch (DwcpException e) {
            lease.failed(e);
            link.close();
            throw e;
        } catch (RuntimeException e) {
            lease.failed(e);
            link.close();
            throw new TransferException(Kind.BROKEN, lease.providerName() + " could not open a channel: " + e);
        }
        line.greet(link);
        return answered(link);
    }

    /**
     * Waits for the peer's answer, which may take long when it has much to look through. The link's own clock ends the wait when the peer says
     * nothing at all; a peer that lives and does not answer is greeted again now and then.
     */
    private Link answered(Link link) throws InterruptedException {
        long greetedNs = node.clock().nanoTime();
        while (true) {
            try {
                Optional<Message.Refuse> refusal = link.answer().get(Ticker.INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
                if (refusal.isEmpty()) {
                    return link;
                }
                link.close();
                Message.Refuse no = refusal.get();
                if (no.kind() == Kind.REJECTED || no.kind() == Kind.BROKEN) {
                    throw new Final(no.kind(), no.why());
                }
                throw new TransferException(no.kind(), no.why());
            } catch (TimeoutException _) {
                if (line.isOver()) {
                    link.close();
                    throw new TransferException(Kind.RETRY, "the flow is over");
                }
                if (node.clock().nanoTime() - greetedNs > node.settings().inactivityTimeout().toNanos()) {
                    greetedNs = node.clock().nanoTime();
                    line.greetAgain(link);
                }
            } catch (ExecutionException e) {
                throw new TransferException(Kind.UNAVAILABLE, String.valueOf(e.getCause().getMessage()));
            } catch (InterruptedException e) {
                link.close();
                throw e;
            }
        }
    }

    private boolean suits(ProviderInfo info) {
        return peer.equals(node.peers().self()) || node.peers().find(peer).filter(PeerInfo::online).flatMap(found -> found.provider(info.name())).isPresent();
    }

    private Duration pause(int failures) {
        long ms = Math.min(PAUSE_MAX.toMillis(), PAUSE_MIN.toMillis() << Math.min(10, failures - 1));
        return Duration.ofMillis(ms / 2 + random.nextLong(ms / 2 + 1));
    }

    /** Sleeps, unless the peer's entry changes. */
    private void sleep(Duration duration) throws InterruptedException {
        synchronized (bell) {
            if (!rung) {
                bell.wait(Math.max(1, duration.toMillis()));
            }
            rung = false;
        }
    }

    private void ring() {
        synchronized (bell) {
            rung = true;
            bell.notifyAll();
        }
    }

    private static String text(Duration duration) {
        return duration.toSeconds() > 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    /** The peer's flow said no for good. */
    private static final class Final extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final Kind kind;

        Final(Kind kind, String message) {
            super(message);
            this.kind = kind;
        }
    }
}
