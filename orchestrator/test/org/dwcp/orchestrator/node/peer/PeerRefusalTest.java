// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.SSLSocket;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.orchestrator.node.identity.TestIdentities;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node does with peers that are wrong, broken or hostile. */
@Timeout(60)
class PeerRefusalTest {
    private static final NodeId B = NodeId.of("b");

    private final TestIdentities cluster = new TestIdentities();
    private final List<TestNode> nodes = new ArrayList<>();
    private TestNode a;

    @BeforeEach
    void start() {
        a = node(cluster.of("a"));
    }

    @AfterEach
    void stop() {
        nodes.forEach(TestNode::close);
    }

    @Test
    @Requirement("R-493")
    void refusesANodeOfAnotherCluster() {
        var stranger = node(new TestIdentities().of("b"));

        a.knows(stranger);

        await().untilAsserted(() -> assertThat(a.problem(B)).contains("is not from this cluster's authority"));
        assertThat(a.isOnline(B)).isFalse();
        assertThat(stranger.directory.list()).isEmpty();
    }

    @Test
    @Requirement("R-493")
    void aDiallerOfAnotherClusterReadsWhyItWasRefused() {
        // It trusts the cluster's authority, so that only the certificate of its own is wrong.
        var stranger = node(new HalfTrusted(new TestIdentities().of("b"), cluster.of("x")));

        stranger.knows(a);

        await().untilAsserted(() -> assertThat(stranger.problem(a.id())).contains("refuses this node's certificate"));
        assertThat(a.directory.list()).isEmpty();
    }

    @Test
    void refusesANodeThatIsNotTheOneExpected() {
        var c = node(cluster.of("c"));

        a.directory.add(B, "127.0.0.1", c.directory.port());

        await().untilAsserted(() -> assertThat(a.problem(B)).contains("is c by its certificate, not b"));
        assertThat(a.isOnline(B)).isFalse();
    }

    @Test
    void refusesANodeWhoseCertificateHasExpired() {
        var late = node(cluster.expired("b"));

        a.knows(late);

        await().untilAsserted(() -> assertThat(a.problem(B)).contains("has expired"));
    }

    @Test
    void refusesItsOwnNameFromElsewhere() {
        var twin = node(cluster.of("a"));

        a.directory.add(B, "127.0.0.1", twin.directory.port());

        await().untilAsserted(() -> assertThat(a.problem(B)).contains("is a by its certificate, not b"));
        assertThat(twin.directory.list()).isEmpty();
    }

    @Test
    void refusesAnUnknownWireVersionAndSaysSo() throws IOException {
        try (var peer = dial(a, cluster.of("b"))) {
            ControlCodec.read(in(peer));
            send(peer, "{\"type\":\"hello\",\"version\":2,\"anything\":[1]}");

            assertThat(ControlCodec.read(in(peer))).isInstanceOfSatisfying(ControlMessage.Goodbye.class,
                    goodbye -> assertThat(goodbye.reason()).contains("wire version 2 is unknown"));
        }
        assertThat(a.directory.find(B)).isEmpty();
    }

    @Test
    void refusesAHelloUnderAnotherName() throws IOException {
        try (var peer = dial(a, cluster.of("b"))) {
            ControlCodec.read(in(peer));
            send(peer, hello("c"));

            assertThat(ControlCodec.read(in(peer))).isInstanceOfSatisfying(ControlMessage.Goodbye.class,
                    goodbye -> assertThat(goodbye.reason()).contains("calls itself c"));
        }
        assertThat(a.directory.list()).isEmpty();
    }

    @Test
    void acceptsAFrameAtTheLimitAndRefusesOneBytePastIt() throws IOException {
        try (var peer = dial(a, cluster.of("b"))) {
            greet(peer);
            await().until(() -> a.isOnline(B));
            send(peer, padded("{\"type\":\"ping\",\"number\":5}", ControlCodec.FRAME_BYTES_MAX));
            assertThat(readUntil(peer, ControlMessage.Pong.class)).isEqualTo(new ControlMessage.Pong(5));

            new DataOutputStream(peer.getOutputStream()).writeInt(ControlCodec.FRAME_BYTES_MAX + 1);

            await().untilAsserted(() -> assertThat(a.problem(B)).contains("65537 bytes is not in 1..65536"));
        }
    }

    @Test
    void refusesGarbageAfterTheHello() throws IOException {
        for (var garbage : List.of("not json", "[]", "{\"type\":\"advert\"}", "{\"type\":\"nonsense\"}", "{\"type\":\"ping\",\"number\":\"x\"}",
                "{\"type\":\"advert\",\"providers\":[{\"slot\":null}]}", "{".repeat(2_000))) {
            try (var peer = dial(a, cluster.of("b"))) {
                greet(peer);
                await().until(() -> a.isOnline(B));

                send(peer, garbage);

                await(garbage).until(() -> !a.isOnline(B) && !a.problem(B).isEmpty());
            }
        }
    }

    @Test
    void closesAConnectionThatNeverSpeaksTls() throws IOException {
        try (var raw = new Socket(InetAddress.getLoopbackAddress(), a.directory.port())) {
            raw.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(isClosedByPeer(raw)).isTrue();
        }
    }

    @Test
    void closesAConnectionThatIsSilentInItsHandshake() throws IOException {
        var quick = node(cluster.of("q"), new PeerSettings(Duration.ofMillis(50), 3, 20, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMillis(100),
                Duration.ofMillis(200), 16));
        try (var raw = new Socket(InetAddress.getLoopbackAddress(), quick.directory.port())) {
            assertThat(isClosedByPeer(raw)).isTrue();
        }
    }

    @Test
    void closesHandshakesOverTheirLimitUnread() throws IOException {
        var small = node(cluster.of("s"), new PeerSettings(Duration.ofMillis(50), 3, 20, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMillis(100),
                Duration.ofSeconds(50), 2));
        try (var one = new Socket(InetAddress.getLoopbackAddress(), small.directory.port());
                var two = new Socket(InetAddress.getLoopbackAddress(), small.directory.port());
                var three = new Socket(InetAddress.getLoopbackAddress(), small.directory.port())) {
            assertThat(isClosedByPeer(three)).isTrue();
            one.setSoTimeout(100);
            assertThat(isSilent(one) && isSilent(two)).isTrue();
        }
    }

    @Test
    void takesASilentPeerForDeadAfterMissedPings() throws IOException {
        var strict = node(cluster.of("s"), new PeerSettings(Duration.ofMillis(50), 3, 20, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMillis(100),
                Duration.ofSeconds(5), 16));
        try (var peer = dial(strict, cluster.of("b"))) {
            greet(peer);
            await().until(() -> strict.isOnline(B));

            await().untilAsserted(() -> assertThat(strict.problem(B)).as("its round trip is not known").contains("did not answer 20 pings"));
            var farewell = (ControlMessage.Goodbye) readUntil(peer, ControlMessage.Goodbye.class);
            assertThat(farewell.code()).isEqualTo(ControlMessage.Code.SILENT);
            assertThat(farewell.reason()).contains("20 pings to b were not answered");
        }
    }

    @Test
    void takesASilentPeerOnALocalLinkForDeadSooner() throws IOException {
        var strict = node(cluster.of("s"), new PeerSettings(Duration.ofMillis(50), 3, 1_000, Duration.ofSeconds(1), Duration.ofMillis(10),
                Duration.ofMillis(100), Duration.ofSeconds(5), 16));
        try (var peer = dial(strict, cluster.of("b"))) {
            greet(peer);
            answer(peer);

            await().untilAsserted(() -> assertThat(strict.problem(B)).contains("did not answer 3 pings"));
        }
    }

    @Test
    void aPeerThatStandsStillWithinTheLimitStaysOnline() throws IOException {
        var patient = node(cluster.of("s"), new PeerSettings(Duration.ofMillis(50), 3, 1_000, Duration.ofMillis(10), Duration.ofMillis(10),
                Duration.ofMillis(100), Duration.ofSeconds(5), 16));
        try (var peer = dial(patient, cluster.of("b"))) {
            greet(peer);
            for (var ping = 0; ping < 10; ping++) {
                readUntil(peer, ControlMessage.Ping.class);
            }
            assertThat(patient.isOnline(B)).as("three times as long as a local link may be silent").isTrue();

            answer(peer);

            await().until(() -> patient.directory.find(B).orElseThrow().rttNs() > 0);
            assertThat(patient.isOnline(B)).isTrue();
        }
    }

    private static void answer(Socket peer) throws IOException {
        var ping = (ControlMessage.Ping) readUntil(peer, ControlMessage.Ping.class);
        send(peer, new String(ControlCodec.encode(new ControlMessage.Pong(ping.number())), StandardCharsets.UTF_8));
    }

    private TestNode node(NodeIdentity identity) {
        return node(identity, TestNode.QUICK);
    }

    private TestNode node(NodeIdentity identity, PeerSettings settings) {
        var node = new TestNode(identity, 0, settings);
        nodes.add(node);
        return node;
    }

    private static SSLSocket dial(TestNode node, NodeIdentity as) throws IOException {
        var socket = (SSLSocket) as.tls().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), node.directory.port());
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        return socket;
    }

    private void greet(SSLSocket peer) throws IOException {
        ControlCodec.read(in(peer));
        send(peer, hello("b"));
    }

    private String hello(String name) {
        return new String(ControlCodec.encode(new ControlMessage.Hello(NodeId.of(name), cluster.of("b").cluster(), "instance-" + System.nanoTime(), 0,
                List.of())), StandardCharsets.UTF_8);
    }

    private static DataInputStream in(Socket socket) throws IOException {
        return new DataInputStream(socket.getInputStream());
    }

    private static void send(Socket socket, String json) throws IOException {
        var bytes = json.getBytes(StandardCharsets.UTF_8);
        var out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    private static String padded(String json, int bytes) {
        return json + " ".repeat(bytes - json.length());
    }

    private static ControlMessage readUntil(Socket socket, Class<? extends ControlMessage> type) throws IOException {
        while (true) {
            var message = ControlCodec.read(in(socket));
            if (type.isInstance(message)) {
                return message;
            }
        }
    }

    private static boolean isClosedByPeer(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        try {
            while (socket.getInputStream().read() >= 0) {
                // A TLS alert may come first.
            }
            return true;
        } catch (SocketException | EOFException e) {
            return true;
        }
    }

    private static boolean isSilent(Socket socket) throws IOException {
        socket.setSoTimeout(100);
        try {
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }
}
