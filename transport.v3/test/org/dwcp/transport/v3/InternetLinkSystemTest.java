// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestConfig;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;
import org.dwcp.transport.lane.LaneTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The provider over emulated wide-area links: both ends in this JVM, their sockets in two network namespaces. */
@Tag("system")
class InternetLinkSystemTest {
    private static final int FRAME = 256 << 10;
    private static final Duration LONG = Duration.ofSeconds(60);

    private final TestCluster cluster = new TestCluster();
    private final TestNode a = cluster.node("a");
    private final TestNode b = cluster.node("b");
    private final AtomicLong received = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> senders = new ArrayList<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private WanLink link;

    /** Everybody is at the far end of the link. */
    private record FarPeers(NodeId self, String host, int port) implements Peers {
        private PeerInfo info(NodeId id) {
            return new PeerInfo(id, host, 1, true, Instant.EPOCH, 0,
                    List.of(new ProviderAdvert("transport", InternetSettings.PROVIDER, "3.0.0", List.of(), port)), "");
        }

        @Override
        public List<PeerInfo> list() {
            return List.of();
        }

        @Override
        public Optional<PeerInfo> find(NodeId id) {
            return Optional.of(info(id));
        }

        @Override
        public void add(NodeId id, String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean remove(NodeId id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Registration onChange(Consumer<PeerInfo> listener) {
            return () -> { };
        }
    }

    @BeforeEach
    void needALink() {
        assumeThat(WanLink.unavailable()).as(() -> WanLink.unavailable().orElse("")).isEmpty();
    }

    @AfterEach
    void stop() throws Exception {
        over.set(true);
        for (var sender : senders) {
            sender.join();
        }
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }

    private LaneTransport start(End end, TestNode node, Peers peers, Map<String, ?> values) {
        var all = new HashMap<String, Object>(values);
        all.put("listen_host", link.address(end));
        var settings = InternetSettings.from(TestConfig.of(InternetTransport.Config.class, all));
        // Its loops are started here, so their sockets are of this end's namespace as well.
        return keep(link.inside(end, () -> new LaneTransport(settings, node.identity(), peers, node.clock(), node::handler)));
    }

    /** Both ends over a link, and a channel that takes what it gets. */
    private Channel channel(WanCondition condition, Map<String, ?> values) {
        link = keep(WanLink.open(condition));
        b.handle("bulk", opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
        b.handle("echo", opened -> (channel, frame) -> channel.trySend(frame));
        var tb = start(End.B, b, new FarPeers(b.id(), link.address(End.A), 1), Map.of());
        transport = start(End.A, a, new FarPeers(a.id(), link.address(End.B), tb.port()), values);
        return keep(link.inside(End.A, () -> transport.open(b.id(), "bulk", (from, frame) -> { }, new OpenOptions(OpenOptions.Order.UNORDERED, LONG))));
    }

    private LaneTransport transport;

    /** Sends as fast as it can from now on. */
    private void fill(Channel channel) {
        senders.add(Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    channel.send(ByteBuffer.allocate(FRAME));
                }
            } catch (TransportException e) {
                over.set(true); // what was to be shown fails for lack of bytes
            }
        }));
    }

    private void awaitReceived(long more) {
        long goal = received.get() + more;
        await().atMost(LONG).until(() -> received.get() >= goal);
    }

    @Test
    @Requirement({"R-140", "R-152"})
    void takesMoreLanesWhenTheLinkGetsNineTimesFaster() {
        var channel = channel(WanCondition.of(100, 100), Map.of());
        fill(channel);
        awaitReceived(60_000_000);
        assertThat(channel.stats().lanes()).isBetween(4, 16);
        int before = channel.stats().lanes();

        link.set(WanCondition.of(100, 900));

        await().atMost(LONG).until(() -> channel.stats().lanes() > before);
        assertThat(channel.stats().lanes()).isLessThanOrEqualTo(16);
    }

    /**
     * What comes through a wire of 1.1 times the pace and never waits there for more than 0.1 times what passes in 10 ms, is never more than 1.2 times the
     * pace within 10 ms: a wire of rate r with a queue of at most q lets through r t + q in any time t.
     */
    @Test
    @Requirement("R-143")
    void noTenMillisecondsCarryMoreThanAFifthAboveThePace() {
        long paceMbit = 100;
        var channel = channel(WanCondition.of(20, paceMbit * 11 / 10.0).withQueueBytes(10_000_000),
                Map.of("pacing_mbit_max", (int) paceMbit));
        fill(channel);
        awaitReceived(20_000_000); // lanes have found each other, and the shares are dealt out

        var best = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 30 && best > paceMbit * 125; attempt++) { // a busy machine lets the emulator itself wait, and that looks like a burst
            link.stats();
            awaitReceived(2_000_000);
            best = Math.min(best, link.stats().aToB().queueBytesMax());
        }

        assertThat(best).as("bytes that waited at most").isLessThanOrEqualTo(paceMbit * 125); // 0.1 * 100 Mbit/s * 10 ms / 8
    }

    @Test
    @Requirement("R-068")
    void aSmallMessageIsAnsweredWhileBulkFillsTheLink() {
        var channel = channel(WanCondition.of(50, 50), Map.of());
        fill(channel);
        awaitReceived(20_000_000);
        var answered = new AtomicLong();

        try (var echo = link.inside(End.A, () -> transport.open(b.id(), "echo", (from, frame) -> answered.incrementAndGet(),
                new OpenOptions(OpenOptions.Order.ORDERED, LONG)))) {
            for (int call = 1; call <= 20; call++) {
                long calls = call;
                echo.send(ByteBuffer.allocate(200));
                await().atMost(LONG).until(() -> answered.get() >= calls);
            }
        }
        assertThat(received.get()).isPositive();
    }
}
