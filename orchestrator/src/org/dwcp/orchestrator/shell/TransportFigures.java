// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportStats;
import org.dwcp.orchestrator.shell.view.PeerFigures;
import org.dwcp.orchestrator.shell.view.TransportView;

/** Looks at the transports' figures twice, so that a rate can be told from counts. Thread-safe. */
final class TransportFigures {
    /** Between the two looks. Source: chosen; long enough for a rate, short enough for a person. */
    static final Duration GAP = Duration.ofMillis(500);

    private final ModeAwareAdapter adapter;
    private final NodeClock clock;

    TransportFigures(ModeAwareAdapter adapter, NodeClock clock) {
        this.adapter = adapter;
        this.clock = clock;
    }

    /** One look at one transport. */
    private record Look(long atNs, List<ChannelStats> channels, TransportStats stats) {
        long bytes(Predicate<ChannelStats> which) {
            return channels.stream().filter(which).mapToLong(channel -> channel.bytesSent() + channel.bytesReceived()).sum();
        }

        private long total() {
            return stats.bytesSent() + stats.bytesReceived();
        }
    }

    /** The names of the transports that are installed. */
    List<String> names() {
        return SlotCommands.installed(adapter, Transport.SLOT).stream().map(ProviderInfo::name).toList();
    }

    /** Shows one transport. */
    TransportView of(String provider, long modeChanges) throws InterruptedException {
        try (Lease<Transport> lease = adapter.route(Transport.SLOT).leaseNamed(provider)) {
            var first = look(lease);
            clock.sleep(GAP);
            var second = look(lease);
            return new TransportView(second.stats, rate(first.total(), second.total(), first, second), modeChanges, peers(lease, first, second),
                    second.channels);
        }
    }

    /** Shows what all transports together do with each peer. */
    List<PeerFigures> peers() throws InterruptedException {
        var leases = new ArrayList<Lease<Transport>>();
        try {
            names().forEach(name -> leases.add(adapter.route(Transport.SLOT).leaseNamed(name)));
            var first = leases.stream().map(this::look).toList();
            clock.sleep(GAP);
            var all = new ArrayList<PeerFigures>();
            for (int index = 0; index < leases.size(); index++) {
                all.addAll(peers(leases.get(index), first.get(index), look(leases.get(index))));
            }
            return all;
        } finally {
            leases.forEach(Lease::close);
        }
    }

    private Look look(Lease<Transport> lease) {
        var transport = lease.provider();
        var stats = transport.stats().orElseGet(() -> new TransportStats(lease.providerName(), 0, 0, 0, 0, 0, 0, 0, 0, Map.of(), Map.of()));
        return new Look(clock.nanoTime(), transport.channels(), stats);
    }

    private static List<PeerFigures> peers(Lease<Transport> lease, Look first, Look second) {
        var byPeer = new TreeMap<NodeId, List<ChannelStats>>();
        second.channels.forEach(channel -> byPeer.computeIfAbsent(channel.peer(), peer -> new ArrayList<>()).add(channel));
        var figures = new ArrayList<PeerFigures>();
        byPeer.forEach((peer, channels) -> {
            var link = lease.provider().link(peer).orElseGet(() -> new LinkStats(peer, 0, 0, 0, true, 0, 0, "none"));
            long before = first.bytes(channel -> channel.peer().equals(peer));
            long after = second.bytes(channel -> channel.peer().equals(peer));
            figures.add(new PeerFigures(peer, lease.providerName(), channels.size(), channels.stream().mapToInt(ChannelStats::lanes).sum(),
                    channels.stream().mapToLong(ChannelStats::bytesSent).sum(), channels.stream().mapToLong(ChannelStats::bytesReceived).sum(),
                    rate(before, after, first, second), link.rttMinNs(), link.rttNs(), link.loss(), link.deliveryBps()));
        });
        return figures;
    }

    /** A channel that ended in between takes its bytes away: then nothing is told rather than a rate below zero. */
    private static long rate(long before, long after, Look first, Look second) {
        return Math.max(0, (long) ((after - before) * 8e9 / Math.max(1, second.atNs - first.atNs)));
    }
}
