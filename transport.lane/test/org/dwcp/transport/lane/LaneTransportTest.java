// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.NetworkTransportContract;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;

/** The lane core with native libraries and four lanes a channel. */
class LaneTransportTest extends NetworkTransportContract {
    private final List<LaneTransport> started = new ArrayList<>();

    static LaneSettings settings(Natives natives) {
        return new LaneSettings("transport.lane", new Listen("127.0.0.1", 0), new Limits(2, 1_000, 1_000, 2 << 20, Duration.ofSeconds(6)),
                new Tcp(natives, "bbr cubic", 128 << 10, 0, Pacing.NONE, Duration.ofSeconds(20)), LanePolicy.fixed(4), Set.of(), Map.of());
    }

    @Override
    protected String provider() {
        return "transport.lane";
    }

    Natives natives() {
        return Natives.AUTO;
    }

    @Override
    protected Transport start(TestNode node) {
        var transport = new LaneTransport(settings(natives()), node.identity(), node.peers(), node.clock(), node::handler);
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
}
