// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestConfig;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.NetworkTransportContract;
import org.dwcp.transport.lane.LaneTransport;
import org.junit.jupiter.api.Test;

@Requirement("R-057")
class DatacenterTransportTest extends NetworkTransportContract {
    private final List<LaneTransport> started = new ArrayList<>();

    private static DatacenterTransport.Config config(Map<String, ?> values) {
        var all = new HashMap<String, Object>(Map.of("listen_host", "127.0.0.1", "handshake_timeout_ms", 6_000L));
        all.putAll(values);
        return TestConfig.of(DatacenterTransport.Config.class, all);
    }

    private LaneTransport start(TestNode node, Map<String, ?> values) {
        var transport = new LaneTransport(DatacenterSettings.from(config(values)), node.identity(), node.peers(), node.clock(), node::handler);
        started.add(transport);
        return transport;
    }

    @Override
    protected String provider() {
        return DatacenterSettings.PROVIDER;
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

    @Test
    @Requirement({"R-141", "R-057"})
    void carriesAChannelOverAsManyLanesAsConfigured() {
        var c = cluster.node("c");
        var tc = start(c, Map.of("lanes", 40));
        b.handle(PROTOCOL, opened -> (channel, frame) -> channel.trySend(frame));
        var answered = new java.util.concurrent.atomic.AtomicLong();

        try (tc; var channel = tc.open(b.id(), PROTOCOL, (from, frame) -> answered.addAndGet(frame.remaining()), UNORDERED)) {
            for (int number = 0; number < 200; number++) {
                channel.send(ByteBuffer.allocate(10_000));
            }
            soon().until(() -> answered.get() == 200 * 10_000);

            assertThat(channel.stats().lanes()).isEqualTo(40);
            assertThat(tb.stats().orElseThrow().lanesOpen()).isEqualTo(40);
        }
    }

    @Test
    @Requirement("R-141")
    void refusesANumberOfLanesOutOfBounds() {
        for (int lanes : new int[] {1, 31, 513, -1}) {
            assertThatThrownBy(() -> DatacenterSettings.from(config(Map.of("lanes", lanes)))).isInstanceOf(DwcpException.class)
                    .hasMessageContaining("lanes " + lanes).hasMessageContaining("32..512");
        }
        assertThat(DatacenterSettings.policy(32)).isNotNull();
        assertThat(DatacenterSettings.policy(512)).isNotNull();
    }

    @Test
    @Requirement("R-141")
    void takesThirtyTwoLanesToAnotherMachineByItself() {
        var remote = new org.dwcp.transport.lane.LanePolicy.Path(false, java.util.Optional.empty());

        assertThat(DatacenterSettings.policy(0).begin(remote).first()).isEqualTo(32);
    }

    @Test
    @Requirement("R-059")
    void talksOnlyToTrustedPeersWhenTheyAreNamed() {
        var c = cluster.node("c");
        c.handle(PROTOCOL, opened -> (channel, frame) -> { });
        var tc = start(c, Map.of("trusted_peers", new String[] {"b"}));
        c.advertise("transport", provider(), tc.port());

        try (tc) {
            tb.open(c.id(), PROTOCOL, (channel, frame) -> { }, ORDERED).close();
            assertThatThrownBy(() -> ta.open(c.id(), PROTOCOL, (channel, frame) -> { }, ORDERED)).isInstanceOfSatisfying(TransportException.class,
                    e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED));
            assertThatThrownBy(() -> tc.open(a.id(), PROTOCOL, (channel, frame) -> { }, ORDERED)).hasMessageContaining("trusted.peers");
        }
    }
}
