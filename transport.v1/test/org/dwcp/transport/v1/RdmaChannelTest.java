// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestConfig;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.TransportContract;
import org.dwcp.transport.lane.LaneTransport;
import org.dwcp.transport.v1.rdma.RdmaDevices;
import org.dwcp.transport.v1.rdma.SystemSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole contract of a channel over RDMA lanes, with the kernel's sockets in the place of the RDMA library: the code that runs is that of
 * RDMA but for the letter in front of the functions' names. Over a real RDMA stack it is the system test of {@code distribution}.
 */
@Requirement("R-056")
class RdmaChannelTest extends TransportContract {
    @TempDir
    private static Path folder;
    private final List<LaneTransport> started = new ArrayList<>();

    static DatacenterTransport.Config config(Map<String, ?> values) {
        var all = new HashMap<String, Object>(Map.of("listen_host", "127.0.0.1", "handshake_timeout_ms", 2_000L));
        all.putAll(values);
        return TestConfig.of(DatacenterTransport.Config.class, all);
    }

    static LaneTransport start(TestNode node, DatacenterTransport.Config config, DatacenterWays ways) {
        return new LaneTransport(DatacenterSettings.from(config), node.identity(), node.peers(), node.clock(), node::handler, ways.fabrics());
    }

    @Override
    protected String provider() {
        return DatacenterSettings.PROVIDER;
    }

    @Override
    protected Transport start(TestNode node) {
        try {
            var config = config(Map.of("rdma", "on"));
            var transport = start(node, config, new DatacenterWays(config, new RdmaDevices(SystemSockets.device(folder)), SystemSockets.libraries()));
            started.add(transport);
            return transport;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void stop(Transport transport) {
        ((LaneTransport) transport).close();
    }

    @Override
    protected void verifyNothingHeld() {
        assertThat(started).allSatisfy(transport -> assertThat(transport.memoryHeldBytes()).isZero());
    }

    @Test
    void runsOverRdma() {
        b.handle(PROTOCOL, opened -> (channel, frame) -> channel.trySend(frame));

        try (var channel = ta.open(b.id(), PROTOCOL, (from, frame) -> { }, UNORDERED)) {
            assertThat(channel.stats().lanes()).isEqualTo(2);
            assertThat(ta.stats().orElseThrow().traits()).containsEntry("rdma", "test0 by system").containsEntry("rdma.lanes", "2 open, 2 in all");
            assertThat(tb.stats().orElseThrow().traits()).containsEntry("rdma.lanes", "2 open, 2 in all");
        }
    }
}
