// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.OpenOptions.Order;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestAuthority;
import org.dwcp.testkit.node.TestNode;
import org.junit.jupiter.api.Test;

/** What a transport provider must do besides {@link TransportContract} when it listens on a port: strangers, impostors and bad links. */
public abstract class NetworkTransportContract extends TransportContract {
    /** For subclasses. */
    protected NetworkTransportContract() {
    }

    /**
     * Starts a provider whose patience with a connection that does not say who it is is at most ten seconds. One or two are too few: on a machine
     * with more to run than it has cores an honest handshake beside bulk traffic takes that long.
     *
     * @param node gives identity, peers, clock and handlers
     * @return the started provider
     */
    @Override
    protected abstract Transport start(TestNode node);

    private long errors(Transport transport) {
        return transport.stats().map(stats -> stats.errors().values().stream().mapToLong(Long::longValue).sum()).orElse(0L);
    }

    private void assertStillServes() {
        var taker = Taker.counting();
        serve(taker);
        try (var channel = open(DEAF, ORDERED)) {
            channel.send(ByteBuffer.allocate(7));
            soon().until(() -> taker.bytes.get() == 7);
        }
    }

    private Socket knock() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), tb.port());
    }

    // ---- strangers

    @Test
    void listensOnAPort() {
        assertThat(tb.port()).isBetween(1, 65_535);
        assertThat(tb.port()).isNotEqualTo(ta.port());
    }

    @Test
    @Requirement("R-492")
    void refusesPlaintextAndCountsIt() throws IOException {
        for (int round = 0; round < 20; round++) {
            try (var socket = knock()) {
                var garbage = new byte[1 + round * 200];
                new SplittableRandom(round).nextBytes(garbage);
                socket.getOutputStream().write(garbage);
                socket.shutdownOutput();
                readToTheEnd(socket);
            }
        }

        soon().until(() -> errors(tb) >= 20);
        assertStillServes();
    }

    @Test
    @Requirement("R-492")
    void speaksNothingOlderThanTls13() throws Exception {
        try (var socket = (SSLSocket) a.identity().tls().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), tb.port())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});

            assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
        }
        assertStillServes();
    }

    @Test
    @Requirement("R-492")
    void refusesAClientOfAnotherAuthority() {
        var stranger = cluster.node("stranger", new TestAuthority("elsewhere").issue(a.id()));
        var taker = Taker.counting();
        serve(taker);
        var ts = launch(stranger);

        assertThatThrownBy(() -> ts.open(b.id(), PROTOCOL, DEAF, UNORDERED)).isInstanceOf(TransportException.class);

        assertThat(taker.accepted).hasValue(0);
        soon().until(() -> errors(ts) > 0);
        assertStillServes();
    }

    @Test
    @Requirement("R-492")
    void refusesAServerThatIsNotWhoItShouldBe() {
        var impostor = cluster.node("impostor", new TestAuthority("elsewhere").issue(org.dwcp.api.NodeId.of("impostor")));
        impostor.handle(PROTOCOL, Taker.counting());
        launch(impostor);
        serve(Taker.counting());
        b.advertise("transport", provider(), ta.port()); // a's own port under the name of b

        assertThatThrownBy(() -> ta.open(impostor.id(), PROTOCOL, DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED));
        assertThatThrownBy(() -> open(DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            assertThat(e).hasMessageContaining("b");
        });
    }

    /** Both wait at a time: the limit is seconds. */
    @Test
    void closesAConnectionThatNeverSpeaksAndAMemberThatNeverSaysWhatItWants() throws Exception {
        try (var silent = knock(); var member = memberSocket()) {
            silent.setSoTimeout(60_000);
            member.startHandshake();
            member.setSoTimeout(60_000);

            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            assertThat(readToTheEnd(member)).isZero();
        }
        soon().until(() -> errors(tb) > 1); // one each
        assertStillServes();
    }

    @Test
    void refusesGarbageFromAMember() throws Exception {
        for (var first : List.of(new byte[] {0x7f, -1, -1, -1}, new byte[] {-1, -1, -1, -1}, new byte[] {0, 0, 0, 0},
                "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))) {
            long before = errors(tb);
            try (var socket = memberSocket()) {
                socket.startHandshake();
                socket.getOutputStream().write(first);
                socket.getOutputStream().flush();
                readToTheEnd(socket);
            }
            soon().until(() -> errors(tb) > before);
        }
        assertStillServes();
    }

    private SSLSocket memberSocket() throws IOException {
        return (SSLSocket) a.identity().tls().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), tb.port());
    }

    /** Reads until the other end closes or resets; gives the bytes read. */
    private static long readToTheEnd(Socket socket) throws IOException {
        try {
            return socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (SSLException | java.net.SocketException e) {
            return 0; // closed on us, as it should
        }
    }

    // ---- who is there

    @Test
    void saysAtOnceThatAPeerIsOffLine() {
        serve(Taker.counting());
        b.goOffline();

        assertThatThrownBy(() -> open(DEAF, new OpenOptions(Order.ORDERED, Duration.ofMinutes(5)))).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void saysThatAPeerWithoutThisProviderIsUnavailable() {
        b.withdraw(provider());

        assertThatThrownBy(() -> open(DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(e).hasMessageContaining(provider());
        });
    }

    @Test
    void givesUpInTimeOnAPeerThatDoesNotAnswer() {
        try (var link = new LinkShaper(a.clock(), tb.port())) {
            a.detour(b.id(), provider(), link.port());
            link.cut();

            assertThatThrownBy(() -> open(DEAF, new OpenOptions(Order.UNORDERED, Duration.ofMillis(300)))).isInstanceOfSatisfying(
                    TransportException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
            assertThat(ta.channels()).isEmpty();
        }
    }

    // ---- bad links

    @Test
    void tellsBothEndsOfABrokenLink() {
        var taker = Taker.counting();
        serve(taker);
        var opener = Taker.counting();
        try (var link = new LinkShaper(a.clock(), tb.port())) {
            a.detour(b.id(), provider(), link.port());
            var channel = open(opener, UNORDERED);
            channel.send(ByteBuffer.allocate(100));
            soon().until(() -> taker.frames.get() == 1);

            link.breakConnections();

            soon().until(() -> taker.closed.get() == 1 && opener.closed.get() == 1);
            assertThat(taker.cause).isPresent();
            assertThat(opener.cause).isPresent();
            assertThat(channel.isOpen()).isFalse();
            assertThatThrownBy(() -> channel.send(ByteBuffer.allocate(1))).isInstanceOf(TransportException.class);
            open(DEAF, ORDERED).close();
        }
    }

    @Test
    void neverHandsUpHalfAFrameWhenThePeerIsKilledInTheMiddle() throws Exception {
        var taker = Taker.keeping();
        serve(taker);
        try (var link = new LinkShaper(a.clock(), tb.port()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            a.detour(b.id(), provider(), link.port());
            link.rate(20_000_000);
            var channel = open(DEAF, ORDERED);
            var sender = threads.submit(() -> {
                for (int number = 0;; number++) {
                    channel.send(frame(number, 700_000));
                }
            });
            soon().until(() -> taker.frames.get() >= 1);

            link.breakConnections();

            assertThatThrownBy(() -> sender.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(TransportException.class);
            soon().until(() -> taker.closed.get() == 1);
        }
        assertThat(taker.cause).isPresent();
        assertThat(taker.kept()).allSatisfy(frame -> {
            assertThat(frame.remaining()).isEqualTo(700_000);
            numberOf(frame);
        });
        assertThat(taker.late).hasValue(0);
    }

    @Test
    @Requirement("R-492")
    void handsUpNothingThatWasChangedOnTheWay() {
        var taker = Taker.keeping();
        serve(taker);
        var opener = Taker.counting();
        try (var link = new LinkShaper(a.clock(), tb.port())) {
            a.detour(b.id(), provider(), link.port());
            var channel = open(opener, ORDERED);
            channel.send(frame(1, 1_000));
            soon().until(() -> taker.frames.get() == 1);

            link.corruptOnce();
            channel.trySend(frame(2, 1_000));

            soon().until(() -> taker.closed.get() == 1 && opener.closed.get() == 1);
        }
        assertThat(taker.cause).isPresent();
        assertThat(taker.kept().stream().map(TransportFixture::numberOf)).containsExactly(1);
    }

    @Test
    void carriesEverythingOverALongAndSlowLink() {
        var taker = Taker.keeping();
        serve(taker);
        try (var link = new LinkShaper(a.clock(), tb.port())) {
            link.delay(Duration.ofMillis(20));
            link.rate(50_000_000);
            a.detour(b.id(), provider(), link.port());

            try (Channel channel = open(DEAF, UNORDERED)) {
                for (int number = 0; number < 50; number++) {
                    channel.send(frame(number, 50_000));
                }
                soon().until(() -> taker.frames.get() == 50);
            }
            soon().until(() -> taker.closed.get() == 1);
        }
        assertThat(taker.cause).isEmpty();
        assertThat(taker.kept().stream().map(TransportFixture::numberOf)).hasSize(50).doesNotHaveDuplicates();
    }

    // ---- figures

    @Test
    @Requirement("R-147")
    void tellsHowTheLinkIsWhileItIsUsed() {
        var taker = Taker.counting();
        serve(taker);

        try (var channel = open(DEAF, UNORDERED)) {
            for (int number = 0; number < 100; number++) {
                channel.send(ByteBuffer.allocate(100_000));
            }
            soon().until(() -> taker.frames.get() == 100);

            assertThat(ta.link(b.id())).hasValueSatisfying(link -> {
                assertThat(link.peer()).isEqualTo(b.id());
                assertThat(link.rttMinNs()).isPositive();
                assertThat(link.lanes()).isEqualTo(channel.stats().lanes());
                assertThat(link.loss()).isBetween(0.0, 1.0);
            });
        }
        soon().until(() -> ta.link(b.id()).isEmpty());
    }

    @Test
    @Requirement("R-147")
    void countsChannelsLanesBytesAndErrors() {
        var taker = Taker.counting();
        serve(taker);
        try (var channel = open(DEAF, UNORDERED)) {
            channel.send(ByteBuffer.allocate(1_000));
            soon().until(() -> taker.frames.get() == 1);

            var stats = ta.stats().orElseThrow();
            assertThat(stats.channelsOpen()).isEqualTo(1);
            assertThat(stats.lanesOpen()).isEqualTo(channel.stats().lanes());
            assertThat(stats.bytesSent()).isEqualTo(1_000);
            assertThat(tb.stats().orElseThrow().bytesReceived()).isEqualTo(1_000);
        }
        soon().until(() -> ta.stats().orElseThrow().channelsOpen() == 0);
        assertThat(ta.stats().orElseThrow().channelsTotal()).isEqualTo(1);
        long before = errors(ta);
        assertThatThrownBy(() -> ta.open(b.id(), "no.such", DEAF, ORDERED)).isInstanceOf(TransportException.class);
        assertThat(errors(ta)).isGreaterThan(before);
    }

    @Test
    void measuresALinkThatCarriesNothing() {
        try (var link = new LinkShaper(a.clock(), tb.port())) {
            link.rate(80_000_000);
            a.detour(b.id(), provider(), link.port());

            var measured = ta.measure(b.id(), Duration.ofSeconds(2)).orElseThrow();

            assertThat(measured.deliveryBps()).isBetween(10_000_000L, 200_000_000L);
            assertThat(measured.source()).isEqualTo("burst");
        }
        soon().until(() -> ta.channels().isEmpty() && tb.channels().isEmpty());
    }
}
