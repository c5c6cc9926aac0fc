// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes as a user starts them: JVMs of their own, nothing from the workspace. */
@Tag("system")
@Timeout(180)
class NodeProcessSystemTest {
    private static final Duration MEET_MAX = Duration.ofSeconds(60);

    private final NodeImage image = NodeImage.find();

    @TempDir
    Path folder;

    @Test
    void aFirstStartNeedsNoPreparationAndAStopIsClean() throws IOException {
        var home = folder.resolve("a");
        try (var node = NodeProcess.start(image, home, "--name", "a")) {
            assertThat(node.peerPort()).isPositive();
            assertThat(home.resolve("etc/tls/authority.p12")).exists();

            assertThat(node.stop()).as(node::output).isZero();

            assertThat(Files.readString(home.resolve("process.out")))
                    .contains("made a new cluster with its own authority")
                    .contains("dwcp node a ready");
            assertThat(home.resolve("data/node.json")).doesNotExist();
        }
    }

    @Test
    void aNodeThatIsToldToStopWhileItStartsLeavesNothing() throws Exception {
        try (var node = NodeProcess.launch(image, folder, "--name", "a")) {
            await().atMost(MEET_MAX).until(() -> Files.exists(folder.resolve("data/node.lock")));

            assertThat(node.stop()).as(node::output).isZero();

            assertThat(folder.resolve("data/node.json")).doesNotExist();
            try (var home = Home.open(folder)) {
                assertThat(home.root()).isEqualTo(folder);
            }
        }
    }

    @Test
    void aHomeThatIsInUseIsRefused() {
        try (var node = NodeProcess.start(image, folder, "--name", "a"); var second = NodeProcess.launch(image, folder)) {
            assertThat(second.waitForEnd()).isEqualTo(1);
            assertThat(second.output()).contains("is in use by process " + node.pid());
            assertThat(node.isAlive()).isTrue();
        }
    }

    @Test
    void aPortThatIsInUseIsNamedAndNothingIsLeft() {
        var homes = new ClusterHomes(image, folder, List.of("a", "b"));
        try (var a = NodeProcess.start(image, homes.home("a"));
                var b = NodeProcess.launch(image, homes.home("b"), "--port", Integer.toString(a.peerPort()))) {
            assertThat(b.waitForEnd()).isEqualTo(1);
            assertThat(b.output()).contains("dwcp: control port " + a.peerPort()).contains("--port");
            assertThat(homes.home("b").resolve("data/node.json")).doesNotExist();
        }
    }

    @Test
    void aWrongNameAndAWrongOptionAreRefusedInOneLine() {
        var homes = new ClusterHomes(image, folder, List.of("a"));
        try (var wrong = NodeProcess.launch(image, homes.home("a"), "--name", "b")) {
            assertThat(wrong.waitForEnd()).isEqualTo(1);
            assertThat(wrong.output()).contains("dwcp: this home belongs to node a, not to b");
        }
        try (var usage = NodeProcess.launch(image, folder.resolve("x"), "--colour", "red")) {
            assertThat(usage.waitForEnd()).isEqualTo(2);
            assertThat(usage.output()).contains("node does not know --colour");
        }
    }

    @Test
    @Requirement("R-493")
    void nodesFindEachOtherByAFileAndAgainAfterOneWasKilled() {
        var homes = new ClusterHomes(image, folder, List.of("a", "b"));
        try (var a = NodeProcess.start(image, homes.home("a")); var b = NodeProcess.start(image, homes.home("b"))) {
            homes.introduce("b", "a", a.peerPort());
            await().atMost(MEET_MAX).until(() -> a.output().contains("peer online node=b"));

            b.kill();
            await().atMost(MEET_MAX).until(() -> a.output().contains("peer offline node=b"));

            try (var again = NodeProcess.start(image, homes.home("b"))) {
                await().atMost(MEET_MAX).until(() -> count(a.output(), "peer online node=b") == 2);
                assertThat(again.stop()).as(again::output).isZero();
            }
            assertThat(a.stop()).as(a::output).isZero();
        }
    }

    @Test
    @Requirement("R-493")
    void aNodeOfAnotherClusterIsRefusedAndTheReasonLogged() {
        var ours = new ClusterHomes(image, folder.resolve("ours"), List.of("a"));
        var theirs = new ClusterHomes(image, folder.resolve("theirs"), List.of("b"));
        try (var a = NodeProcess.start(image, ours.home("a")); var b = NodeProcess.start(image, theirs.home("b"))) {
            theirs.introduce("b", "a", a.peerPort());

            await().atMost(MEET_MAX).until(() -> b.output().contains("is not from this cluster's authority"));
            assertThat(a.output()).doesNotContain("peer online");
        }
    }

    @Test
    @Requirement("R-311")
    void theConfigurationOfAPartCanBeSetOnTheCommandLineAndABadValueIsRefused() {
        try (var node = NodeProcess.launch(image, folder, "--name", "a", "--set", "org.dwcp.orchestrator.peers:ping.interval.ms=99999")) {
            assertThat(node.waitForEnd()).isEqualTo(1);
            assertThat(node.output()).contains("dwcp: ping.interval.ms=99999 is not in 20..60000");
        }
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }
}
