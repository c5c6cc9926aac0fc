// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Overlays of many sizes, up to a hundred thousand nodes: what they cost and how long a value takes. Prints a table. */
class LargeOverlayTest {
    @Test
    @Tag("soak")
    @Requirement("R-073")
    void aHundredThousandNodesConverge() {
        System.out.printf("%9s %9s %9s %12s %16s %16s%n", "nodes", "to 99 %", "to all", "bytes a node", "messages a node", "values sent");
        overlay(1_000);
        overlay(10_000);
        overlay(100_000);
    }

    @Test
    void aThousandNodesConverge() {
        overlay(1_000);
    }

    private static void overlay(int count) {
        long before = heapBytes();
        var sim = new GossipSim(7);
        sim.grow(count, 40);
        sim.rounds(20);
        long bytes = heapBytes() - before;
        long quiet = sim.messages;
        sim.rounds(10);
        quiet = sim.messages - quiet;
        var first = sim.nodes.getFirst();
        sim.put(first, "a", "news");
        int most = sim.roundsUntil(0.99, 30, node -> node.has(first.id, "a"));
        int all = most + sim.roundsUntil(1, 90, node -> node.has(first.id, "a"));
        long values = sim.nodes.stream().mapToLong(node -> node.core.figure(Figure.SENT_VALUES)).sum();

        System.out.printf("%9d %9d %9d %12d %9.2f/round %10.2f/node%n", count, most, all, bytes / count, quiet / 10.0 / count, (double) values / count);
        assertThat(most).isLessThanOrEqualTo((int) Math.ceil(Math.log(count) / Math.log(2)));
        assertThat(sim.share(node -> node.has(first.id, "a"))).isEqualTo(1);
        assertThat(sim.reached()).isGreaterThan(0.999);
        assertThat(sim.nodes).allMatch(node -> node.core.neighbours().size() <= GossipSettings.DEFAULT.neighboursMax());
    }

    private static long heapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
