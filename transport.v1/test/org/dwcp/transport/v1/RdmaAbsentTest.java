// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.dwcp.api.DwcpException;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.transport.lane.LaneTransport;
import org.dwcp.transport.v1.rdma.RdmaDevices;
import org.dwcp.transport.v1.rdma.RdmaLibraries;
import org.dwcp.transport.v1.rdma.SystemSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** RDMA that is not there, is taken away, or is not wanted: known at once, said, and TCP goes on. */
@Timeout(90)
class RdmaAbsentTest {
    private static final OpenOptions UNORDERED = new OpenOptions(OpenOptions.Order.UNORDERED, Duration.ofSeconds(20));
    @TempDir
    private Path folder;
    private final TestCluster cluster = new TestCluster();
    private final TestNode a = cluster.node("a");
    private final TestNode b = cluster.node("b");
    private final AtomicInteger loads = new AtomicInteger();

    private RdmaLibraries missing() {
        return new RdmaLibraries(List.of(new RdmaLibraries.Candidate("none", () -> {
            loads.incrementAndGet();
            throw new UnsatisfiedLinkError("libnone.so is not installed");
        })));
    }

    private LaneTransport start(TestNode node, RdmaLibraries libraries, Map<String, ?> values) {
        var config = RdmaChannelTest.config(values);
        var transport = RdmaChannelTest.start(node, config, new DatacenterWays(config, new RdmaDevices(folder), libraries));
        node.advertise("transport", DatacenterSettings.PROVIDER, transport.port());
        return transport;
    }

    private static String rdma(LaneTransport transport) {
        return transport.stats().orElseThrow().traits().get("rdma");
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.contains(".rdma.")).toList();
    }

    private void carries(LaneTransport ta) {
        var received = new AtomicInteger();
        b.handle("count", opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
        try (var channel = ta.open(b.id(), "count", (from, frame) -> { }, UNORDERED)) {
            channel.send(ByteBuffer.allocate(1_000));
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> received.get() == 1_000);
        }
    }

    @Test
    @Requirement({"R-056", "R-057"})
    void withoutADeviceNoLibraryIsLoadedAndNoThreadStarted() {
        try (var ta = start(a, missing(), Map.of("rdma", "on")); var tb = start(b, missing(), Map.of("rdma", "on"))) {
            carries(ta);

            assertThat(rdma(ta)).isEqualTo("no device, TCP lanes");
            assertThat(rdma(tb)).isEqualTo("no device, TCP lanes");
            assertThat(loads).hasValue(0);
            assertThat(threads()).isEmpty();
        }
    }

    @Test
    @Requirement("R-056")
    void withoutALibraryItSaysWhichIsMissingAndAsksOnce() throws Exception {
        SystemSockets.device(folder);
        try (var ta = start(a, missing(), Map.of("rdma", "on")); var tb = start(b, missing(), Map.of("rdma", "on"))) {
            carries(ta);
            carries(ta);

            assertThat(rdma(ta)).isEqualTo("none: libnone.so is not installed, TCP lanes");
            assertThat(rdma(tb)).contains("not installed");
            assertThat(loads).hasValue(2); // once a node
            assertThat(threads()).isEmpty();
        }
    }

    @Test
    void isOffWithoutTrustedPeersUnlessItIsSwitchedOn() throws Exception {
        SystemSockets.device(folder);
        for (var words : Map.of("auto", "no trusted.peers", "off", "switched off").entrySet()) {
            try (var ta = start(a, SystemSockets.libraries(), Map.of("rdma", words.getKey()))) {
                assertThat(rdma(ta)).contains(words.getValue());
            }
        }
        try (var ta = start(a, SystemSockets.libraries(), Map.of("trusted_peers", new String[] {"b"}))) {
            assertThat(rdma(ta)).isEqualTo("test0 by system");
        }
        assertThat(threads()).isEmpty();
    }

    @Test
    @Requirement("R-077")
    void aPortThatGoesDownEndsItsChannelsAndTcpGoesOn() throws Exception {
        SystemSockets.device(folder);
        try (var ta = start(a, SystemSockets.libraries(), Map.of("rdma", "on")); var tb = start(b, SystemSockets.libraries(), Map.of("rdma", "on"))) {
            b.handle("count", opened -> (channel, frame) -> { });
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !tb.stats().orElseThrow().traits().get("rdma.port").equals("0"));
            var channel = ta.open(b.id(), "count", (from, frame) -> { }, UNORDERED);
            assertThat(channel.stats().lanes()).isEqualTo(2);

            Files.writeString(folder.resolve("test0/ports/1/state"), "1: DOWN\n");

            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !channel.isOpen());
            carries(ta);
            assertThat(rdma(ta)).isEqualTo("test0 has no port that is up, TCP lanes");
            assertThat(ta.stats().orElseThrow().errors().get("shortcut.failed")).isPositive();
        }
        assertThat(threads()).isEmpty();
    }

    @Test
    @Requirement("R-492")
    void refusesToLeaveTlsOutForEverybody() {
        assertThatThrownBy(() -> new DatacenterWays(RdmaChannelTest.config(Map.of("tls", "off", "listen_host", "0.0.0.0")))).isInstanceOf(DwcpException.class)
                .hasMessageContaining("trusted.peers");
        assertThatThrownBy(() -> new DatacenterWays(RdmaChannelTest.config(Map.of("tls", "no")))).hasMessageContaining("neither on nor off");
        assertThatCode(() -> new DatacenterWays(RdmaChannelTest.config(Map.of("tls", "off")))).doesNotThrowAnyException();
        assertThatCode(() -> new DatacenterWays(RdmaChannelTest.config(Map.of("tls", "off", "listen_host", "0.0.0.0", "trusted_peers",
                new String[] {"b"})))).doesNotThrowAnyException();
    }

    @Test
    void checksEveryBoundOfRdma() {
        for (var wrong : List.of(Map.of("rdma", "yes"), Map.of("rdma_lanes", 0), Map.of("rdma_lanes", 17), Map.of("rdma_threads", 17),
                Map.of("rdma_buffer_bytes", 65_535), Map.of("rdma_backoff_ms", 999L))) {
            assertThatThrownBy(() -> new DatacenterWays(RdmaChannelTest.config(wrong))).as(wrong.toString()).isInstanceOf(DwcpException.class);
        }
    }
}
