// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v0;

import static org.assertj.core.api.Assertions.assertThat;

import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.TransportContract;
import org.junit.jupiter.api.Test;

class JvmTransportTest extends TransportContract {
    @Override
    protected String provider() {
        return JvmNode.PROVIDER;
    }

    @Override
    protected Transport start(TestNode node) {
        return new JvmNode(1_000, node.identity(), node.clock(), node::handler);
    }

    @Override
    protected void stop(Transport transport) {
        ((JvmNode) transport).close();
    }

    @Test
    void sharesNothingButJdkTypesWithOtherClassSpaces() {
        var table = (java.util.Map<?, ?>) System.getProperties().get("org.dwcp.transport.v0.exchange");

        assertThat(table).isNotEmpty();
        assertThat(table.getClass().getClassLoader()).isNull();
        assertThat(System.getProperties().stringPropertyNames()).doesNotContain("org.dwcp.transport.v0.exchange");
    }

    @Test
    void doesNotReachANodeOfTheSameNameInAnotherCluster() {
        var stranger = new TestCluster().node("a");
        try (var other = new JvmNode(10, stranger.identity(), stranger.clock(), stranger::handler)) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> other.open(b.id(), "any", (channel, frame) -> { }, OpenOptions.DEFAULT)))
                    .hasMessageContaining("not in this JVM");
        }
    }

    @Test
    void leavesTheExchangeWhenItStops() {
        var table = (java.util.Map<?, ?>) System.getProperties().get("org.dwcp.transport.v0.exchange");

        halt(ta);
        halt(tb);

        assertThat(table).isEmpty();
    }
}
