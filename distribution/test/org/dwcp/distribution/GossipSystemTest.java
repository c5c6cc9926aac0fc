// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.InJvmCluster;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Gossip between whole nodes, over their transports. */
@Tag("system")
@Timeout(300)
class GossipSystemTest {
    private static final String TEMPLATE = "3fa9c1d2".repeat(8);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String INTERVAL = "org.dwcp.gossip:interval.ms";

    @TempDir
    private Path folder;

    @Test
    @Requirement("R-207")
    void aValueReachesFourNodesAndOneThatWasStoppedMeanwhile() {
        try (var cluster = InJvmCluster.start(folder, Map.of(INTERVAL, "200"), "a", "b", "c", "d")) {
            cluster.node("a").service(Gossip.class).put("note", "one".getBytes(), Duration.ofHours(1));
            cluster.nodes().forEach(node -> await().atMost(PATIENCE).until(() -> text(node.service(Gossip.class), "note").equals("one")));

            cluster.node("d").close();
            cluster.node("a").service(Gossip.class).put("note", "two".getBytes(), Duration.ofHours(1));
            cluster.start("d");

            cluster.nodes().forEach(node -> await().atMost(PATIENCE).until(() -> text(node.service(Gossip.class), "note").equals("two")));
            assertThat(cluster.node("d").service(Gossip.class).figures()).containsEntry("refused.signature.count", 0L).containsEntry("refused.malformed.count", 0L);
        }
    }

    private static String text(Gossip gossip, String name) {
        return gossip.find(NodeId.of("a"), name).map(value -> new String(value.bytes())).orElse("none");
    }

    /** Three processes that know one node find each other, by what each says of itself; commands show it. */
    @Test
    @Requirement({"R-067", "R-207"})
    void nodesThatKnowOneNodeFindTheOthers() {
        var image = NodeImage.find();
        var homes = new ClusterHomes(image, folder, List.of("a", "b", "c", "d"));
        var nodes = new ArrayList<NodeProcess>();
        try {
            for (var name : homes.names()) {
                if (!nodes.isEmpty()) {
                    homes.introduce(name, "a", nodes.getFirst().peerPort());
                }
                nodes.add(NodeProcess.start(image, homes.home(name), "--host", "127.0.0.1", "--set", INTERVAL + "=200"));
            }

            for (var node : nodes) {
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> node.command("peers").out().split("ONLINE", -1).length - 1 == 3);
            }
            var last = nodes.getLast();
            assertThat(last.command("peers", "--hints").out()).contains("127.0.0.1:" + nodes.get(1).peerPort());
            assertThat(nodes.get(1).command("gossip", "put", "note", "back", "at", "noon").status()).isZero();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> last.command("gossip", "show", "b", "note").out().contains("back at noon"));
            assertThat(nodes.get(1).command("baselines", "pin", "debian", TEMPLATE, "template").status()).isZero();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> last.command("baselines").out().contains("template"));
            assertThat(last.command("baselines", "unpin", "debian", TEMPLATE).status()).isZero();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> nodes.get(1).command("baselines").out().contains("no version is pinned"));
            assertThat(last.command("gossip").out()).contains("address", "flags", "note", "neighbours:");
            assertThat(nodes.get(2).command("killswitch", "on").status()).isZero();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> last.command("flags", "--cluster").out().matches("(?s).*\\bc +on +.*"));
            assertThat(last.command("flags").out()).as("what another node tells is shown and not taken").doesNotContain("KILL SWITCH ON").containsPattern("ForceV1Mode +false");

            assertThat(last.command("peers", "remove", "b").status()).isZero();
            assertThat(nodes.get(1).command("gossip", "put", "note", "again").status()).isZero();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> last.command("gossip", "show", "b", "note").out().contains("again"));
            assertThat(last.command("peers").out()).as("a hint does not bring back what was removed").doesNotContain("\nb ");
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }
}
