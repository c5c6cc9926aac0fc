// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestConfig;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.NetworkTransportContract;
import org.dwcp.transport.lane.LaneTransport;
import org.junit.jupiter.api.Test;

@Requirement({"R-068", "R-136", "R-148"})
class InternetTransportTest extends NetworkTransportContract {
    private static final Path OFFERED = Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control");
    private final List<LaneTransport> started = new ArrayList<>();

    private static InternetTransport.Config config(Map<String, ?> values) {
        var all = new HashMap<String, Object>(Map.of("listen_host", "127.0.0.1", "handshake_timeout_ms", 6_000L));
        all.putAll(values);
        return TestConfig.of(InternetTransport.Config.class, all);
    }

    private LaneTransport start(TestNode node, Map<String, ?> values) {
        var transport = new LaneTransport(InternetSettings.from(config(values)), node.identity(), node.peers(), node.clock(), node::handler);
        started.add(transport);
        return transport;
    }

    @Override
    protected String provider() {
        return InternetSettings.PROVIDER;
    }

    @Override
    protected Transport start(TestNode node) {
        return start(node, Map.of());
    }

    @Override
    protected void stop(Transport transport) {
        ((LaneTransport) transport).close();
    }

    @Override
    protected void verifyNothingHeld() {
        assertThat(started).allSatisfy(transport -> assertThat(transport.memoryHeldBytes()).isZero());
    }

    private static boolean kernelOffers(String congestion) throws Exception {
        return Files.isReadable(OFFERED) && List.of(Files.readString(OFFERED).strip().split(" ")).contains(congestion);
    }

    @Test
    @Requirement("R-069")
    void usesBbrWhereTheKernelOffersIt() throws Exception {
        assumeTrue(kernelOffers("bbr"), "SKIPPED: this kernel offers no bbr");

        assertThat(ta.stats().orElseThrow().traits()).containsEntry("congestion", "bbr");
    }

    @Test
    @Requirement("R-069")
    void takesTheNextChoiceAndSaysSoWhenTheFirstIsMissing() throws Exception {
        assumeTrue(kernelOffers("cubic"), "SKIPPED: this kernel offers no cubic");
        var c = cluster.node("c");

        try (var tc = start(c, Map.of("congestion", "nonesuch cubic"))) {
            assertThat(tc.stats().orElseThrow().traits()).containsEntry("congestion", "cubic");
        }
    }

    @Test
    @Requirement("R-140")
    void opensWithFourLanes() {
        b.handle(PROTOCOL, opened -> (channel, frame) -> { });

        try (var channel = ta.open(b.id(), PROTOCOL, (from, frame) -> { }, UNORDERED)) {
            assertThat(channel.stats().lanes()).isEqualTo(4);
        }
        try (var channel = ta.open(b.id(), PROTOCOL, (from, frame) -> { }, ORDERED)) {
            assertThat(channel.stats().lanes()).isEqualTo(1);
        }
    }

    @Test
    @Requirement("R-140")
    void addsLanesToARunningChannelThatUsesThem() {
        var received = new java.util.concurrent.atomic.AtomicLong();
        b.handle(PROTOCOL, opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
        long sent = 0;

        try (var channel = ta.open(b.id(), PROTOCOL, (from, frame) -> { }, UNORDERED)) {
            long deadline = a.clock().nanoTime() + 20_000_000_000L;
            while (channel.stats().lanes() <= 4 && a.clock().nanoTime() < deadline) {
                channel.send(ByteBuffer.allocate(100_000));
                sent += 100_000;
            }

            assertThat(channel.stats().lanes()).isGreaterThan(4).isLessThanOrEqualTo(16);
            for (int number = 0; number < 100; number++) {
                channel.send(ByteBuffer.allocate(100_000));
                sent += 100_000;
            }
            long all = sent;
            soon().until(() -> received.get() == all);
        }
    }

    @Test
    void refusesLanesOutOfBounds() {
        for (var values : List.of(Map.of("lanes_min", 3), Map.of("lanes_max", 17), Map.of("lanes_min", 9, "lanes_max", 8))) {
            assertThatThrownBy(() -> InternetSettings.from(config(values))).isInstanceOf(DwcpException.class).hasMessageContaining("lanes.m");
        }
    }

    @Test
    @Requirement("R-143")
    void handsThePacingRateToTheKernelInBits() {
        var c = cluster.node("c");

        try (var tc = start(c, Map.of("lane_pacing_mbit_max", 100))) {
            assertThat(tc.stats().orElseThrow().traits().get("pacing")).isIn("100000000 bit/s a lane", "unsupported");
        }
    }

    @Test
    @Requirement("R-143")
    void isNeverFasterThanItsPacingRate() {
        var c = cluster.node("c");
        var received = new java.util.concurrent.atomic.AtomicLong();
        b.handle(PROTOCOL, opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
        long bytes = 10_000_000;

        try (var tc = start(c, Map.of("lane_pacing_mbit_max", 100)); var channel = tc.open(b.id(), PROTOCOL, (from, frame) -> { }, ORDERED)) {
            assumeTrue(tc.stats().orElseThrow().traits().get("pacing").startsWith("100000000"), "SKIPPED: no pacing without epoll");
            long startNs = c.clock().nanoTime();
            for (long sent = 0; sent < bytes; sent += 100_000) {
                channel.send(ByteBuffer.allocate(100_000));
            }
            soon().until(() -> received.get() == bytes);

            assertThat(bytes * 8e9 / (c.clock().nanoTime() - startNs)).as("bit/s").isLessThan(120e6);
        }
    }

    @Test
    @Requirement("R-069")
    void pacesByTheModelWhereTheKernelHasNoBbr() throws Exception {
        assumeTrue(kernelOffers("cubic"), "SKIPPED: this kernel offers no cubic");
        var c = cluster.node("c");
        var received = new java.util.concurrent.atomic.AtomicLong();
        b.handle(PROTOCOL, opened -> (channel, frame) -> received.addAndGet(frame.remaining()));

        try (var tc = start(c, Map.of("congestion", "cubic", "pacing", "bbr"));
                var channel = tc.open(b.id(), PROTOCOL, (from, frame) -> { }, UNORDERED)) {
            for (int number = 0; number < 300; number++) {
                channel.send(ByteBuffer.allocate(100_000));
            }

            soon().until(() -> received.get() == 30_000_000);
            assertThat(tc.stats().orElseThrow().traits()).containsEntry("congestion", "cubic").containsEntry("pacing", "by model");
        }
    }
}
