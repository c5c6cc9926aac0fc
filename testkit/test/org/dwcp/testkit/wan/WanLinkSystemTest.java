// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import org.awaitility.Awaitility;
import org.dwcp.api.node.NodeClock;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the emulator promises about packets, by the kernel's own UDP and TCP over it. */
@Tag("system")
@Timeout(180)
class WanLinkSystemTest {
    private static final int ECHOES = 40;
    private static final int PATIENCE_MS = 10_000;
    private static final Duration PATIENCE = Duration.ofMillis(PATIENCE_MS);

    private final NodeClock clock = new TestClock();
    private WanLink link;

    @BeforeAll
    static void needsALink() {
        assumeThat(WanLink.unavailable()).as(() -> WanLink.unavailable().orElse("")).isEmpty();
    }

    @BeforeEach
    void open() {
        link = WanLink.open(WanCondition.of(0, 0));
    }

    @AfterEach
    void close() {
        link.close();
    }

    @Test
    void packetsTakeTheRoundTripTime() throws Exception {
        try (var echo = new Echo()) {
            for (var ms : List.of(20, 100)) {
                link.set(WanCondition.of(ms, 100));

                // Never less; more is what a busy machine adds, so that the upper bound only tells one round trip from two.
                assertThat(echo.smallestRoundTripMs(ECHOES / 4)).isBetween(ms * 0.999, ms * 2.0);
            }
        }
    }

    @Test
    void theRoundTripTimeChangesWhilePacketsPass() throws Exception {
        try (var echo = new Echo()) {
            link.set(WanCondition.of(5, 0));
            assertThat(echo.smallestRoundTripMs(ECHOES)).isLessThan(40);

            link.set(WanCondition.of(80, 0));
            assertThat(echo.smallestRoundTripMs(4)).isGreaterThan(79);

            link.set(WanCondition.of(5, 0));
            assertThat(echo.smallestRoundTripMs(ECHOES)).isLessThan(40);
        }
    }

    @Test
    void aTransferGetsTheRateAndNotMore() throws Exception {
        link.set(WanCondition.of(10, 100));
        var before = Rate.of(clock, link, 100, 40);
        link.set(WanCondition.of(10, 20));
        var after = Rate.of(clock, link, 20, 8);

        // The link never gives more; less is what a busy machine takes away, and the two rates stay apart.
        assertThat(before).isBetween(50.0, 105.0);
        assertThat(after).isBetween(10.0, 21.0);
    }

    @Test
    void theRateChangesInTheMiddleOfATransfer() throws Exception {
        link.set(WanCondition.of(10, 200));
        try (var bulk = new Bulk(link)) {
            bulk.awaitReceived(4 << 20);
            link.set(WanCondition.of(10, 10));
            var still = link.stats().aToB().bytesOut();
            var start = clock.nanoTime();
            clock.sleep(Duration.ofSeconds(1));
            var mbit = (link.stats().aToB().bytesOut() - still) * 8e3 / (clock.nanoTime() - start);

            // What had left the queue at the old rate, 5 ms of 200 Mbit/s, still arrives.
            assertThat(mbit).isBetween(2.0, 20.0);
            link.set(WanCondition.of(10, 200));
            bulk.awaitReceived(bulk.received() + (8 << 20));
        }
    }

    @Test
    void losesTheShareOfPacketsAskedFor() throws Exception {
        link.set(WanCondition.of(0, 0).withLoss(0.01));

        sequence(10_000);

        var stats = link.stats().aToB();
        assertThat(stats.packetsIn()).as("and the one that ends them").isEqualTo(10_001);
        assertThat(stats.lost()).as("5 standard deviations").isBetween(50L, 150L);
        assertThat(stats.packetsOut()).isEqualTo(stats.packetsIn() - stats.lost());
    }

    @Test
    void losesPacketsInRunsOfTheLengthAskedFor() throws Exception {
        link.set(WanCondition.of(0, 0).withLoss(0.05, 8));

        var received = sequence(10_000);

        var runs = new ArrayList<Integer>();
        for (int i = 1; i < received.size(); i++) {
            if (received.get(i) > received.get(i - 1) + 1) {
                runs.add(received.get(i) - received.get(i - 1) - 1);
            }
        }
        assertThat(runs.stream().mapToInt(Integer::intValue).average().orElseThrow()).as("%s", runs).isBetween(3.0, 16.0);
        assertThat(link.stats().aToB().lost()).isBetween(150L, 1_000L);
        assertThat(link.stats().bToA().lost()).as("nothing went this way").isZero();
    }

    @Test
    void theOtherDirectionHasItsOwnFigures() throws Exception {
        link.set(End.B, WanCondition.of(0, 0).withLoss(0.5));

        assertThat(sequence(1_000)).hasSize(1_000);
        assertThat(link.stats().aToB().lost()).isZero();
    }

    @Test
    void jitterDelaysAndNeverReorders() throws Exception {
        link.set(WanCondition.of(2, 0).withJitter(Duration.ofMillis(20)));

        assertThat(sequence(300)).isSorted().hasSize(300);
        try (var echo = new Echo()) {
            var times = echo.roundTripsMs(ECHOES);
            assertThat(times[ECHOES - 1] - times[0]).as("%s", Arrays.toString(times)).isGreaterThan(8);
        }
    }

    @Test
    void reordersOnlyWhenAsked() throws Exception {
        assertThat(sequence(1_000)).isSorted();

        link.set(WanCondition.of(0, 0).withReorder(0.02, Duration.ofMillis(5)));

        assertThat(sequence(1_000)).hasSize(1_000).isNotEqualTo(sequence(0)).satisfies(received -> {
            var late = 0;
            for (int i = 1; i < received.size(); i++) {
                late += received.get(i) < received.get(i - 1) ? 1 : 0;
            }
            assertThat(late).isPositive();
        });
        assertThat(link.stats().aToB().late()).isBetween(1L, 60L);
    }

    @Test
    void aFullQueueDropsWhatComesNext() throws Exception {
        link.set(WanCondition.of(0, 1).withQueueBytes(20_000));

        send(100, 1_000);

        var stats = link.stats().aToB();
        assertThat(stats.packetsIn()).isEqualTo(100);
        assertThat(stats.queueBytesMax()).isBetween(18_000L, 20_000L);
        // Twenty fit; what leaves while the burst comes, 125 bytes a millisecond, makes room for a few more.
        assertThat(stats.queueDrops()).isBetween(1L, 82L);
    }

    @Test
    void tcpKeepsItsContentWhenSuperPacketsAreCut() throws Exception {
        link.set(WanCondition.of(4, 200).withQueueBytes(150_000).withLoss(0.01, 3).withJitter(Duration.ofMillis(1)).withReorder(0.01, Duration.ofMillis(2)));
        var sent = new byte[8 << 20];
        new SplittableRandom(5).nextBytes(sent);
        try (var server = link.inside(End.B, () -> new ServerSocket(0)); var client = link.inside(End.A, () -> new Socket(link.address(End.B), server.getLocalPort()));
                var accepted = server.accept()) {
            var received = new CompletableFuture<byte[]>();
            Thread.ofPlatform().start(() -> {
                try {
                    received.complete(accepted.getInputStream().readAllBytes());
                } catch (Exception e) {
                    received.completeExceptionally(e);
                }
            });
            client.getOutputStream().write(sent);
            client.shutdownOutput();

            assertThat(received.get()).isEqualTo(sent);
        }
        var stats = link.stats().aToB();
        assertThat(stats.lost()).isPositive();
        assertThat(stats.late()).isPositive();
        assertThat(stats.overflows()).isZero();
    }

    @Test
    void nothingPassesACutLinkUntilItIsHealed() throws Exception {
        link.set(WanCondition.of(300, 0));
        try (var echo = new Echo(); var bulk = new Bulk(link)) {
            bulk.awaitReceived(1);
            echo.socket.send(echo.packet(1));
            link.cut();
            var carried = link.stats();
            echo.socket.setSoTimeout(500);

            assertThat(org.assertj.core.api.Assertions.catchThrowable(echo::receive)).as("what was under way").isInstanceOf(SocketTimeoutException.class);
            assertThat(link.stats().bToA().packetsOut()).isEqualTo(carried.bToA().packetsOut());
            assertThat(link.stats().aToB().cutDrops()).isPositive();

            var before = bulk.received();
            link.heal();
            echo.socket.setSoTimeout(PATIENCE_MS);
            assertThat(echo.roundTripMs()).isGreaterThan(299);
            bulk.awaitReceived(before + (1 << 20));
        }
    }

    @Test
    void oneDirectionCanBeCut() throws Exception {
        link.cut(End.B);

        assertThat(sequence(10)).hasSize(10);
        try (var echo = new Echo()) {
            echo.socket.setSoTimeout(300);
            assertThat(org.assertj.core.api.Assertions.catchThrowable(echo::roundTripMs)).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(link.stats().bToA().cutDrops()).isEqualTo(1);
    }

    @Test
    void linksAreOpenAtOnceAndDoNotMeet() throws Exception {
        try (var other = WanLink.open(WanCondition.of(0, 0)); var echo = new Echo()) {
            var stranger = other.inside(End.A, () -> new DatagramSocket(new InetSocketAddress(other.address(End.A), 0)));
            try (stranger) {
                stranger.send(new DatagramPacket(new byte[4], 4, InetAddress.getByName(link.address(End.B)), echo.server.getLocalPort()));
                assertThat(echo.roundTripMs()).isPositive();
                assertThat(link.stats().aToB().packetsIn()).isEqualTo(1);
            }
        }
    }

    @Test
    void usesTheCongestionControlAskedFor() throws Exception {
        for (var name : List.of("cubic", "reno")) {
            link.congestion(End.A, name);
            try (var server = link.inside(End.B, () -> new ServerSocket(0)); var client = link.inside(End.A, () -> new Socket(link.address(End.B), server.getLocalPort()))) {
                assertThat(client.isConnected()).isTrue();
                var command = new ArrayList<>(link.enter(End.A));
                command.addAll(List.of("ss", "-tin", "dst", link.address(End.B)));
                assertThat(Shell.must(command.toArray(String[]::new))).contains(" " + name + " ");
            }
        }
    }

    /** Sends numbered packets from A to B at once; returns their numbers as they arrive, until no more come. */
    private List<Integer> sequence(int count) throws Exception {
        var received = new ArrayList<Integer>();
        try (var server = link.inside(End.B, () -> new DatagramSocket(new InetSocketAddress(link.address(End.B), 0)));
                var client = link.inside(End.A, () -> new DatagramSocket(new InetSocketAddress(link.address(End.A), 0)))) {
            server.setReceiveBufferSize(8 << 20);
            server.setSoTimeout(PATIENCE_MS);
            var end = -1;
            var reader = Thread.ofPlatform().start(() -> {
                var packet = new DatagramPacket(new byte[4], 4);
                try {
                    for (server.receive(packet); ByteBuffer.wrap(packet.getData()).getInt() != end; server.receive(packet)) {
                        received.add(ByteBuffer.wrap(packet.getData()).getInt());
                    }
                } catch (java.io.IOException e) {
                    received.add(Integer.MIN_VALUE);
                }
            });
            var to = InetAddress.getByName(link.address(End.B));
            for (int i = 0; i < count; i++) {
                client.send(new DatagramPacket(ByteBuffer.allocate(4).putInt(i).array(), 4, to, server.getLocalPort()));
            }
            // The last ones must be there before the link is told to lose nothing, so that the end arrives.
            Awaitility.await().atMost(PATIENCE).until(() -> arrived(link.stats().aToB()));
            link.set(End.A, WanCondition.of(0, 0));
            var stats = link.stats();
            client.send(new DatagramPacket(ByteBuffer.allocate(4).putInt(end).array(), 4, to, server.getLocalPort()));
            reader.join();
            assertThat(stats.aToB().overflows() + stats.aToB().refused()).isZero();
        }
        return received;
    }

    private static boolean arrived(WanStats.Direction stats) {
        return stats.packetsIn() == stats.packetsOut() + stats.lost() + stats.queueDrops() + stats.cutDrops();
    }

    /** Sends packets from A to a port of B where nobody listens. */
    private void send(int count, int bytes) throws Exception {
        try (var client = link.inside(End.A, () -> new DatagramSocket(new InetSocketAddress(link.address(End.A), 0)))) {
            for (int i = 0; i < count; i++) {
                client.send(new DatagramPacket(new byte[bytes - 28], bytes - 28, InetAddress.getByName(link.address(End.B)), 9));
            }
        }
    }

    /** A UDP echo at B and its client at A. */
    private final class Echo implements AutoCloseable {
        private final DatagramSocket server = link.inside(End.B, () -> new DatagramSocket(new InetSocketAddress(link.address(End.B), 0)));
        private final DatagramSocket socket = link.inside(End.A, () -> new DatagramSocket(new InetSocketAddress(link.address(End.A), 0)));
        private final CountDownLatch ready = new CountDownLatch(1);

        Echo() throws Exception {
            socket.setSoTimeout(PATIENCE_MS);
            Thread.ofPlatform().start(() -> {
                var packet = new DatagramPacket(new byte[4], 4);
                ready.countDown();
                try {
                    while (true) {
                        server.receive(packet);
                        server.send(packet);
                    }
                } catch (java.io.IOException closed) {
                    assertThat(server.isClosed()).isTrue();
                }
            });
            ready.await();
        }

        DatagramPacket packet(int number) throws Exception {
            return new DatagramPacket(ByteBuffer.allocate(4).putInt(number).array(), 4, InetAddress.getByName(link.address(End.B)), server.getLocalPort());
        }

        int receive() throws Exception {
            var packet = new DatagramPacket(new byte[4], 4);
            socket.receive(packet);
            return ByteBuffer.wrap(packet.getData()).getInt();
        }

        double roundTripMs() throws Exception {
            var start = clock.nanoTime();
            socket.send(packet(7));
            receive();
            return (clock.nanoTime() - start) / 1e6;
        }

        double smallestRoundTripMs(int count) throws Exception {
            return roundTripsMs(count)[0];
        }

        double[] roundTripsMs(int count) throws Exception {
            var times = new double[count];
            for (int i = 0; i < count; i++) {
                times[i] = roundTripMs();
            }
            Arrays.sort(times);
            return times;
        }

        @Override
        public void close() {
            server.close();
            socket.close();
        }
    }
}
