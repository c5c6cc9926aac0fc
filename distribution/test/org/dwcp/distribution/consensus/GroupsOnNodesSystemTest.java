// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.core.ConditionFactory;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.SwitchRequest;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.distribution.launcher.Client;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.cluster.InJvmCluster;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicated groups on whole nodes: the image's bundles, each node with a framework and sockets of its own. */
@Tag("system")
@Timeout(300)
class GroupsOnNodesSystemTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String RAFT = "consensus.v1";
    private static final String PBFT = "consensus.v3";

    @TempDir
    Path folder;

    private final Map<String, Texts> machines = new LinkedHashMap<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private InJvmCluster cluster;

    /** Raft's library ends some of its threads after its node; what they still say in a framework that is gone belongs to no test. */
    private static ConditionFactory patiently() {
        return await().dontCatchUncaughtExceptions();
    }

    private ConsensusGroups on(String node) {
        return cluster.node(node).service(ConsensusGroups.class);
    }

    private void host(String node, List<Member> members) {
        host(node, RAFT, members);
    }

    private void host(String node, String provider, List<Member> members) {
        var machine = new Texts();
        machines.put(node, machine);
        groups.put(node, on(node).host(new GroupSpec("main", provider, members, 1_000, 0), machine));
    }

    private List<Member> members(String... names) {
        return Stream.of(names).map(name -> on("a").member(NodeId.of(name))).toList();
    }

    private static <T> T done(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void awaitEpoch(long epoch, String provider) {
        patiently().atMost(PATIENCE).untilAsserted(() -> assertThat(groups.values()).allSatisfy(group -> {
            assertThat(group.status().epoch().epoch()).isEqualTo(epoch);
            assertThat(group.status().epoch().provider()).isEqualTo(provider);
            assertThat(group.status().phase()).isEqualTo(GroupStatus.Phase.RUNNING);
        }));
    }

    private void awaitMore(Load load) {
        int before = load.done();
        patiently().atMost(PATIENCE).until(() -> load.done() >= before + 20);
    }

    private void awaitEqual() {
        patiently().atMost(PATIENCE).untilAsserted(() -> assertThat(machines.values()).extracting(Texts::all).containsOnly(machines.get("a").all()));
    }

    @Test
    @Requirement("R-210")
    void goesFromRaftToPbftAndBackUnderLoad() throws Exception {
        try (var running = InJvmCluster.start(folder, Map.of(), "a", "b", "c", "d"); var load = new Load(new TestClock(), 20)) {
            cluster = running;
            var three = members("a", "b", "c");
            List.of("a", "b", "c").forEach(name -> host(name, three));
            List.of("a", "b", "c").forEach(name -> load.begin(groups.get(name)));
            awaitMore(load);
            assertThat(groups.get("a").epochs()).hasSize(1).allSatisfy(epoch -> assertThat(epoch.provider()).isEqualTo(RAFT));

            // Three members cannot run PBFT, and say so; the fourth is brought into the running epoch first.
            assertThatThrownBy(() -> done(groups.get("a").switchTo(operator(PBFT)))).hasCauseInstanceOf(ConsensusException.class)
                    .hasMessageContaining("3 members cannot run " + PBFT);
            host("d", three);
            var four = members("a", "b", "c", "d");
            assertThat(done(groups.get("a").changeMembers(four))).isEqualTo(four);
            awaitMore(load);

            assertThat(done(groups.get("a").switchTo(operator(PBFT))).provider()).isEqualTo(PBFT);
            awaitEpoch(2, PBFT);
            load.begin(groups.get("d"));
            awaitMore(load);

            // Down only with approvals of a quorum, each given on its own member.
            assertThatThrownBy(() -> done(groups.get("b").switchTo(operator(RAFT)))).hasMessageContaining("members must approve");
            List.of("a", "b", "c").forEach(name -> groups.get(name).approveDowngrade(RAFT));
            assertThat(done(groups.get("b").switchTo(operator(RAFT))).provider()).isEqualTo(RAFT);
            awaitEpoch(3, RAFT);
            awaitMore(load);

            load.end();
            awaitEqual();
            load.judge(machines.get("a").all());
            assertThat(load.failures()).isEmpty();
            System.out.println("operations " + load.done() + ", longest gap " + load.longestGapMs() + " ms");
        }
    }

    /** The routing decides what the next epoch runs on: up by itself once the mode has lasted, down only by operators. */
    @Test
    @Requirement({"R-054", "R-066", "R-203", "R-214"})
    void followsTheModeUpAndNotDown() throws Exception {
        try (var running = InJvmCluster.start(folder, Map.of("org.dwcp.consensus.log:switch.dwell.ms", "1500"), "a", "b", "c", "d")) {
            cluster = running;
            force(NetworkMode.DATACENTER);
            var four = members("a", "b", "c", "d");
            List.of("a", "b", "c", "d").forEach(name -> host(name, "", four));
            awaitEpoch(1, RAFT);
            var client = groups.get("b").client("t");
            done(client.submit("k=1.".getBytes(StandardCharsets.UTF_8)));

            force(NetworkMode.INTERNET);

            awaitEpoch(2, PBFT);
            done(client.submit("k=2.".getBytes(StandardCharsets.UTF_8)));
            assertThat(groups.get("a").status().epoch().tolerance()).isEqualTo(Tolerance.BYZANTINE);

            force(NetworkMode.DATACENTER);
            patiently().during(Duration.ofSeconds(5)).atMost(PATIENCE).untilAsserted(() -> assertThat(groups.get("a").status().epoch().epoch()).isEqualTo(2));
            List.of("a", "b", "d").forEach(name -> groups.get(name).approveDowngrade(RAFT));
            assertThat(done(groups.get("d").switchTo(operator(RAFT))).provider()).isEqualTo(RAFT);
            awaitEpoch(3, RAFT);
            assertThat(new String(done(client.readLinearizable("k".getBytes(StandardCharsets.UTF_8))), StandardCharsets.UTF_8)).isEqualTo("1.2.");
        }
    }

    private record Answer(int status, String out, String err) {
    }

    private Answer at(String node, String... words) throws Exception {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = Client.run(cluster.node(node).home(), List.of(words), out, err);
        return new Answer(status, out.toString(StandardCharsets.UTF_8).strip(), err.toString(StandardCharsets.UTF_8).strip());
    }

    private String must(String node, String... words) throws Exception {
        var answer = at(node, words);
        assertThat(answer.status()).as("%s at %s: %s", List.of(words), node, answer).isZero();
        return answer.out();
    }

    private void refused(String reason, String... words) throws Exception {
        var answer = at("a", words);
        assertThat(answer.status()).as("%s: %s", List.of(words), answer).isNotZero();
        assertThat(answer.out() + answer.err()).contains(reason);
    }

    /** A group of texts by command, on three nodes of which one is started anew, at other ports. */
    @Test
    @Requirement("R-054")
    void areMadeAndUsedByCommandAndHostedAgainAfterARestart() throws Exception {
        try (var running = InJvmCluster.start(folder, Map.of(), "a", "b", "c")) {
            cluster = running;
            for (var name : List.of("a", "b", "c")) {
                must(name, "group", "create", "main", "a", "b", "c", "--provider", RAFT);
            }
            assertThat(must("a", "group", "put", "main", "colour", "blue")).isEmpty();
            assertThat(must("b", "group", "put", "main", "colour", "green")).isEqualTo("blue");
            assertThat(must("c", "group", "get", "main", "colour")).isEqualTo("green");
            assertThat(must("b", "groups")).containsPattern("main +RUNNING +1 +consensus.v1 +3");
            assertThat(must("b", "log", "tail", "main")).contains("shell.").contains("DONE");

            refused("there is no group 'other'", "group", "get", "other", "colour");
            refused("hosted already", "group", "create", "main", "a", "b", "c");
            refused("3 members cannot run " + PBFT, "group", "switch", "main", PBFT);
            refused("consensus.none is not installed", "group", "switch", "main", "consensus.none");
            refused("exceeds 16384", "group", "put", "main", "colour", "x".repeat(16_385));
            refused("is no whole number", "group", "add", "main", "colour", "1");
            refused("is not 1 to 128 characters", "group", "put", "main", "a b", "1");

            cluster.node("b").close();
            assertThat(must("c", "group", "add", "main", "n", "2")).isEqualTo("2");
            cluster.start("b");
            cluster.awaitMesh();
            patiently().atMost(PATIENCE).until(() -> at("b", "groups").out().contains("RUNNING"));
            assertThat(must("b", "group", "add", "main", "n", "3")).isEqualTo("5");
            patiently().atMost(PATIENCE).until(() -> must("b", "group", "get", "main", "colour", "--stale").equals("green"));
            assertThat(must("a", "group", "show", "main")).contains("consensus.v1").contains("commands.count");
        }
    }

    private void force(NetworkMode mode) {
        cluster.nodes().forEach(node -> node.service(HybridManager.class).switchMode(mode, "test"));
    }

    private static SwitchRequest operator(String provider) {
        return new SwitchRequest(provider, List.of(), SwitchRequest.Trigger.OPERATOR, "test");
    }
}
