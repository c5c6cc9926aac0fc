// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.orchestrator.shell.FakeNode;
import org.dwcp.orchestrator.shell.Fixtures;
import org.junit.jupiter.api.Test;

class RoutedTrafficTest {
    private final FakeNode node = new FakeNode();
    private final RoutedTraffic traffic = new RoutedTraffic(node.manager(), node);

    @Test
    void endsARolloutAndAPinOfThisProvider() {
        node.state = FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v3"), Map.of("transport", new FlagState.Rollout("transport.v3", 10, "r")));

        traffic.release("transport", "transport.v3");

        assertThat(node.commands).containsExactly("promote transport transport.v3 0 because its bundle is being removed", "unpin transport");
    }

    @Test
    void leavesWhatAnotherProviderWasGiven() {
        node.state = FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v1"), Map.of("transport", new FlagState.Rollout("transport.v1", 10, "r")));
        traffic.release("transport", "transport.v3");
        node.state = FlagState.DEFAULT;
        traffic.release("transport", "transport.v3");

        assertThat(node.commands).isEmpty();
    }

    @Test
    void aRoutingThatRefusesDoesNotKeepABundle() {
        var refusing = FakeNode.fake(HybridManager.class, Map.of("orchestrator", a -> FakeNode.fake(HybridOrchestrator.class, Map.of("promote", b -> {
            throw new DwcpException(DwcpException.Kind.RETRY, "other swaps are under way");
        }))));
        node.state = FlagState.DEFAULT.withRouting(Map.of(), Map.of("transport", new FlagState.Rollout("transport.v3", 10, "r")));

        new RoutedTraffic(refusing, node).release("transport", "transport.v3");

        assertThat(node.state.rollouts()).hasSize(1);
    }

    @Test
    void countsTheLeasesOfOneProviderOfOneSlot() {
        node.share = 70;

        assertThat(traffic.leases("transport", "transport.v3")).isEqualTo(Fixtures.transport(70).providers().getFirst().leases()).isPositive();
        assertThat(traffic.leases("transport", "transport.v9")).isZero();
        assertThat(traffic.leases("encoding", "transport.v3")).isZero();
    }
}
