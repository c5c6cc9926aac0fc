// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.TransportContract;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.junit.jupiter.api.Test;

/** The contract over TCP without TLS, on the port where TLS is still taken. */
class PlainTcpTest extends TransportContract {
    private final List<LaneTransport> started = new ArrayList<>();

    @Override
    protected String provider() {
        return "transport.lane";
    }

    @Override
    protected Transport start(TestNode node) {
        var transport = new LaneTransport(LaneTransportTest.settings(Natives.AUTO), node.identity(), node.peers(), node.clock(), node::handler,
                List.of(new PlainTcp(() -> true, peer -> true)));
        started.add(transport);
        return transport;
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
    void runsWithoutTls() {
        b.handle(PROTOCOL, opened -> (channel, frame) -> { });

        try (var channel = ta.open(b.id(), PROTOCOL, (from, frame) -> { }, UNORDERED)) {
            assertThat(channel.stats().lanes()).isEqualTo(4);
            assertThat(ta.stats().orElseThrow().traits()).containsEntry("plain.lanes", "4 open, 4 in all");
        }
    }
}
