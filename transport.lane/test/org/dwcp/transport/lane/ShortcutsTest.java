// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.core.ConditionFactory;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which way a channel goes when there is one beside TLS, who may take it, and what happens when it breaks. */
@Timeout(90)
class ShortcutsTest {
    private static final OpenOptions UNORDERED = new OpenOptions(OpenOptions.Order.UNORDERED, Duration.ofSeconds(20));
    private final TestCluster cluster = new TestCluster();
    private final TestNode a = cluster.node("a");
    private final TestNode b = cluster.node("b");
    private final TestFabric fa = new TestFabric(b.id());
    private final TestFabric fb = new TestFabric(a.id());
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicReference<Optional<TransportException>> cause = new AtomicReference<>();
    private LaneTransport ta;
    private LaneTransport tb;

    private static LaneTransport start(TestNode node, Fabric fabric) {
        var settings = new LaneSettings("transport.lane", new Listen("127.0.0.1", 0), new Limits(2, 100, 100, 2 << 20, Duration.ofSeconds(6)),
                new Tcp(Natives.AUTO, "", 0, 0, Pacing.NONE, Duration.ofSeconds(20)), LanePolicy.fixed(4), Set.of(), Map.of());
        var transport = new LaneTransport(settings, node.identity(), node.peers(), node.clock(), node::handler, List.of(fabric));
        node.advertise("transport", "transport.lane", transport.port());
        return transport;
    }

    @BeforeEach
    void start() {
        ta = start(a, fa);
        tb = start(b, fb);
        b.handle("count", opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
        soon().until(() -> fb.port() > 0);
    }

    @AfterEach
    void stop() {
        ta.close();
        tb.close();
        assertThat(ta.memoryHeldBytes() + tb.memoryHeldBytes()).isZero();
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private Channel open() {
        return ta.open(b.id(), "count", new ChannelHandler() {
            @Override
            public void onFrame(Channel channel, ByteBuffer frame) {
                // nothing comes
            }

            @Override
            public void onClosed(Channel channel, Optional<TransportException> why) {
                cause.set(why);
            }
        }, UNORDERED);
    }

    private static String way(Channel channel) {
        return ((LaneChannel) channel).way().name();
    }

    private long errors(LaneTransport transport, String name) {
        return transport.stats().orElseThrow().errors().get(name);
    }

    @Test
    void takesTheFabricThatBothEndsHave() {
        try (var channel = open()) {
            channel.send(ByteBuffer.allocate(1_000));

            soon().until(() -> received.get() == 1_000);
            assertThat(way(channel)).isEqualTo("test");
            assertThat(channel.stats().lanes()).isEqualTo(3);
            assertThat(ta.stats().orElseThrow().traits()).containsEntry("test.lanes", "3 open, 3 in all")
                    .containsEntry("test.bytes", "1000 sent, 0 received");
        }
        soon().until(() -> cause.get() != null);
        assertThat(cause.get()).isEmpty();
    }

    @Test
    void staysWithTlsWhenThisEndCannot() {
        fa.problem = "no device";

        try (var channel = open()) {
            assertThat(way(channel)).isEqualTo("tls");
        }
        assertThat(errors(ta, "shortcut.failed")).isZero();
    }

    @Test
    void staysWithTlsWhenThePeerCannotAndDoesNotAskAgainAndAgain() {
        fb.problem = "no device";

        open().close();
        try (var channel = open()) {
            assertThat(way(channel)).isEqualTo("tls");
        }
        assertThat(errors(ta, "shortcut.failed")).isEqualTo(1);
    }

    @Test
    @Requirement("R-056")
    void keepsWhoIsNotTrustedToTls() {
        fb.trusted.clear();
        try (var channel = open()) {
            assertThat(way(channel)).isEqualTo("tls");
        }
        fb.trusted.add(a.id());
        fa.trusted.clear();
        try (var channel = open()) {
            assertThat(way(channel)).isEqualTo("tls");
        }
    }

    @Test
    void goesOverTlsWhenTheFabricCannotBeReached() {
        fb.unreachable = true;

        try (var channel = open()) {
            channel.send(ByteBuffer.allocate(10));

            soon().until(() -> received.get() == 10);
            assertThat(way(channel)).isEqualTo("tls");
        }
        assertThat(ta.stats().orElseThrow().traits()).containsEntry("test.peers.barred", "1");
    }

    @Test
    void tellsThePeersRefusalAndDoesNotTryAnotherWay() {
        assertThatThrownBy(() -> ta.open(b.id(), "no.such", (channel, frame) -> { }, UNORDERED)).isInstanceOfSatisfying(TransportException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            assertThat(e).hasMessageContaining("no.such");
        });
        assertThat(errors(ta, "shortcut.failed")).isZero();
    }

    @Test
    @Requirement("R-077")
    void aBrokenLaneEndsTheChannelWithACauseAndTheNextGoesOverTls() {
        var channel = open();
        assertThat(way(channel)).isEqualTo("test");

        fa.sockets.getFirst().close();

        soon().until(() -> cause.get() != null && !channel.isOpen());
        assertThat(cause.get()).hasValueSatisfying(why -> assertThat(why.kind()).isEqualTo(Kind.UNAVAILABLE));
        try (var next = open()) {
            assertThat(way(next)).isEqualTo("tls");
        }
    }

    @Test
    @Requirement("R-077")
    void aDeviceThatGoesAwayEndsItsChannels() {
        var channel = open();

        fb.problem = "device is gone";

        soon().until(() -> cause.get() != null && !channel.isOpen());
        assertThat(cause.get()).isPresent();
        soon().until(() -> tb.channels().isEmpty());
        try (var next = open()) {
            assertThat(way(next)).isEqualTo("tls");
        }
    }

    @Test
    void goesBackWhenTheTimeIsOver() {
        fa.barred = Duration.ofMillis(200);
        fb.unreachable = true;
        open().close();
        fb.unreachable = false;

        soon().until(() -> {
            try (var channel = open()) {
                return way(channel).equals("test");
            }
        });
    }

    @Test
    void acceptsAgainWhenTheDeviceIsBack() {
        fb.problem = "not yet";
        fa.barred = Duration.ofMillis(100);
        open().close();
        fb.problem = "";

        soon().until(() -> {
            try (var channel = open()) {
                return way(channel).equals("test");
            }
        });
    }

    @Test
    @Requirement("R-492")
    void refusesStrangersBeforeAnyFrame() throws Exception {
        var hello = ByteBuffer.allocate(TicketHandshake.HELLO_BYTES).putInt(0x44575431);
        var garbage = ByteBuffer.allocate(4_096).put(new byte[] {0x16, 3, 3});
        long before = errors(tb, "handshake.failed");
        for (var first : List.of(hello.array(), garbage.array(), new Wire.Hello("transport.lane", Wire.Purpose.OPEN, java.util.UUID.randomUUID(), 0,
                OpenOptions.Order.ORDERED, "count").encode().array())) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), fb.port())) {
                socket.setSoTimeout(30_000);
                socket.getOutputStream().write(first);
                socket.getOutputStream().flush();

                assertThat(readAll(socket)).isZero();
            }
        }
        soon().until(() -> errors(tb, "handshake.failed") == before + 3);
        assertThat(tb.channels()).isEmpty();
    }

    @Test
    void closesWhoNeverProvesAnything() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), fb.port())) {
            socket.setSoTimeout(30_000);

            assertThat(readAll(socket)).isZero();
        }
        assertThat(errors(tb, "handshake.timeout")).isEqualTo(1);
    }

    private static long readAll(Socket socket) throws Exception {
        try {
            return socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (java.net.SocketException e) {
            return 0; // reset: closed with bytes unread
        }
    }
}
