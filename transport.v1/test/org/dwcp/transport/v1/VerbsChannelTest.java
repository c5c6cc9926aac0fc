// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.awaitility.Awaitility;
import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.TransportContract;
import org.dwcp.transport.lane.LaneTransport;
import org.dwcp.transport.v1.rdma.LoopLibrary;
import org.dwcp.transport.v1.rdma.RdmaDevices;
import org.dwcp.transport.v1.rdma.SystemSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole contract of a channel over lanes as DiSNI makes them, with verbs that copy within this process in the place of its native half. Over a real RDMA
 * stack it is the system test of {@code distribution}.
 */
@Requirement("R-056")
class VerbsChannelTest extends TransportContract {
    @TempDir
    private static Path folder;
    private final LoopLibrary network = new LoopLibrary();
    private final List<LaneTransport> started = new ArrayList<>();

    @Override
    protected String provider() {
        return DatacenterSettings.PROVIDER;
    }

    @Override
    protected Transport start(TestNode node) {
        try {
            var config = RdmaChannelTest.config(Map.of("rdma", "on"));
            var transport = RdmaChannelTest.start(node, config,
                    new DatacenterWays(config, new RdmaDevices(SystemSockets.device(folder)), network.libraries()));
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
        Awaitility.await().untilAsserted(() -> assertThat(network.open()).as("handles of the library").isZero());
    }

    @Test
    void runsOverVerbs() {
        b.handle(PROTOCOL, opened -> (channel, frame) -> channel.trySend(frame));

        try (var channel = ta.open(b.id(), PROTOCOL, (from, frame) -> { }, UNORDERED)) {
            assertThat(channel.stats().lanes()).isEqualTo(2);
            assertThat(ta.stats().orElseThrow().traits()).containsEntry("rdma", "test0 by loop").containsEntry("rdma.verbs.lanes", "2 open, 2 in all");
            assertThat(tb.stats().orElseThrow().traits()).containsEntry("rdma.verbs.lanes", "2 open, 2 in all");
        }
    }
}
