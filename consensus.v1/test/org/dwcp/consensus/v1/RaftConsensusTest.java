// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.Preparation;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.consensus.ConsensusContract;
import org.dwcp.testkit.consensus.Recorder;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Requirement("R-238")
class RaftConsensusTest extends ConsensusContract {
    private static final int ENTRIES_WITHOUT = 250;

    private final TestCluster cluster = new TestCluster();
    private final Map<NodeId, TestNode> nodes = new HashMap<>();

    @Override
    protected int nodes() {
        return 3;
    }

    @Override
    protected Consensus start(NodeId id) {
        var node = nodes.computeIfAbsent(id, name -> cluster.node(name.value()));
        try {
            var home = Files.createDirectories(folder.resolve(id.value()).resolve("provider"));
            var provider = new RaftConsensus(new RaftSettings("127.0.0.1", 0, 1_000, 2_000, 100_000, 256), node.identity(), node.peers(), home);
            assertThat(provider.port()).as("before a group exists").isZero();
            provider.warmUp();
            node.advertise("consensus", RaftNode.PROVIDER, provider.port());
            return provider;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    protected void stop(Consensus provider) {
        ((RaftConsensus) provider).deactivate();
    }

    @Override
    protected String threadPrefix() {
        return "consensus.v1";
    }

    private String leader() {
        var found = new String[1];
        await().atMost(PATIENCE).until(() -> hosts.entrySet().stream().filter(e -> e.getValue().provider != null
                && e.getValue().replica.status().role() == ReplicaStatus.Role.LEADER).findFirst().map(e -> found[0] = e.getKey()).isPresent());
        return found[0];
    }

    @Test
    void goesOnWithoutItsLeaderAndCatchesUpWhenItIsBack() {
        propose("n0", "before");
        var first = leader();
        shutDown(first);
        var other = hosts.keySet().stream().filter(name -> !name.equals(first)).findFirst().orElseThrow();

        propose(other, "without");
        comeBack(first);

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get(first).machine.entries()).contains("before", "without"));
    }

    /** The two that are left ask whomever leads, over and over, while the library tries to reach the third. */
    @ParameterizedTest
    @ValueSource(strings = {"leader", "follower"})
    void theOthersGoOnUnderLoadWhenAMemberIsGone(String role) throws Exception {
        propose("n0", "before");
        var leader = leader();
        var gone = role.equals("leader") ? leader : hosts.keySet().stream().filter(name -> !name.equals(leader)).findFirst().orElseThrow();
        shutDown(gone);
        var answered = new AtomicInteger();
        var others = hosts.keySet().stream().filter(name -> !name.equals(gone)).toList();

        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = IntStream.range(0, 4).mapToObj(client -> clients.submit(() -> {
                for (int count = 0; count < ENTRIES_WITHOUT; count++) {
                    propose(others.get(client % 2), client + "." + count);
                    answered.incrementAndGet();
                }
            })).toList();
            for (var one : all) {
                one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
        comeBack(gone);

        assertThat(answered).hasValue(4 * ENTRIES_WITHOUT);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get(gone).machine.entries()).contains("3." + (ENTRIES_WITHOUT - 1)));
    }

    /** The library's own linearizable read is answered here for seconds after the quorum is lost (docs/adr/0027); ours must not be answered at all. */
    @Test
    void aLeaderWithoutAQuorumAnswersNoLinearizableReadInAQuietPeriod() throws Exception {
        propose("n0", "settled");
        var leader = leader();
        read(leader);
        hosts.keySet().stream().filter(name -> !name.equals(leader)).forEach(this::shutDown);

        var read = hosts.get(leader).replica.readLinearizable(new byte[] {1}).toCompletableFuture();
        var stale = hosts.get(leader).replica.readStale(new byte[] {1}).toCompletableFuture().get(30, TimeUnit.SECONDS);

        assertThat(new String(stale, StandardCharsets.UTF_8)).endsWith("settled");
        assertThatThrownBy(() -> read.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(ConsensusException.class);
    }

    @Test
    void handsLeadershipOver() throws Exception {
        propose("n0", "one");
        var leader = leader();
        var target = NodeId.of(hosts.keySet().stream().filter(name -> !name.equals(leader)).findFirst().orElseThrow());

        hosts.get(leader).replica.transferLeader(target).toCompletableFuture().get(60, TimeUnit.SECONDS);

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(leader()).isEqualTo(target.value()));
    }

    private ReplicaSpec next(String name, Digest genesis, byte[] initial) {
        try {
            return new ReplicaSpec("next", 2, genesis, Digest.of(new byte[] {2}), members(), hosts.get(name).keys, initial,
                    Files.createDirectories(folder.resolve(name).resolve("next")));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** As while a switch is prepared: nobody has the certificate yet. */
    private Map<String, Preparation> prepared() {
        var preparations = new HashMap<String, Preparation>();
        hosts.forEach((name, host) -> preparations.put(name, host.provider.prepare(next(name, Digest.ZERO, new byte[0]))));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(preparations.values()).extracting(Preparation::missing).containsOnly(""));
        return preparations;
    }

    private Recorder begin(String name, Map<String, Replica> replicas) {
        var before = new Recorder();
        before.apply(1, "before".getBytes(StandardCharsets.UTF_8));
        var machine = new Recorder();
        replicas.put(name, hosts.get(name).provider.open(next(name, Digest.of(new byte[] {1}), before.snapshot()), machine));
        return machine;
    }

    private static void ordered(Replica replica, String entry) throws Exception {
        replica.propose(entry.getBytes(StandardCharsets.UTF_8)).toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void aPreparedEpochHasItsLeaderBeforeItBeginsAndEachMemberAppliesFromItsBeginning() throws Exception {
        var preparations = prepared();
        var replicas = new HashMap<String, Replica>();
        var machines = new HashMap<String, Recorder>();
        machines.put("n0", begin("n0", replicas));
        var leader = replicas.get("n0").status().leader().orElseThrow().value();
        var late = leader.equals("n2") ? "n1" : "n2"; // its certificate comes late; the leader's must not, as it answers
        var other = late.equals("n2") ? "n1" : "n2";

        machines.put(other, begin(other, replicas));
        ordered(replicas.get("n0"), "one");
        machines.put(late, begin(late, replicas));
        preparations.values().forEach(Preparation::close);
        ordered(replicas.get(late), "two");

        assertThat(machines).allSatisfy((name, machine) -> await().atMost(PATIENCE).untilAsserted(() ->
                assertThat(machine.entries()).as(name).containsExactly("before", "one", "two")));
    }

    /** A member may have acknowledged what was ordered while it had no certificate: that must not go when the preparation does. */
    @Test
    void whatAMemberTookBeforeItsEpochBeganIsThereWhenItBeginsLater() throws Exception {
        var preparations = prepared();
        var replicas = new HashMap<String, Replica>();
        begin("n0", replicas);
        var leader = replicas.get("n0").status().leader().orElseThrow().value();
        var late = leader.equals("n2") ? "n1" : "n2";
        var other = late.equals("n2") ? "n1" : "n2";
        begin(other, replicas);
        ordered(replicas.get("n0"), "one");
        preparations.get(late).close();
        replicas.get(leader.equals("n0") ? other : "n0").close();

        var machine = begin(late, replicas);
        ordered(replicas.get(late), "two"); // these two are a quorum

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(machine.entries()).containsExactly("before", "one", "two"));
    }

    /** A half-written record, and the zeros that the library writes ahead. */
    @Test
    void goesOnWhenAPowerCutHasTornTheEndOfItsLog() throws Exception {
        propose("n0", "kept");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get("n1").machine.entries()).contains("kept"));
        shutDown("n1");
        try (var files = Files.walk(folder.resolve("n1"))) {
            var log = files.filter(file -> file.getFileName().toString().startsWith("log_inprogress")).findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(log);
            int end = bytes.length;
            while (bytes[end - 1] == 0) {
                end--;
            }
            bytes = java.util.Arrays.copyOf(bytes, end + 1_000);
            bytes[end] = 100; // a length, and a part of what is so long
            java.util.Arrays.fill(bytes, end + 1, end + 40, (byte) 7);
            Files.write(log, bytes);
        }

        comeBack("n1");
        propose("n1", "after");

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get("n1").machine.entries()).contains("kept", "after"));
    }

    @Test
    void refusesToPrepareWhatRuns() {
        assertThatThrownBy(() -> hosts.get("n0").provider.prepare(spec("n0", "group", new byte[0]))).isInstanceOf(ConsensusException.class)
                .satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(ConsensusException.Reason.BUSY));
    }
}
