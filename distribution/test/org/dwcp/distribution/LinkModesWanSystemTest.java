// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node with a neighbour on its own machine and a peer at the far end of an emulated wide-area link: each link has its mode while files go over both. */
@Tag("system")
@Timeout(300)
class LinkModesWanSystemTest {
    private static final Map<String, Integer> PORTS = Map.of("a", 7_420, "near", 7_421, "far", 7_420);
    private static final Pattern LINK = Pattern.compile("\"peer\": \"(\\w+)\".*?\"mode\": \"(\\w+)\"", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    private static final int FILE_BYTES = 4 << 20;

    @TempDir
    private Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (var resource : open.reversed()) {
            resource.close();
        }
    }

    private <T extends AutoCloseable> T keep(T resource) {
        open.add(resource);
        return resource;
    }

    private static End end(String node) {
        return node.equals("far") ? End.B : End.A;
    }

    private NodeProcess start(WanLink link, NodeImage image, ClusterHomes homes, String node, String... peers) {
        for (var peer : peers) {
            homes.introduce(node, peer, link.address(end(peer)), PORTS.get(peer));
        }
        return keep(NodeProcess.start(link.enter(end(node)), image, homes.home(node), "--port", PORTS.get(node).toString(),
                "--set", "org.dwcp.orchestrator:detection.interval.ms=1000", "--set", "org.dwcp.orchestrator:cooldown.period.ms=0"));
    }

    private static Map<String, String> modes(NodeProcess node) {
        var json = node.command("mode", "--explain", "--json").out();
        int links = json.indexOf("\"links\"");
        return links < 0 ? Map.of() : LINK.matcher(json.substring(links)).results()
                .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2).toLowerCase(java.util.Locale.ROOT), (first, other) -> first));
    }

    @Test
    @Requirement("R-466")
    void aNeighbourAndAFarPeerAreInDifferentModesAtTheSameTime() throws Exception {
        assumeThat(WanLink.unavailable()).as(() -> WanLink.unavailable().orElse("")).isEmpty();
        var link = keep(WanLink.open(WanCondition.of(100, 100)));
        var image = NodeImage.find();
        var homes = new ClusterHomes(image, folder, List.of("a", "near", "far"));
        var a = start(link, image, homes, "a", "near", "far");
        start(link, image, homes, "near", "a");
        start(link, image, homes, "far", "a");

        await("modes of both links").atMost(WanPair.PATIENCE).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> assertThat(modes(a))
                .as(a.command("mode", "--explain").out()).containsEntry("near", "datacenter").containsEntry("far", "internet"));

        sends(a, homes, "near");
        sends(a, homes, "far");
        assertThat(modes(a)).containsEntry("near", "datacenter").containsEntry("far", "internet");
    }

    private void sends(NodeProcess a, ClusterHomes homes, String peer) throws Exception {
        var file = Pair.write(folder.resolve("file-" + peer), FILE_BYTES, 1);
        var result = a.command("send", file.toString(), peer, "--json");
        assertThat(result.status()).as(result.toString()).isZero();
        assertThat(Pair.hash(homes.home(peer).resolve("data/inbox").resolve(file.getFileName()))).isEqualTo(Pair.hash(file));
    }
}
