// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.LinkShaper;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.netty.channel.unix.RawUnixChannelOption;

/** What the lane core does beyond the contract: settings at run time, limits, lanes that come later. */
@Timeout(60)
class LaneTransportLifeTest {
    private static final OpenOptions UNORDERED = new OpenOptions(OpenOptions.Order.UNORDERED, Duration.ofSeconds(10));
    private final TestCluster cluster = new TestCluster();
    private final TestNode a = cluster.node("a");
    private final TestNode b = cluster.node("b");
    private final AtomicInteger received = new AtomicInteger();
    private LaneTransport ta;
    private LaneTransport tb;

    private static LaneSettings settings(LanePolicy policy, int channelsMax, int connectionsMax) {
        return new LaneSettings("transport.lane", new Listen("127.0.0.1", 0), new Limits(2, channelsMax, connectionsMax, 2 << 20, Duration.ofSeconds(6)),
                new Tcp(Natives.AUTO, "", 0, 0, Pacing.NONE, Duration.ofSeconds(20)), policy, Set.of(), Map.of());
    }

    private static LaneTransport start(TestNode node, LaneSettings settings) {
        var transport = new LaneTransport(settings, node.identity(), node.peers(), node.clock(), node::handler);
        node.advertise("transport", "transport.lane", transport.port());
        return transport;
    }

    @BeforeEach
    void start() {
        ta = start(a, settings(LanePolicy.fixed(2), 3, 100));
        tb = start(b, settings(LanePolicy.fixed(2), 100, 5));
        b.handle("count", opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
    }

    @AfterEach
    void stop() {
        ta.close();
        tb.close();
        assertThat(ta.memoryHeldBytes() + tb.memoryHeldBytes()).isZero();
    }

    private Channel open() {
        return ta.open(b.id(), "count", (channel, frame) -> { }, UNORDERED);
    }

    private void awaitReceived(int bytes) {
        await().atMost(Duration.ofSeconds(20)).until(() -> received.get() == bytes);
    }

    @Test
    void keepsChannelsOpenWhenItMovesToAnotherPort() {
        try (var channel = open()) {
            int before = tb.port();

            tb.apply(new LaneSettings("transport.lane", new Listen("localhost", 0), tb.settings().limits(), tb.settings().tcp(), LanePolicy.fixed(1),
                    Set.of(), Map.of()));

            channel.send(ByteBuffer.allocate(10));
            awaitReceived(10);
            assertThat(tb.port()).isNotEqualTo(before).isPositive();
            assertThat(channel.stats().lanes()).isEqualTo(2);
        }
        b.advertise("transport", "transport.lane", tb.port());
        open().close();
    }

    @Test
    void staysWhereItIsWhenTheNewPortIsTaken() {
        int before = tb.port();
        var taken = new LaneSettings("transport.lane", new Listen("127.0.0.1", ta.port()), tb.settings().limits(), tb.settings().tcp(),
                LanePolicy.fixed(1), Set.of(), Map.of());

        assertThatThrownBy(() -> tb.apply(taken)).isInstanceOf(TransportException.class).hasMessageContaining("listen.port");

        assertThat(tb.port()).isEqualTo(before);
        open().close();
    }

    @Test
    void refusesOneChannelTooMany() {
        for (int index = 0; index < 2; index++) {
            open();
        }
        var third = open0(1);

        assertThatThrownBy(() -> open0(1)).isInstanceOfSatisfying(TransportException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.RETRY);
            assertThat(e).hasMessageContaining("channels.max");
        });
        third.close();
        // The other end, which takes five connections, learns of the close a little later.
        await().atMost(Duration.ofSeconds(20)).ignoreExceptionsInstanceOf(TransportException.class).until(() -> {
            open0(1).close();
            return true;
        });
    }

    private Channel open0(int lanes) {
        return ta.open(b.id(), "count", (channel, frame) -> { }, new OpenOptions(lanes == 1 ? OpenOptions.Order.ORDERED : OpenOptions.Order.UNORDERED,
                Duration.ofSeconds(10)));
    }

    @Test
    void closesConnectionsBeyondItsLimit() throws Exception {
        var sockets = new java.util.ArrayList<java.net.Socket>();
        for (int index = 0; index < 6; index++) {
            sockets.add(new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), tb.port()));
        }

        await().atMost(Duration.ofSeconds(20)).until(() -> tb.stats().orElseThrow().errors().get("connection.refused") == 1);

        for (var socket : sockets) {
            socket.close();
        }
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
            open().close();
            return true;
        });
    }

    @Test
    void closesTheChannelsOfAHandlerThatLeaves() {
        var causes = new AtomicReference<Optional<TransportException>>();
        ProtocolHandler leaving = opened -> new ChannelHandler() {
            @Override
            public void onFrame(Channel channel, ByteBuffer frame) {
                received.addAndGet(frame.remaining());
            }

            @Override
            public void onClosed(Channel channel, Optional<TransportException> cause) {
                causes.set(cause);
            }
        };
        b.handle("leaving", leaving);
        var channel = ta.open(b.id(), "leaving", (from, frame) -> { }, UNORDERED);
        var other = open();

        tb.dismiss(leaving);

        await().atMost(Duration.ofSeconds(20)).until(() -> !channel.isOpen() && causes.get() != null);
        assertThat(causes.get()).isPresent();
        assertThat(other.isOpen()).isTrue();
    }

    @Test
    void addsLanesWhenItsPolicyAsksForThem() {
        ta.close();
        ta = start(a, settings(path -> new LanePolicy.Tuner() {
            @Override
            public int first() {
                return 1;
            }

            @Override
            public LanePolicy.Plan next(LanePolicy.View view) {
                return new LanePolicy.Plan(3, 0);
            }
        }, 3, 100));

        try (var channel = open()) {
            await().atMost(Duration.ofSeconds(20)).until(() -> channel.stats().lanes() == 3);

            for (int number = 0; number < 30; number++) {
                channel.send(ByteBuffer.allocate(1_000));
            }
            awaitReceived(30_000);
            assertThat(tb.stats().orElseThrow().lanesOpen()).isEqualTo(3);
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> tb.channels().isEmpty());
        assertThat(tb.stats().orElseThrow().errors().get("channel.broken")).isZero();
    }

    @Test
    void putsLanesAsideAndUsesThemAgain() {
        var wanted = new java.util.concurrent.atomic.AtomicInteger(1);
        ta.close();
        ta = start(a, settings(path -> new LanePolicy.Tuner() {
            @Override
            public int first() {
                return 3;
            }

            @Override
            public LanePolicy.Plan next(LanePolicy.View view) {
                return new LanePolicy.Plan(wanted.get(), 4 << 20);
            }
        }, 3, 100));

        try (var channel = open()) {
            assertThat(channel.stats().lanes()).isEqualTo(3);
            await().atMost(Duration.ofSeconds(20)).until(() -> channel.stats().lanes() == 1);
            var before = java.util.Arrays.stream(((LaneChannel) channel).lanes()).mapToLong(Lane::lastFrameNs).toArray();
            for (int number = 0; number < 30; number++) {
                channel.send(ByteBuffer.allocate(100_000));
            }
            awaitReceived(3_000_000);
            var lanes = ((LaneChannel) channel).lanes();
            assertThat(lanes).hasSize(3);
            assertThat(lanes[0].lastFrameNs()).isNotEqualTo(before[0]);
            assertThat(lanes[1].lastFrameNs()).isEqualTo(before[1]);
            assertThat(lanes[2].lastFrameNs()).isEqualTo(before[2]);

            wanted.set(3);
            await().atMost(Duration.ofSeconds(20)).until(() -> channel.stats().lanes() == 3);
        }
    }

    @Test
    void aSlowLaneDoesNotHoldTheOthersUp() {
        try (var link = new LinkShaper(a.clock(), tb.port())) {
            a.detour(b.id(), "transport.lane", link.port());
            try (var channel = open()) {
                var lanes = ((LaneChannel) channel).lanes();
                assertThat(lanes[0].reserve(2 << 20, a.clock().nanoTime())).as("one lane has no room any more").isTrue();

                for (int number = 0; number < 100; number++) {
                    channel.send(ByteBuffer.allocate(100_000));
                }

                awaitReceived(10_000_000);
            }
        }
    }

    /** One of two lanes sends a hundredth of what the other does, by its kernel's pacing: it gets next to nothing, and all else is through at once. */
    @Test
    void aLaneOfOnePercentGetsNextToNothing() {
        try (var channel = open()) {
            var slow = ((LaneChannel) channel).lanes()[0];
            assumeTrue(ta.stats().orElseThrow().traits().get("io").equals("epoll"), "SKIPPED: no pacing without epoll");
            slow.socket().config().setOption(new RawUnixChannelOption("SO_MAX_PACING_RATE", 1, 47, Long.BYTES),
                    ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(125_000).flip());
            int frames = 2_000;

            for (int number = 0; number < frames; number++) {
                channel.send(ByteBuffer.allocate(256 << 10));
            }

            await().atMost(Duration.ofSeconds(60)).until(() -> received.get() >= (frames - 40) * (256L << 10));
            assertThat(slow.takenBytes() + slow.heldBytes()).as("bytes given to the slow lane").isLessThan(40L * (256 << 10));
            channel.send(ByteBuffer.allocate(1));
            ((LaneChannel) channel).abandon(); // what lies on the slow lane would take half a minute
        }
    }

    @Test
    void stopsInTimeThoughAHandlerBlocksALoop() throws Exception {
        var inside = new java.util.concurrent.CountDownLatch(1);
        var never = new java.util.concurrent.CountDownLatch(1);
        var freed = new java.util.concurrent.CountDownLatch(1);
        b.handle("blocking", opened -> (channel, frame) -> {
            inside.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                freed.countDown();
            }
        });
        ta.open(b.id(), "blocking", (channel, frame) -> { }, UNORDERED).send(ByteBuffer.allocate(10));
        inside.await();

        tb.close();

        assertThat(freed.await(20, java.util.concurrent.TimeUnit.SECONDS)).as("the loop was interrupted").isTrue();
        await().atMost(Duration.ofSeconds(20)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("transport.lane.loop")).count() <= 2); // those of the other transport
    }

    @Test
    void tellsWhyAPeerThatStopsClosed() {
        var cause = new AtomicReference<Optional<TransportException>>();
        ta.open(b.id(), "count", new ChannelHandler() {
            @Override
            public void onFrame(Channel channel, ByteBuffer frame) {
                // nothing comes
            }

            @Override
            public void onClosed(Channel channel, Optional<TransportException> why) {
                cause.set(why);
            }
        }, UNORDERED);

        tb.close();

        await().atMost(Duration.ofSeconds(20)).until(() -> cause.get() != null);
        assertThat(cause.get()).hasValueSatisfying(why -> assertThat(why).hasMessageContaining("transport.lane of b stops"));
    }
}
