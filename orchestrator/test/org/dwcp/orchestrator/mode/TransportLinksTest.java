// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

class TransportLinksTest {
    private static final NodeId LISBON = NodeId.of("lisbon");
    private static final NodeId PORTO = NodeId.of("porto");
    private static final long MS = 1_000_000L;
    private static final long MBPS = 1_000_000L;

    private final SimulatedClock clock = new SimulatedClock();
    private final Map<String, FakeTransport> transports = new TreeMap<>();
    private final Map<String, ProviderState> states = new TreeMap<>();
    private final Map<NodeId, PeerInfo> peers = new TreeMap<>();
    private final FakeTransport v3 = transport("transport.v3");
    private final TransportLinks links = new TransportLinks(adapter(), peers(), clock, Runnable::run);

    private FakeTransport transport(String name) {
        FakeTransport transport = new FakeTransport();
        transports.put(name, transport);
        return transport;
    }

    private void peer(NodeId id, long rttNs) {
        List<ProviderAdvert> adverts = transports.keySet().stream().map(n -> new ProviderAdvert("transport", n, "3", List.of(), 1)).toList();
        peers.put(id, new PeerInfo(id, "host", 1, true, SimulatedClock.START, rttNs, adverts, ""));
    }

    private static LinkStats stats(NodeId peer, long rttNs, long bps, boolean appLimited) {
        return new LinkStats(peer, rttNs, rttNs, bps, appLimited, 0.01, 4, "tcp-info");
    }

    @Test
    void withoutPeersThereIsNoSample() {
        assertThat(links.sample()).isEmpty();
    }

    @Test
    void anOfflinePeerIsNoLink() {
        peers.put(LISBON, new PeerInfo(LISBON, "host", 1, false, SimulatedClock.START, 5 * MS, List.of(), "down"));

        assertThat(links.sample()).isEmpty();
        assertThat(v3.measured).isEmpty();
    }

    @Test
    @Requirement({"R-032", "R-002"})
    void realTrafficThatFillsTheLinkIsTheMeasurementAndNeedsNoBurst() {
        peer(LISBON, 80 * MS);
        v3.link.put(LISBON, stats(LISBON, 84 * MS, 190 * MBPS, false));

        LinkConditions sample = links.sample().orElseThrow();

        assertThat(sample.rttMs()).as("the smaller of transport and control connection").isEqualTo(80);
        assertThat(sample.bandwidthBps()).isEqualTo(190 * MBPS);
        assertThat(sample.loss()).isCloseTo(0.01, within(1e-9));
        assertThat(v3.measured).isEmpty();
    }

    @Test
    void anIdleLinkIsMeasuredTwiceAndThenOnceAMinute() {
        peer(LISBON, 20 * MS);
        v3.bandwidth.put(LISBON, 500 * MBPS);
        for (int cycle = 0; cycle < 12; cycle++) { // two minutes
            assertThat(links.sample().orElseThrow().bandwidthBps()).isEqualTo(500 * MBPS);
            clock.advance(Duration.ofSeconds(10));
        }

        assertThat(v3.measured).hasSize(3);
        assertThat(v3.measured).allMatch(d -> d.equals(TransportLinks.BURST_MIN));
    }

    @Test
    @Requirement("R-002")
    void aRoundTripTimeThatDoubledInFourPingsAsksForANewBurst() {
        peer(LISBON, 2 * MS);
        v3.bandwidth.put(LISBON, 10_000 * MBPS);
        for (int burst = 0; burst < 2; burst++) { // the second one confirms the first
            links.sample();
            clock.advance(Duration.ofSeconds(10));
        }

        v3.bandwidth.put(LISBON, 200 * MBPS);
        for (int ping = 0; ping < 3; ping++) {
            peer(LISBON, (80 + ping) * MS);
            assertThat(links.sample().orElseThrow().bandwidthBps()).as("ping %d", ping).isEqualTo(10_000 * MBPS);
        }
        peer(LISBON, 83 * MS);

        assertThat(links.sample().orElseThrow().bandwidthBps()).isEqualTo(200 * MBPS);
    }

    @Test
    void aBurstThatABusyMachineSpoiltIsRepeatedAndTheHigherOneCounts() {
        peer(LISBON, 20 * MS);
        for (long mbit : new long[] {60, 500, 490, 100, 495}) {
            v3.bandwidth.put(LISBON, mbit * MBPS);
            links.sample();
            clock.advance(Duration.ofSeconds(10));
        }

        assertThat(v3.measured).as("twice until two agree, then it rests").hasSize(3);
        assertThat(links.sample().orElseThrow().bandwidthBps()).isEqualTo(500 * MBPS);
    }

    @Test
    void trafficThatWasLimitedByTheApplicationOnlyRaisesWhatIsKnown() {
        peer(LISBON, 20 * MS);
        v3.bandwidth.put(LISBON, 500 * MBPS);
        v3.link.put(LISBON, stats(LISBON, 20 * MS, 50 * MBPS, true));
        assertThat(links.sample().orElseThrow().bandwidthBps()).isEqualTo(500 * MBPS);

        v3.link.put(LISBON, stats(LISBON, 20 * MS, 700 * MBPS, true));
        assertThat(links.sample().orElseThrow().bandwidthBps()).isEqualTo(700 * MBPS);
    }

    @Test
    void aLinkWhoseBandwidthNobodyKnowsIsLeftOutAndTriedAgainAfterFiveSeconds() {
        peer(LISBON, 20 * MS);

        assertThat(links.sample()).isEmpty();
        clock.advance(Duration.ofMillis(4_999));
        assertThat(links.sample()).isEmpty();
        assertThat(v3.measured).hasSize(1);

        clock.advance(Duration.ofMillis(1));
        v3.bandwidth.put(LISBON, 10 * MBPS);
        assertThat(links.sample()).isPresent();
    }

    @Test
    void aTransportThatThePeerHasNotOrThatFailsIsPassedOver() {
        FakeTransport v1 = transport("transport.v1");
        v1.failure = Optional.of(new TransportException(DwcpException.Kind.UNAVAILABLE, "expected by the test"));
        peer(LISBON, 20 * MS);
        FakeTransport foreign = transport("transport.acme");
        foreign.bandwidth.put(LISBON, 1L);
        v3.bandwidth.put(LISBON, 500 * MBPS);

        assertThat(links.sample().orElseThrow().bandwidthBps()).isEqualTo(500 * MBPS);
        assertThat(foreign.measured).isEmpty();
    }

    @Test
    void aTransportThatMayNotServeIsNotAsked() {
        states.put("transport.v3", ProviderState.FAILED);
        peer(LISBON, 20 * MS);
        v3.bandwidth.put(LISBON, 500 * MBPS);

        assertThat(links.sample()).isEmpty();
    }

    @Test
    void burstsOfOneSampleStayWithinTheBudgetAndEveryPeerGetsATurn() {
        for (int i = 0; i < 10; i++) {
            NodeId id = NodeId.of("peer-" + i);
            peer(id, 500 * MS);
            v3.bandwidth.put(id, 100 * MBPS);
        }
        v3.takesTime = true;
        int samples = 0;
        while (v3.measured.size() < 10) {
            links.sample();
            assertThat(++samples).isLessThanOrEqualTo(10);
        }

        assertThat(links.sample().orElseThrow().source()).isEqualTo("links 10 of 10");
        assertThat(v3.measured).allMatch(d -> d.compareTo(TransportLinks.BURST_MAX) <= 0);
    }

    @Test
    void idleLinksCountAlikeAndASlowOneIsNotHidden() {
        peer(LISBON, 2 * MS);
        peer(PORTO, 98 * MS);
        v3.bandwidth.put(LISBON, 10_000 * MBPS);
        v3.bandwidth.put(PORTO, 100 * MBPS);

        LinkConditions sample = links.sample().orElseThrow();

        assertThat(sample.rttMs()).isEqualTo(50);
        assertThat(sample.bandwidthBps()).as("harmonic mean").isCloseTo(198 * MBPS, within(MBPS));
    }

    @Test
    void theLinkThatCarriesTheTrafficDecides() {
        peer(LISBON, 2 * MS);
        peer(PORTO, 98 * MS);
        v3.bandwidth.put(LISBON, 10_000 * MBPS);
        v3.bandwidth.put(PORTO, 100 * MBPS);
        v3.channels.add(new ChannelStats(PORTO, "p", "transport.v3", 1, 1, 1_000_000, 1, 1_000_000));

        LinkConditions sample = links.sample().orElseThrow();

        assertThat(sample.rttMs()).isCloseTo(98, within(0.1));
        assertThat(sample.bandwidthBps()).isCloseTo(100 * MBPS, within(MBPS));
    }

    @Test
    void trafficOfThePastIsForgotten() {
        peer(LISBON, 2 * MS);
        peer(PORTO, 98 * MS);
        v3.bandwidth.put(LISBON, 10_000 * MBPS);
        v3.bandwidth.put(PORTO, 100 * MBPS);
        v3.channels.add(new ChannelStats(PORTO, "p", "transport.v3", 1, 1, 1_000_000, 1, 0));
        links.sample();

        v3.channels.clear();
        v3.channels.add(new ChannelStats(LISBON, "p", "transport.v3", 1, 1, 1_000_000, 1, 0));
        LinkConditions sample = links.sample().orElseThrow();
        assertThat(sample.rttMs()).isBetween(40.0, 60.0);
        for (int i = 0; i < 200; i++) {
            sample = links.sample().orElseThrow();
        }

        assertThat(sample.rttMs()).as("both idle again").isCloseTo(50, within(0.1));
    }

    private ModeAwareAdapter adapter() {
        Route<?> route = (Route<?>) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Route.class}, (p, method, arguments) -> {
            assertThat(method.getName()).isEqualTo("leaseNamed");
            return lease((String) arguments[0]);
        });
        return (ModeAwareAdapter) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ModeAwareAdapter.class},
                (p, method, arguments) -> method.getName().equals("route") ? route : List.of(new SlotStatus("transport", transports.keySet()
                        .stream().map(n -> new ProviderInfo("transport", n, "3", List.of(), List.of(), 0, 0,
                                states.getOrDefault(n, ProviderState.STANDBY), "", 0))
                        .toList(), List.of(), 0)));
    }

    private Lease<Transport> lease(String name) {
        return new Lease<>() {
            @Override
            public Transport provider() {
                return transports.get(name);
            }

            @Override
            public String providerName() {
                return name;
            }

            @Override
            public boolean isCurrent() {
                return true;
            }

            @Override
            public void failed(Throwable failure) {
                throw new AssertionError("a failed measurement must not open a breaker", failure);
            }

            @Override
            public void close() {
            }
        };
    }

    private Peers peers() {
        return new Peers() {
            @Override
            public NodeId self() {
                return NodeId.of("self");
            }

            @Override
            public List<PeerInfo> list() {
                return List.copyOf(peers.values());
            }

            @Override
            public Optional<PeerInfo> find(NodeId peer) {
                return Optional.ofNullable(peers.get(peer));
            }

            @Override
            public void add(NodeId peer, String host, int port) {
                throw new UnsupportedOperationException();
            }

            @Override
            public boolean remove(NodeId peer) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Registration onChange(Consumer<PeerInfo> listener) {
                throw new UnsupportedOperationException();
            }
        };
    }

    private final class FakeTransport implements Transport {
        private final Map<NodeId, LinkStats> link = new TreeMap<>();
        private final Map<NodeId, Long> bandwidth = new TreeMap<>();
        private final List<ChannelStats> channels = new ArrayList<>();
        private final List<Duration> measured = new ArrayList<>();
        private Optional<TransportException> failure = Optional.empty();
        private boolean takesTime;

        @Override
        public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<LinkStats> link(NodeId peer) {
            failure.ifPresent(f -> {
                throw f;
            });
            return Optional.ofNullable(link.get(peer));
        }

        @Override
        public Optional<LinkStats> measure(NodeId peer, Duration duration) {
            failure.ifPresent(f -> {
                throw f;
            });
            measured.add(duration);
            if (takesTime) {
                clock.advance(duration);
            }
            return Optional.ofNullable(bandwidth.get(peer)).map(bps -> new LinkStats(peer, 1, 1, bps, false, 0, 1, "burst"));
        }

        @Override
        public List<ChannelStats> channels() {
            return channels;
        }
    }
}
