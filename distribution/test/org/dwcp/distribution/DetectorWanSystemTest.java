// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.dwcp.distribution.Pair.Answer;
import org.dwcp.distribution.launcher.Client;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What real nodes find out of emulated links, with no word from an operator: a and c share a machine, b is at the far end. */
@Tag("system")
@Timeout(180)
class DetectorWanSystemTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PORT = 7_420;

    @TempDir
    private Path folder;
    private WanLink link;
    private ClusterHomes homes;
    private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();

    @BeforeEach
    void open() {
        var missing = WanLink.unavailable();
        assumeThat(missing).as(() -> "SKIPPED: " + missing.orElse("")).isEmpty();
        link = WanLink.open(WanCondition.of(100, 100));
    }

    @AfterEach
    void close() {
        nodes.values().forEach(NodeProcess::close);
        if (link != null) {
            link.close();
        }
    }

    private static End end(String node) {
        return node.equals("b") ? End.B : End.A;
    }

    private static int port(String node) {
        return node.equals("c") ? PORT + 1 : PORT;
    }

    private void start(List<String> names, String... settings) {
        var image = NodeImage.find();
        homes = new ClusterHomes(image, folder, names);
        for (var name : names.subList(1, names.size())) {
            homes.introduce("a", name, end(name) == End.B ? link.address(End.B) : "127.0.0.1", port(name));
        }
        for (var name : names) {
            var words = new java.util.ArrayList<>(List.of("--port", String.valueOf(port(name))));
            words.addAll(List.of(settings));
            nodes.put(name, NodeProcess.start(link.enter(end(name)), image, homes.home(name), words.toArray(String[]::new)));
        }
    }

    private Answer run(String at, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = link.inside(end(at), () -> Client.run(homes.home(at), List.of(words), out, err));
        return new Answer(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private String mode(String peer) {
        return run("a", "peers").out().lines().filter(line -> line.startsWith(peer + " ")).findFirst().orElse("");
    }

    /** A figure of the average that decided the mode of the one link. */
    private static double average(String json, String name) {
        var found = Pattern.compile("\"average\": \\{[^}]*\"" + name + "\": ([0-9]+)").matcher(json.substring(json.indexOf("\"links\"")));
        assertThat(found.find()).as("%s in %s", name, json).isTrue();
        return Double.parseDouble(found.group(1));
    }

    @ParameterizedTest
    @CsvSource({"100, 100, 0.01, internet", "50, 500, 0.001, hybrid", "100, 900, 0, internet", "500, 100, 0, internet"})
    @Requirement({"R-002", "R-032", "R-051", "R-052", "R-062", "R-063", "R-101"})
    void anIdleLinkIsFoundToBeWhatItIsWithinThreeSamples(double rttMs, double mbit, double loss, String mode) {
        link.set(WanCondition.of(rttMs, mbit).withLoss(loss));
        start(List.of("a", "b"), "--set", "org.dwcp.orchestrator:detection.interval.ms=5000");

        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> mode("b").contains(" " + mode + " "));

        var explained = run("a", "mode", "--explain", "--json").out();
        assertThat(average(explained, "rttNs") / 1e6).as(explained).isCloseTo(rttMs, within(rttMs * 0.1));
        assertThat(average(explained, "bandwidthBps") / 1e6).as(explained).isCloseTo(mbit, within(mbit * 0.2));
        assertThat(explained.substring(explained.indexOf("\"links\""))).contains("burst").contains("interface wan0: mtu 1500").contains("rdma of transport.v1");
    }

    @Test
    @Requirement({"R-466", "R-053", "R-074"})
    void aPeerNextDoorAndOneFarAwayAreInDifferentModesAtTheSameTime() throws Exception {
        link.set(WanCondition.of(80, 200));
        start(List.of("a", "b", "c"), "--set", "org.dwcp.orchestrator:detection.interval.ms=2000");

        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500))
                .until(() -> mode("b").contains(" internet ") && mode("c").contains(" datacenter "));
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> assertThat(run("a", "why", "transport").out())
                .containsAnyOf("link b: internet maps to v3", "link c: datacenter maps to v1"));

        var file = Pair.write(folder.resolve("image.bin"), 4 << 20, 7);
        for (var peer : Map.of("b", "transport.v3", "c", "transport.v1").entrySet()) {
            var sent = run("a", "send", file.toString(), peer.getKey(), "--json");
            assertThat(sent.status()).as(sent.toString()).isZero();
            assertThat(sent.value("transport")).as(sent.toString()).isEqualTo(peer.getValue());
            assertThat(Pair.hash(homes.home(peer.getKey()).resolve("data/inbox/image.bin"))).isEqualTo(Pair.hash(file));
        }
        assertThat(run("a", "mode").out()).contains("internet").contains("datacenter");
    }
}
