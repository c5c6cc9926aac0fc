// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
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
 * Measures the links to all peers that are on line: a sample of each, and one of the node.
 *
 * <p>Per link: the round-trip time is the smallest that a transport or a control ping tells, since load can only add to it. Where even the
 * fastest of the last control pings took much longer than what the kernel sees now, somebody in between ends the TCP connections (a
 * performance-enhancing proxy, RFC 3135): what the kernel tells is then of the way to that proxy, so the pings count instead, and only bursts,
 * which the peer itself answers. The bandwidth is what real traffic reached when it filled the link; otherwise a burst measures it, again when
 * the result is old or the round-trip time has doubled or halved since. Bursts go one after the other, so that they do not measure each
 * other, on the executor given; a sample waits for them {@link #BUDGET} and takes what comes later at the next one. A transport made for
 * the internet measures first, as its congestion control is the least misled by loss. A link without a known bandwidth is left out.
 *
 * <p>The node: links weighted by the bytes they carried lately. Round-trip times are averaged; bandwidths by the harmonic mean, so that the
 * result is what the average byte meets: one slow link that carries half of the traffic is not hidden by a fast one. Not thread-safe.
 */
final class TransportLinks implements LinkSource {
    /** Longest time that one sample waits for bursts. Source: the API allows a detection 2 s. */
    static final Duration BUDGET = Duration.ofMillis(1_800);
    /** Longest burst: fills 500 ms of round trip. */
    static final Duration BURST_MAX = Duration.ofSeconds(12);
    /** Least time that a burst may take; it ends by itself when it knows. Source: chosen; a machine that is busy starting. */
    static final Duration BURST_MIN = Duration.ofSeconds(3);
    /** Round trips of a burst: 3 to open, 8 of slow start, 5 to see that it is full, and half as many again for a busy machine. */
    private static final int BURST_ROUND_TRIPS = 24;
    private static final Duration HINTS_AGE_MAX = Duration.ofSeconds(60);
    /** Protocols that begin so carry measurements and no traffic. */
    private static final String MEASURING = "dwcp.measure";
    private static final Logger LOG = LoggerFactory.getLogger(TransportLinks.class);

    /** A burst under way. */
    private record Running(NodeId peer, CompletableFuture<Result> result) {
    }

    private record Result(Optional<LinkStats> stats, Duration took) {
    }

    private final ModeAwareAdapter adapter;
    private final Route<Transport> route;
    private final Peers peers;
    private final NodeClock clock;
    private final Executor executor;
    private final Map<NodeId, MeasuredLink> links = new TreeMap<>();
    private final Map<NodeId, String> ways = new HashMap<>();
    private List<OfLink> last = List.of();
    private List<String> rdma = List.of();
    private Optional<Running> running = Optional.empty();
    private Optional<Long> hintsNs = Optional.empty();
    private NodeId lastBurst;

    TransportLinks(ModeAwareAdapter adapter, Peers peers, NodeClock clock, Executor executor) {
        this.adapter = adapter;
        this.route = adapter.route(Transport.SLOT);
        this.peers = peers;
        this.clock = clock;
        this.executor = executor;
    }

    @Override
    public Optional<LinkConditions> sample() {
        List<PeerInfo> all = peers.list();
        List<PeerInfo> online = all.stream().filter(PeerInfo::online).toList();
        links.keySet().retainAll(online.stream().map(PeerInfo::id).toList());
        List<String> providers = providers();
        Map<NodeId, Long> bytes = new HashMap<>();
        Map<NodeId, List<LinkStats>> stats = new HashMap<>();
        for (String provider : providers) {
            with(provider, transport -> {
                transport.channels().stream().filter(c -> !c.protocol().startsWith(MEASURING))
                        .forEach(c -> bytes.merge(c.peer(), c.bytesSent() + c.bytesReceived(), Long::sum));
                for (PeerInfo peer : online) {
                    transport.link(peer.id()).ifPresent(s -> stats.computeIfAbsent(peer.id(), id -> new ArrayList<>()).add(s));
                }
                return Optional.empty();
            });
        }
        for (PeerInfo peer : online) {
            links.computeIfAbsent(peer.id(), id -> new MeasuredLink())
                    .observe(peer.rttNs(), stats.getOrDefault(peer.id(), List.of()), bytes.getOrDefault(peer.id(), 0L), clock.nanoTime());
        }
        bursts(online, providers);
        hints(online, providers);
        Instant now = clock.now();
        last = all.stream().map(peer -> new OfLink(peer.id(), Optional.ofNullable(links.get(peer.id())).flatMap(link -> link.sample(now)),
                hintsOf(peer.id()))).toList();
        return combined(now);
    }

    @Override
    public List<OfLink> links() {
        return last;
    }

    /** Lists the transports that may serve: those for the internet first, then those that carry most. */
    private List<String> providers() {
        return adapter.slots().stream().filter(s -> s.slot().equals(Transport.SLOT.name())).flatMap(s -> s.providers().stream())
                .filter(p -> p.state().mayServe())
                .sorted(Comparator.<ProviderInfo, Boolean>comparing(p -> !p.modes().contains(NetworkMode.INTERNET.label()))
                        .thenComparing(p -> -p.share()))
                .map(ProviderInfo::name).toList();
    }

    private void bursts(List<PeerInfo> online, List<String> providers) {
        long endNs = clock.nanoTime() + BUDGET.toNanos();
        while (await(endNs)) {
            Optional<PeerInfo> next = fromTheNext(online).stream().filter(peer -> links.get(peer.id()).needsBurst(clock.nanoTime())).findFirst();
            if (next.isEmpty() || clock.nanoTime() - endNs >= 0) {
                return;
            }
            begin(next.get(), providers);
        }
    }

    private void begin(PeerInfo peer, List<String> providers) {
        MeasuredLink link = links.get(peer.id());
        long beganNs = clock.nanoTime();
        link.tried(beganNs);
        lastBurst = peer.id();
        Duration longest = link.rttNs() == 0 ? BURST_MAX
                : Duration.ofNanos(Math.clamp(link.rttNs() * BURST_ROUND_TRIPS, BURST_MIN.toNanos(), BURST_MAX.toNanos()));
        running = Optional.of(new Running(peer.id(), CompletableFuture.supplyAsync(() -> {
            Optional<LinkStats> found = burst(peer, providers, longest);
            return new Result(found, Duration.ofNanos(clock.nanoTime() - beganNs));
        }, executor)));
    }

    /** Waits for the burst under way and takes its result; false when the time is over first. */
    private boolean await(long endNs) {
        if (running.isEmpty()) {
            return true;
        }
        Running burst = running.get();
        try {
            Result result = burst.result().get(Math.max(0, endNs - clock.nanoTime()), TimeUnit.NANOSECONDS);
            running = Optional.empty();
            MeasuredLink link = links.get(burst.peer());
            if (link != null && result.stats().isPresent()) {
                link.measured(result.stats().get(), result.took(), clock.nanoTime());
            }
            return true;
        } catch (TimeoutException e) {
            return false; // the next sample takes it
        } catch (ExecutionException e) {
            running = Optional.empty();
            LOG.warn("link not measured peer={}", burst.peer(), e.getCause());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private List<PeerInfo> fromTheNext(List<PeerInfo> online) {
        List<PeerInfo> turned = new ArrayList<>(online.stream().filter(p -> lastBurst == null || p.id().compareTo(lastBurst) > 0).toList());
        turned.addAll(online.stream().filter(p -> lastBurst != null && p.id().compareTo(lastBurst) <= 0).toList());
        return turned;
    }

    private Optional<LinkStats> burst(PeerInfo peer, List<String> providers, Duration longest) {
        for (String provider : providers) {
            if (peer.provider(provider).isPresent() && !Thread.currentThread().isInterrupted()) {
                Optional<LinkStats> measured = with(provider, transport -> transport.measure(peer.id(), longest)).filter(s -> s.deliveryBps() > 0);
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

    private void hints(List<PeerInfo> online, List<String> providers) {
        boolean fresh = hintsNs.filter(then -> clock.nanoTime() - then < HINTS_AGE_MAX.toNanos()).isPresent();
        if (fresh && ways.keySet().containsAll(online.stream().map(PeerInfo::id).toList())) {
            return;
        }
        hintsNs = Optional.of(clock.nanoTime());
        ways.keySet().retainAll(links.keySet());
        online.forEach(peer -> WayHints.of(peer).ifPresent(way -> ways.put(peer.id(), way)));
        List<String> found = new ArrayList<>();
        for (String provider : providers) {
            with(provider, transport -> {
                transport.stats().map(stats -> stats.traits().get("rdma")).ifPresent(rdmaOf -> found.add("rdma of " + provider + ": " + rdmaOf));
                return Optional.empty();
            });
        }
        rdma = List.copyOf(found);
    }

    private List<String> hintsOf(NodeId peer) {
        List<String> all = new ArrayList<>();
        Optional.ofNullable(ways.get(peer)).ifPresent(all::add);
        all.addAll(rdma);
        return all;
    }

    private Optional<LinkConditions> combined(Instant now) {
        double weights = 0;
        double rtt = 0;
        double secondsPerBit = 0;
        double loss = 0;
        int count = 0;
        for (MeasuredLink link : links.values()) {
            if (link.known()) {
                double weight = link.traffic() + 1; // all links count alike as long as none carries anything
                weights += weight;
                rtt += weight * link.rttNs();
                secondsPerBit += weight / link.bandwidthBps();
                loss += weight * link.loss();
                count++;
            }
        }
        return count == 0 ? Optional.empty()
                : Optional.of(new LinkConditions(Math.round(rtt / weights), Math.round(weights / secondsPerBit), Math.min(1, loss / weights), now,
                        "links " + count + " of " + links.size()));
    }
}
