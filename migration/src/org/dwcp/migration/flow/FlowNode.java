// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeExecutors;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transport.Transport;

/** What all flows of a node share: its services, buffers, threads, limits. Close it last. Thread-safe. */
public final class FlowNode implements AutoCloseable {
    private final NodeClock clock;
    private final NodeRandom random;
    private final NodeExecutors executors;
    private final Peers peers;
    private final Route<Transport> transports;
    private final Codecs codecs;
    private final Buffers buffers = new Buffers();
    private final Budget receiving = new Budget();
    private final Budget sending = new Budget();
    private final RateLimit sendLimit;
    private final AtomicLong instances = new AtomicLong();
    private final Threads threads = new Threads();
    private final Ticker ticker;
    private volatile FlowSettings settings;

    public FlowNode(NodeClock clock, NodeRandom random, NodeExecutors executors, Peers peers, ModeAwareAdapter adapter, FlowSettings settings) {
        this.clock = clock;
        this.random = random;
        this.executors = executors;
        this.peers = peers;
        this.settings = settings;
        transports = adapter.route(Transport.SLOT);
        codecs = new Codecs(adapter, peers);
        ticker = new Ticker(clock, threads);
        sendLimit = new RateLimit(clock);
    }

    public NodeClock clock() {
        return clock;
    }

    public NodeRandom random() {
        return random;
    }

    public Peers peers() {
        return peers;
    }

    /**
     * Refuses a node that nobody has told this one of.
     *
     * @throws TransferException of kind REJECTED that lists those it knows
     */
    public void requireKnown(NodeId peer) {
        if (peers.find(peer).isEmpty()) {
            throw new TransferException(Kind.REJECTED, String.format("%s is no peer of this node; it knows %s", peer,
                    peers.list().stream().map(PeerInfo::id).map(NodeId::value).collect(Collectors.joining(", ", "[", "]"))));
        }
    }

    public Threads threads() {
        return threads;
    }

    public Ticker ticker() {
        return ticker;
    }

    public FlowSettings settings() {
        return settings;
    }

    /** Changes the limits of flows that begin from now on. */
    public void apply(FlowSettings changed) {
        settings = changed;
    }

    NodeExecutors executors() {
        return executors;
    }

    Route<Transport> transports() {
        return transports;
    }

    Codecs codecs() {
        return codecs;
    }

    /** A number that no other receiver of this node has, nor one before a restart. */
    long newInstance() {
        return RouteKey.mix(clock.now().toEpochMilli() << 20 ^ instances.incrementAndGet()) & Long.MAX_VALUE;
    }

    /** Bytes of buffers that flows hold now. */
    public long bufferBytes() {
        return buffers.usedBytes();
    }

    Buffers buffers() {
        return buffers;
    }

    /** Buffers of chunks that were received and not yet written. */
    Budget receiving() {
        return receiving;
    }

    /** Buffers of chunks that are being read, encoded and sent. */
    Budget sending() {
        return sending;
    }

    /** The rate that all flows of this node send at together; it may be changed at any time. */
    public RateLimit sendLimit() {
        return sendLimit;
    }

    /** Ends all threads; flows that are left end as suspended. */
    @Override
    public void close() {
        threads.stop(Duration.ofMillis(1_500));
    }
}
