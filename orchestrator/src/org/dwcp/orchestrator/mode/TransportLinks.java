// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the links to all peers that are on line and makes one sample of the node.
 *
 * <p>Per link: the round-trip time is the smallest that a transport tells now, since load can only add to it. Where even the fastest of the last
 * control pings took much longer, somebody in between ends the TCP connections (a performance-enhancing proxy, RFC 3135): what the kernel tells is
 * then of the way to that proxy, so the pings count instead, and only bursts, which the peer itself answers. The
 * bandwidth is what real traffic reached when it filled the link; otherwise a short burst measures it, again when the result is a minute old
 * or the round-trip time has doubled or halved since. Of all links, at most {@link #BUDGET} is spent on bursts in one sample, one after the
 * other, so that they do not measure each other; who did not get a turn is first the next time. A link without a known bandwidth is left
 * out.
 *
 * <p>The node: links weighted by the bytes they carried lately. Round-trip times are averaged; bandwidths by the harmonic mean, so that the
 * result is what the average byte meets: one slow link that carries half of the traffic is not hidden by a fast one. Not thread-safe.
 */
final class TransportLinks implements LinkSource {
    /** Longest time for the bursts of one sample. Source: the API allows a detection 2 s. */
    static final Duration BUDGET = Duration.ofMillis(1_800);
    /** Longest burst. */
    static final Duration BURST_MAX = Duration.ofSeconds(1);
    /** Shortest burst that is worth it. */
    static final Duration BURST_MIN = Duration.ofMillis(200);
    /** Round trips of a burst: slow start needs about ten to fill a link (RFC 5681, initial window of RFC 6928, 1 Gbit/s at 50 ms). */
    private static final int BURST_ROUND_TRIPS = 12;
    /** Age at which a burst's result is measured again. Source: chosen; at most 1 s of burst a minute on an idle link. */
    static final Duration BANDWIDTH_AGE_MAX = Duration.ofSeconds(60);
    /** Least time between two bursts on one link, also after a failure. */
    static final Duration BURST_INTERVAL_MIN = Duration.ofSeconds(5);
    /** Pings whose fastest is taken: enough that one of them met no load. Source: chosen. */
    private static final int PINGS = 4;
    /** A fastest ping that is slower than the kernel's time by this and twice that time went further than the kernel saw. Source: chosen; far above
     *  what a loaded machine adds to the fastest of {@link #PINGS}. */
    private static final long SPLIT_NS = 8_000_000;
    /** What a link's traffic of the past counts at the next sample. Source: chosen; half is forgotten after seven samples. */
    private static final double TRAFFIC_KEPT = 0.9;
    private static final Logger LOG = LoggerFactory.getLogger(TransportLinks.class);

    private final ModeAwareAdapter adapter;
    private final Route<Transport> route;
    private final Peers peers;
    private final NodeClock clock;
    private final Map<NodeId, Link> links = new TreeMap<>();
    private NodeId lastBurst;

    TransportLinks(ModeAwareAdapter adapter, Peers peers, NodeClock clock) {
        this.adapter = adapter;
        this.route = adapter.route(Transport.SLOT);
        this.peers = peers;
        this.clock = clock;
    }

    /** What is known of one link. */
    private static final class Link {
        private long rttNs;
        private long bandwidthBps;
        private long measuredNs;
        private long rttWhenMeasuredNs;
        private long triedNs;
        private boolean tried;
        private double loss;
        private long bytesSeen;
        private double traffic;
        private final Deque<Long> pings = new ArrayDeque<>();

        /** The fastest of the last pings, 0 before the first. A value that has not changed is the same ping still. */
        long fastestPing(long rttNs) {
            if (rttNs > 0 && (pings.isEmpty() || pings.peekLast() != rttNs)) {
                pings.addLast(rttNs);
            }
            while (pings.size() > PINGS) {
                pings.removeFirst();
            }
            return pings.stream().mapToLong(Long::longValue).min().orElse(0);
        }

        boolean known() {
            return rttNs > 0 && bandwidthBps > 0;
        }

        void measured(long bps, long nowNs) {
            bandwidthBps = bps;
            measuredNs = nowNs;
            rttWhenMeasuredNs = rttNs;
        }

        boolean needsBurst(long nowNs) {
            if (tried && nowNs - triedNs < BURST_INTERVAL_MIN.toNanos()) {
                return false;
            }
            boolean moved = rttNs > 2 * rttWhenMeasuredNs || 2 * rttNs < rttWhenMeasuredNs;
            return bandwidthBps == 0 || moved || nowNs - measuredNs >= BANDWIDTH_AGE_MAX.toNanos();
        }
    }

    @Override
    public Optional<LinkConditions> sample() {
        List<PeerInfo> online = peers.list().stream().filter(PeerInfo::online).toList();
        links.keySet().retainAll(online.stream().map(PeerInfo::id).toList());
        List<String> providers = providers();
        Map<NodeId, Long> bytes = new HashMap<>();
        Map<NodeId, List<LinkStats>> stats = new HashMap<>();
        for (String provider : providers) {
            with(provider, transport -> {
                transport.channels().forEach(c -> bytes.merge(c.peer(), c.bytesSent() + c.bytesReceived(), Long::sum));
                for (PeerInfo peer : online) {
                    transport.link(peer.id()).ifPresent(s -> stats.computeIfAbsent(peer.id(), id -> new ArrayList<>()).add(s));
                }
                return Optional.empty();
            });
        }
        for (PeerInfo peer : online) {
            Link link = links.computeIfAbsent(peer.id(), id -> new Link());
            observe(link, peer, stats.getOrDefault(peer.id(), List.of()), bytes.getOrDefault(peer.id(), 0L));
        }
        bursts(online, providers);
        return combined();
    }

    /** Lists the transports that may serve, those that carry most first. */
    private List<String> providers() {
        return adapter.slots().stream().filter(s -> s.slot().equals(Transport.SLOT.name())).flatMap(s -> s.providers().stream())
                .filter(p -> p.state().mayServe())
                .sorted((a, b) -> Integer.compare(b.share(), a.share()))
                .map(ProviderInfo::name).toList();
    }

    private void observe(Link link, PeerInfo peer, List<LinkStats> stats, long bytes) {
        long nowNs = clock.nanoTime();
        long pingNs = link.fastestPing(peer.rttNs());
        long kernelNs = stats.stream().mapToLong(s -> s.rttNs() > 0 ? s.rttNs() : s.rttMinNs()).filter(r -> r > 0).min().orElse(0);
        boolean split = kernelNs > 0 && pingNs > 2 * kernelNs + SPLIT_NS;
        long rttNs = kernelNs == 0 || split ? pingNs : pingNs == 0 ? kernelNs : Math.min(kernelNs, pingNs);
        if (rttNs > 0) {
            link.rttNs = rttNs;
        }
        List<LinkStats> told = split ? List.of() : stats;
        long full = told.stream().filter(s -> !s.appLimited()).mapToLong(LinkStats::deliveryBps).max().orElse(0);
        long atLeast = told.stream().mapToLong(LinkStats::deliveryBps).max().orElse(0);
        if (full > 0) {
            link.measured(full, nowNs);
        } else if (link.bandwidthBps > 0 && atLeast > link.bandwidthBps) {
            link.bandwidthBps = atLeast; // the link has just shown that it can do more than we thought
        }
        link.loss = stats.stream().mapToDouble(LinkStats::loss).filter(l -> l >= 0 && l <= 1).max().orElse(0);
        // Channels that closed take their bytes with them: the sum may fall, and then nothing is known of the time between.
        link.traffic = link.traffic * TRAFFIC_KEPT + Math.max(0, bytes - link.bytesSeen);
        link.bytesSeen = bytes;
    }

    private void bursts(List<PeerInfo> online, List<String> providers) {
        long endNs = clock.nanoTime() + BUDGET.toNanos();
        for (PeerInfo peer : fromTheNext(online)) {
            Link link = links.get(peer.id());
            long leftNs = endNs - clock.nanoTime();
            if (leftNs < BURST_MIN.toNanos()) {
                return;
            }
            if (link.needsBurst(clock.nanoTime())) {
                link.tried = true;
                link.triedNs = clock.nanoTime();
                lastBurst = peer.id();
                long wantedNs = Math.clamp(link.rttNs * BURST_ROUND_TRIPS, BURST_MIN.toNanos(), BURST_MAX.toNanos());
                burst(peer, providers, Duration.ofNanos(Math.min(wantedNs, leftNs))).ifPresent(s -> {
                    link.rttNs = link.rttNs > 0 ? link.rttNs : Math.max(s.rttMinNs(), s.rttNs());
                    link.measured(s.deliveryBps(), clock.nanoTime());
                });
            }
        }
    }

    private List<PeerInfo> fromTheNext(List<PeerInfo> online) {
        List<PeerInfo> turned = new ArrayList<>(online.stream().filter(p -> lastBurst == null || p.id().compareTo(lastBurst) > 0).toList());
        turned.addAll(online.stream().filter(p -> lastBurst != null && p.id().compareTo(lastBurst) <= 0).toList());
        return turned;
    }

    private Optional<LinkStats> burst(PeerInfo peer, List<String> providers, Duration duration) {
        for (String provider : providers) {
            if (peer.provider(provider).isPresent() && !Thread.currentThread().isInterrupted()) {
                Optional<LinkStats> measured = with(provider, transport -> transport.measure(peer.id(), duration))
                        .filter(s -> s.deliveryBps() > 0);
                if (measured.isPresent()) {
                    return measured;
                }
            }
        }
        return Optional.empty();
    }

    /** Asks one transport. What it cannot tell is no fault of the node's, so it is noted for a developer only. */
    private Optional<LinkStats> with(String provider, Function<Transport, Optional<LinkStats>> question) {
        try (Lease<Transport> lease = route.leaseNamed(provider)) {
            return question.apply(lease.provider());
        } catch (DwcpException e) {
            LOG.debug("link not measured provider={} problem=\"{}\"", provider, e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<LinkConditions> combined() {
        double weights = 0;
        double rtt = 0;
        double secondsPerBit = 0;
        double loss = 0;
        int count = 0;
        for (Link link : links.values()) {
            if (link.known()) {
                double weight = link.traffic + 1; // all links count alike as long as none carries anything
                weights += weight;
                rtt += weight * link.rttNs;
                secondsPerBit += weight / link.bandwidthBps;
                loss += weight * link.loss;
                count++;
            }
        }
        return count == 0 ? Optional.empty()
                : Optional.of(new LinkConditions(Math.round(rtt / weights), Math.round(weights / secondsPerBit), Math.min(1, loss / weights),
                        clock.now(), "links " + count + " of " + links.size()));
    }
}
