// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Map;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.testkit.cluster.InJvmCluster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several nodes in this JVM: their services are called with the test's own classes of the API. */
@Tag("system")
@Timeout(180)
class ClusterSystemTest {
    @TempDir
    Path folder;

    @Test
    void threeNodesKnowEachOtherAndNoticeOneThatGoesAndReturns() {
        try (var cluster = InJvmCluster.start(folder, Map.of(), "a", "b", "c")) {
            var peers = cluster.node("a").service(Peers.class);
            assertThat(peers.self()).isEqualTo(NodeId.of("a"));
            assertThat(peers.list()).extracting(PeerInfo::id).containsExactly(NodeId.of("b"), NodeId.of("c"));

            cluster.node("b").close();
            await().until(() -> !peers.find(NodeId.of("b")).orElseThrow().online());
            assertThat(peers.find(NodeId.of("b")).orElseThrow().problem()).isNotEmpty();

            cluster.start("b");
            cluster.awaitMesh();
        }
    }

    @Test
    void addedPeersSurviveARestartAndRemovedOnesDoNotReturn() {
        try (var cluster = InJvmCluster.start(folder, Map.of(), "a")) {
            var before = cluster.node("a").service(Peers.class);
            before.add(NodeId.of("x"), "127.0.0.1", 4_711);
            before.add(NodeId.of("y"), "127.0.0.1", 4_712);
            before.add(NodeId.of("x"), "127.0.0.1", 4_713);
            assertThat(before.remove(NodeId.of("y"))).isTrue();
            cluster.node("a").close();

            var peers = cluster.start("a").service(Peers.class);

            await().until(() -> peers.find(NodeId.of("x")).isPresent());
            assertThat(peers.find(NodeId.of("x")).orElseThrow().port()).isEqualTo(4_713);
            assertThat(peers.list()).hasSize(1);
        }
    }
}
