// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Command;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.SwitchRequest;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.consensus.TestKeys;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups over providers that order in memory: everything above the provider is the production code, with its disk. */
class GroupRuntimeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CRASH = "consensus.crash";
    private static final String LIES = "consensus.lies";
    private static final GroupSettings SETTINGS = new GroupSettings(4, Duration.ofSeconds(60), Duration.ofSeconds(2), Duration.ofMillis(5), Duration.ofMillis(50),
            Duration.ZERO, Duration.ofMillis(300), Duration.ofSeconds(10), 100_000);
    private GroupSettings settings = SETTINGS;

    @TempDir
    Path folder;
    private final SequencedConsensus.Sequencer sequencer = new SequencedConsensus.Sequencer();
    private final Map<String, TestKeys> keys = new TreeMap<>();
    private final Map<NodeId, GroupRuntime> groups = new ConcurrentHashMap<>();
    private final Map<String, Adder> adders = new HashMap<>();
    private final Map<String, String> wanted = new ConcurrentHashMap<>();
    private List<String> firstMembers = List.of();

    @AfterEach
    void closeAll() {
        groups.values().forEach(GroupRuntime::close);
    }

    private final class Installed implements Providers {
        private final String node;
        private final Map<String, Consensus> all = Map.of(CRASH, new SequencedConsensus(sequencer, Tolerance.CRASH), LIES,
                new SequencedConsensus(sequencer, Tolerance.BYZANTINE));

        Installed(String node) {
            this.node = node;
        }

        @Override
        public Optional<Held> hold(String name) {
            return Optional.ofNullable(all.get(name)).filter(c -> !sequencer.stopped.contains(node + name)).map(consensus -> new Held() {
                @Override
                public Consensus provider() {
                    return consensus;
                }

                @Override
                public boolean isThere() {
                    return !sequencer.stopped.contains(node + name);
                }

                @Override
                public void close() {
                }
            });
        }

        @Override
        public Optional<String> wanted(String group) {
            return Optional.ofNullable(wanted.get(node));
        }
    }

    private GroupSpec spec() {
        return new GroupSpec("g", CRASH, members(firstMembers), 100, 0);
    }

    private List<Member> members(List<String> names) {
        return names.stream().map(name -> keys.computeIfAbsent(name, TestKeys::of).self()).sorted().toList();
    }

    private void start(String... names) {
        firstMembers = List.of(names);
        members(firstMembers);
        firstMembers.forEach(this::host);
    }

    private GroupRuntime host(String name) {
        var adder = new Adder();
        adders.put(name, adder);
        keys.computeIfAbsent(name, TestKeys::of);
        var store = new ChainStore(folder.resolve(name));
        boolean joining = store.group().isEmpty() && !firstMembers.contains(name);
        var record = store.group().map(GroupRecord::parse).orElseGet(() -> new GroupRecord(spec(), CRASH, Tolerance.CRASH, EpochMachine.initial(spec(), new Adder())));
        store.saveGroup(record.bytes());
        store.saveState(1, record.initial());
        Wire wire = (peer, question) -> {
            if (sequencer.cut.contains(peer) || sequencer.cut.contains(NodeId.of(name)) || !groups.containsKey(peer)) {
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "no way to " + peer);
            }
            return Questions.answer(NodeId.of(name), question, groups.get(peer));
        };
        var runtime = new GroupRuntime(new GroupRuntime.Parts(record, adder, store, keys.get(name), new Installed(name), wire, new TestClock(),
                new java.util.Random(name.hashCode() + System.identityHashCode(adder)), settings, () -> { }), joining);
        groups.put(NodeId.of(name), runtime);
        return runtime;
    }

    private GroupRuntime group(String name) {
        return groups.get(NodeId.of(name));
    }

    private void crash(String name) {
        groups.remove(NodeId.of(name)).close();
    }

    private static String get(CompletionStage<byte[]> stage) throws Exception {
        return new String(stage.toCompletableFuture().get(60, TimeUnit.SECONDS), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static SwitchRequest to(String provider) {
        return new SwitchRequest(provider, List.of(), SwitchRequest.Trigger.OPERATOR, "test");
    }

    private void allAt(long epoch, String... names) {
        for (String name : names) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(group(name).status().epoch().epoch()).as(name + " " + group(name).status()).isEqualTo(epoch);
                assertThat(group(name).status().phase()).as(name).isIn(GroupStatus.Phase.RUNNING, GroupStatus.Phase.PREPARING);
            });
        }
    }

    private void allHave(List<String> commands, String... names) {
        for (String name : names) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(adders.get(name).commands()).as(name).containsExactlyInAnyOrderElementsOf(commands));
        }
        for (String name : names) {
            assertThat(adders.get(name).commands()).isEqualTo(adders.get(names[0]).commands());
        }
    }

    @Test
    void answersCommandsAndReads() throws Exception {
        start("a", "b", "c");
        try (var client = group("a").client("t")) {
            assertThat(get(client.submit(bytes("one")))).isEqualTo("1");
            assertThat(get(group("b").client("u").submit(bytes("two")))).isEqualTo("2");
            assertThat(get(client.readLinearizable(bytes("?")))).isEqualTo("2");
            assertThat(get(client.readStale(bytes("?")))).isIn("1", "2");
            assertThatThrownBy(() -> get(client.submit(bytes("refuse")))).cause().hasMessage("no");
        }
    }

    @Test
    @Requirement("R-206")
    void commandsTakeEffectOnceWhenAnswersGetLostAndEntriesAreOrderedTwice() throws Exception {
        sequencer.forgetEvery = 3;
        sequencer.doubleEvery = 2;
        start("a", "b", "c");
        var expected = new ArrayList<String>();
        var stages = new ArrayList<CompletableFuture<byte[]>>();
        for (String node : List.of("a", "b", "c")) {
            var client = group(node).client("t");
            for (int i = 0; i < 200; i++) {
                expected.add(node + i);
                stages.add(client.submit(bytes(node + i)).toCompletableFuture());
            }
        }
        for (var stage : stages) {
            stage.get(60, TimeUnit.SECONDS);
        }

        allHave(expected, "a", "b", "c");
    }

    @Test
    void manyCommandsTravelInOneEntry() throws Exception {
        start("a");
        var client = group("a").client("t");
        get(client.submit(bytes("first")));
        var stages = new ArrayList<CompletableFuture<byte[]>>();
        for (int i = 0; i < 500; i++) {
            stages.add(client.submit(bytes("c" + i)).toCompletableFuture());
        }
        for (var stage : stages) {
            stage.get(60, TimeUnit.SECONDS);
        }

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(group("a").status().figures().get("items.count")).isGreaterThanOrEqualTo(500));
        assertThat(group("a").status().figures().get("entries.count")).isLessThan(400);
    }

    @Test
    @Requirement({"R-120", "R-210", "R-206", "R-214"})
    void switchesUnderLoadToLiesAndBackLosingAndDoublingNothing() throws Exception {
        sequencer.forgetEvery = 17;
        start("a", "b", "c", "d");
        var expected = new ArrayList<String>();
        var stages = new ArrayList<CompletableFuture<byte[]>>();
        var clients = new HashMap<String, org.dwcp.api.consensus.GroupClient>();
        for (int round = 0; round < 6; round++) {
            String next = round % 2 == 0 ? LIES : CRASH;
            for (String node : List.of("a", "b", "c", "d")) {
                for (int i = 0; i < 50; i++) {
                    expected.add(node + "-" + round + "-" + i);
                    stages.add(clients.computeIfAbsent(node, n -> group(n).client("t")).submit(bytes(expected.getLast())).toCompletableFuture());
                }
                if (next.equals(CRASH)) {
                    group(node).approveDowngrade(CRASH);
                }
            }
            assertThat(group("b").switchTo(to(next)).toCompletableFuture().get(60, TimeUnit.SECONDS).provider()).isEqualTo(next);
            allAt(2 + round, "a", "b", "c", "d");
        }
        for (var stage : stages) {
            stage.get(60, TimeUnit.SECONDS);
        }

        allHave(expected, "a", "b", "c", "d");
        assertThat(group("a").epochs()).hasSize(7).allSatisfy(e -> assertThat(e.epoch() == 1 || e.signers().size() >= 3).isTrue());
        // Who signed may differ from member to member, what was signed may not.
        assertThat(group("a").epochs()).extracting(org.dwcp.api.consensus.EpochInfo::genesis)
                .isEqualTo(group("d").epochs().stream().map(org.dwcp.api.consensus.EpochInfo::genesis).toList());
    }

    /** Nothing but the seal is ordered, and nothing comes behind it that would tell the followers. */
    @Test
    void aSealReachesMembersThatLearnWhatWasOrderedWithTheNextEntryOnly() throws Exception {
        start("a", "b", "c", "d");
        get(group("b").client("t").submit(bytes("one")));
        sequencer.lazy = true;

        assertThat(group("b").switchTo(to(LIES)).toCompletableFuture().get(60, TimeUnit.SECONDS).provider()).isEqualTo(LIES);

        allAt(2, "a", "b", "c", "d");
    }

    @Test
    void aMemberThatMissedTheSealFetchesAndVerifiesTheState() throws Exception {
        start("a", "b", "c");
        var client = group("a").client("t");
        get(client.submit(bytes("one")));
        sequencer.cut.add(NodeId.of("c"));
        get(client.submit(bytes("two")));
        group("a").switchTo(to(CRASH)).toCompletableFuture().get(60, TimeUnit.SECONDS);
        get(client.submit(bytes("three")));
        group("a").switchTo(to(CRASH)).toCompletableFuture().get(60, TimeUnit.SECONDS);
        get(client.submit(bytes("four")));
        assertThat(group("c").status().epoch().epoch()).isEqualTo(1);

        sequencer.cut.clear();

        allAt(3, "a", "b", "c");
        allHave(List.of("one", "two", "three", "four"), "a", "b", "c");
    }

    @Test
    void aRestartedMemberGoesOnInTheEpochOfItsCertificate() throws Exception {
        start("a", "b", "c");
        var client = group("a").client("t");
        get(client.submit(bytes("one")));
        group("a").switchTo(to(CRASH)).toCompletableFuture().get(60, TimeUnit.SECONDS);
        allAt(2, "a", "b", "c");
        crash("b");
        get(client.submit(bytes("two")));

        host("b");

        allAt(2, "b");
        allHave(List.of("one", "two"), "a", "b", "c");
    }

    @Test
    @Requirement("R-208")
    void waitsForAQuorumAndSaysSo() throws Exception {
        start("a", "b", "c");
        var client = group("a").client("t");
        get(client.submit(bytes("one")));
        sequencer.cut.add(NodeId.of("b"));
        var running = group("a").switchTo(to(CRASH)).toCompletableFuture();
        await().atMost(PATIENCE).until(() -> group("a").head().epoch() == 2 || group("a").status().note().contains("waits"));
        running.get(60, TimeUnit.SECONDS);
        allAt(2, "a", "c");

        sequencer.cut.add(NodeId.of("c"));
        var refused = group("a").switchTo(to(CRASH)).toCompletableFuture();
        assertThatThrownBy(() -> refused.get(60, TimeUnit.SECONDS)).cause().hasMessageContaining("nothing has changed");
        var late = client.submit(bytes("two")).toCompletableFuture();
        assertThat(group("a").status().epoch().epoch()).isEqualTo(2);
        assertThat(late).isNotDone();

        sequencer.cut.clear();
        assertThat(get(late)).isEqualTo("2");
    }

    private static Reason reasonOf(CompletionStage<?> stage) throws Exception {
        try {
            stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
            throw new AssertionError("it was not refused");
        } catch (java.util.concurrent.ExecutionException e) {
            return ((ConsensusException) e.getCause()).reason();
        }
    }

    @Test
    void refusesWhatCannotBeAndLeavesEverythingAsItWas() throws Exception {
        start("a", "b", "c");
        var client = group("a").client("t");
        get(client.submit(bytes("one")));

        assertThat(reasonOf(group("a").switchTo(to(LIES)))).isEqualTo(Reason.TOO_FEW_MEMBERS);
        assertThat(reasonOf(group("a").switchTo(to("consensus.none")))).isEqualTo(Reason.UNSUPPORTED);
        sequencer.stopped.add("b" + CRASH + "x");
        assertThat(reasonOf(client.submit(new Command("x.1", 7, 6, bytes("x"))))).isEqualTo(Reason.SESSION_EXPIRED);
        assertThatThrownBy(() -> new Command("x.1", 1, 0, new byte[Command.BODY_BYTES_MAX + 1])).isInstanceOf(ConsensusException.class);
        assertThat(reasonOf(client.submit(new byte[Command.BODY_BYTES_MAX + 1]))).isEqualTo(Reason.TOO_LARGE);

        assertThat(group("a").status().phase()).isEqualTo(GroupStatus.Phase.RUNNING);
        assertThat(get(client.submit(bytes("two")))).isEqualTo("2");
    }

    @Test
    void answersARepeatedCommandFromTheTableAlsoInTheNextEpoch() throws Exception {
        start("a", "b", "c");
        var client = group("a").client("t");
        var command = new Command("mine.1", 1, 0, bytes("one"));
        assertThat(get(client.submit(command))).isEqualTo("1");
        get(client.submit(bytes("between")));
        group("a").switchTo(to(CRASH)).toCompletableFuture().get(60, TimeUnit.SECONDS);

        assertThat(get(group("b").client("u").submit(command))).isEqualTo("1");
        assertThat(reasonOf(client.submit(new Command("mine.1", 3, 2, bytes("three"))).thenCompose(x -> client.submit(command)))).isEqualTo(Reason.STALE_SEQUENCE);
    }

    /** A seal whose answer got lost is repeated, and lands in the next epoch: that must not end, too. */
    @Test
    void refusesAReplayedSeal() throws Exception {
        start("a", "b", "c");
        get(group("a").client("t").submit(bytes("one")));
        var seal = new Batch.Seal(1, CRASH, Tolerance.CRASH, group("a").members(), Map.of(), NodeId.of("a"));
        group("a").seal(seal);
        allAt(2, "a", "b", "c");

        var answer = group("b").seal(seal).get(60, TimeUnit.SECONDS);

        assertThat(answer.code()).isEqualTo(Answer.Code.DENIED);
        assertThat(answer.text()).contains("the seal is for epoch 1");
        allAt(2, "a", "b", "c");
    }

    @Test
    @Requirement("R-059")
    void lowersToleranceOnlyWithApprovals() throws Exception {
        start("a", "b", "c", "d");
        group("a").switchTo(to(LIES)).toCompletableFuture().get(60, TimeUnit.SECONDS);
        allAt(2, "a", "b", "c", "d");

        assertThat(reasonOf(group("a").switchTo(to(CRASH)))).isEqualTo(Reason.TRUST_DOWNGRADE);
        var forged = new Batch.Seal(2, CRASH, Tolerance.CRASH, group("a").members(), Map.of(NodeId.of("b"), new byte[64]), NodeId.of("a"));
        assertThat(group("a").seal(forged).get(60, TimeUnit.SECONDS).code()).isEqualTo(Answer.Code.DENIED);
        for (String name : List.of("a", "b", "c")) {
            group(name).approveDowngrade(CRASH);
        }
        assertThat(group("a").switchTo(to(CRASH)).toCompletableFuture().get(60, TimeUnit.SECONDS).epoch()).isEqualTo(3);
    }

    @Test
    void growsFromThreeToFourBeforeItSealsForLies() throws Exception {
        start("a", "b", "c");
        get(group("a").client("t").submit(bytes("one")));
        host("d");
        await().atMost(PATIENCE).until(() -> group("d").status().replica().isPresent());

        group("a").switchTo(new SwitchRequest(LIES, members(List.of("a", "b", "c", "d")), SwitchRequest.Trigger.OPERATOR, "grow")).toCompletableFuture()
                .get(60, TimeUnit.SECONDS);

        allAt(2, "a", "b", "c", "d");
        assertThat(get(group("d").client("t").submit(bytes("two")))).isEqualTo("2");
        allHave(List.of("one", "two"), "a", "b", "c", "d");
    }

    @Test
    @Requirement("R-214")
    void followsTheRoutingUpwardsByItselfAndNeverDown() throws Exception {
        start("a", "b", "c", "d");
        get(group("a").client("t").submit(bytes("one")));
        List.of("a", "b", "c", "d").forEach(name -> wanted.put(name, LIES));
        allAt(2, "a", "b", "c", "d");
        assertThat(group("a").status().epoch().provider()).isEqualTo(LIES);

        List.of("a", "b", "c", "d").forEach(name -> wanted.put(name, CRASH));
        assertThat(get(group("b").client("t").submit(bytes("two")))).isEqualTo("2");
        assertThat(group("a").status().epoch().epoch()).isEqualTo(2);
    }

    /** The leader orders nothing for longer than the deadline: the group goes on where it can, and what was waiting takes effect once. */
    @Test
    @Requirement({"R-076", "R-206"})
    void fallsBackToMoreToleranceWhenNothingIsAnsweredAnyMore() throws Exception {
        settings = new GroupSettings(4, Duration.ofSeconds(60), Duration.ofSeconds(2), Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofHours(1),
                Duration.ofMillis(300), Duration.ofSeconds(10), 100_000);
        List.of("a", "b", "c", "d").forEach(name -> wanted.put(name, LIES));
        start("a", "b", "c", "d");
        get(group("b").client("t").submit(bytes("one")));
        assertThat(group("b").status().epoch().epoch()).isEqualTo(1);
        sequencer.blocked = true;
        var late = group("b").client("t").submit(bytes("two")).toCompletableFuture();
        await().atMost(PATIENCE).until(() -> group("b").status().note().contains("waits for its seal"));
        assertThat(late).isNotDone();

        sequencer.blocked = false; // another leader

        assertThat(get(late)).isEqualTo("2");
        allAt(2, "a", "b", "c", "d");
        assertThat(group("a").status().epoch().provider()).isEqualTo(LIES);
        allHave(List.of("one", "two"), "a", "b", "c", "d");
    }

    @Test
    void opensAnewWhenTheProviderComesBack() throws Exception {
        start("a", "b", "c");
        var client = group("a").client("t");
        get(client.submit(bytes("one")));
        sequencer.stopped.add("a" + CRASH);
        await().atMost(PATIENCE).until(() -> group("a").status().replica().isEmpty());
        var late = client.submit(bytes("two"));
        assertThat(group("a").status().note()).contains("not installed");

        sequencer.stopped.clear();

        assertThat(get(late)).isEqualTo("2");
    }
}
