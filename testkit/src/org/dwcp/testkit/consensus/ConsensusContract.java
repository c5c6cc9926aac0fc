// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every provider of the consensus slot holds, with as many nodes as its {@link #nodes} says. Each node has a provider, keys and a folder of its own.
 * {@snippet :
 * abstract class MyProviderTest extends ConsensusContract {
 *     @Override protected int nodes() {
 *         return 4;
 *     }
 * }
 * }
 */
public abstract class ConsensusContract {
    /** Longest wait for anything. Source: chosen; loaded machines with two cores. */
    protected static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Digest GENESIS = Digest.of("genesis".getBytes(StandardCharsets.US_ASCII));

    /** Folders of the nodes. */
    @TempDir
    protected Path folder;
    /** Nodes by name, in order. */
    protected final Map<String, Host> hosts = new LinkedHashMap<>();
    private Set<String> threadsBefore;

    /** Makes the contract. */
    protected ConsensusContract() {
    }

    /** One node of the test. */
    protected static final class Host {
        /** Its keys. */
        public final TestKeys keys;
        /** Its provider. */
        public Consensus provider;
        /** Its machine. */
        public Recorder machine;
        /** Its replica. */
        public Replica replica;

        Host(TestKeys keys) {
            this.keys = keys;
        }
    }

    /**
     * Tells how many members the test's group has.
     *
     * @return 1 or more
     */
    protected abstract int nodes();

    /**
     * Starts a node's provider as its bundle would.
     *
     * @param node the node; the same again after a stop
     * @return a provider that takes groups
     */
    protected abstract Consensus start(NodeId node);

    /**
     * Stops a provider as its bundle would.
     *
     * @param provider what {@link #start} gave
     */
    protected abstract void stop(Consensus provider);

    /**
     * Gives what the names of all threads of this provider begin with.
     *
     * @return for example {@code consensus.v0}
     */
    protected abstract String threadPrefix();

    /** Starts nodes and replicas. */
    @BeforeEach
    protected final void startAll() {
        threadsBefore = ownThreads();
        IntStream.range(0, nodes()).forEach(i -> hosts.put("n" + i, new Host(TestKeys.of("n" + i))));
        hosts.forEach((name, host) -> host.provider = start(NodeId.of(name)));
        hosts.keySet().forEach(this::openReplica);
    }

    /** Stops everything, and looks for what is left. */
    @AfterEach
    protected final void stopAll() {
        hosts.keySet().forEach(this::shutDown);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(ownThreads()).isSubsetOf(threadsBefore));
        hosts.values().forEach(host -> assertThat(host.machine.faults()).isEmpty());
    }

    private Set<String> ownThreads() {
        return Set.copyOf(Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith(threadPrefix())).toList());
    }

    /**
     * Gives the members that begin.
     *
     * @return in order of name
     */
    protected final List<Member> members() {
        return hosts.values().stream().map(host -> host.keys.self()).sorted().toList();
    }

    /**
     * Describes a node's replica.
     *
     * @param name    the node
     * @param group   the group
     * @param initial the initial state
     * @return group, epoch 1 and the members
     */
    protected final ReplicaSpec spec(String name, String group, byte[] initial) {
        try {
            return new ReplicaSpec(group, 1, GENESIS, members(), hosts.get(name).keys, initial, Files.createDirectories(folder.resolve(name).resolve(group)));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /**
     * Opens a node's replica of the test's group with a new machine.
     *
     * @param name the node
     */
    protected final void openReplica(String name) {
        var host = hosts.get(name);
        host.machine = new Recorder();
        host.replica = host.provider.open(spec(name, "group", new byte[0]), host.machine);
    }

    /**
     * Stops a node's replica and provider.
     *
     * @param name the node
     */
    protected final void shutDown(String name) {
        var host = hosts.get(name);
        if (host.provider != null) {
            stop(host.provider);
            host.provider = null;
        }
    }

    /**
     * Starts a node again.
     *
     * @param name the node
     */
    protected final void comeBack(String name) {
        hosts.get(name).provider = start(NodeId.of(name));
        openReplica(name);
    }

    /**
     * Proposes until it is ordered: for tests in which repeating does no harm.
     *
     * @param name  who proposes
     * @param entry what
     * @return the answer
     */
    protected final String propose(String name, String entry) {
        return patiently(() -> hosts.get(name).replica.propose(entry.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Reads until it is answered.
     *
     * @param name who reads
     * @return the answer
     */
    protected final String read(String name) {
        return patiently(() -> hosts.get(name).replica.readLinearizable(new byte[] {1}));
    }

    /** What a call that may have to wait for a leader. */
    private interface Attempt {
        CompletionStage<byte[]> start();
    }

    private static String patiently(Attempt attempt) {
        var answer = new ArrayList<String>();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            try {
                answer.add(new String(attempt.start().toCompletableFuture().get(10, TimeUnit.SECONDS), StandardCharsets.UTF_8));
                return true;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof DwcpException refused && refused.kind() != DwcpException.Kind.REJECTED) {
                    return false;
                }
                throw e;
            } catch (java.util.concurrent.TimeoutException e) {
                return false;
            }
        });
        return answer.getLast();
    }

    private String anyName() {
        return hosts.keySet().iterator().next();
    }

    @Test
    public void ordersWhatEachMemberProposesOnAllMembersAlike() {
        var proposed = new ArrayList<String>();
        for (int round = 0; round < 5; round++) {
            for (String name : hosts.keySet()) {
                propose(name, name + "-" + round);
                proposed.add(name + "-" + round);
            }
        }

        await().atMost(PATIENCE).untilAsserted(() -> hosts.values().forEach(host ->
                assertThat(host.machine.entries()).isEqualTo(hosts.get(anyName()).machine.entries()).containsAll(proposed)));
    }

    @Test
    public void answersWithWhatTheMachineSaid() {
        propose(anyName(), "first");

        assertThat(Integer.parseInt(propose(anyName(), "second"))).isGreaterThanOrEqualTo(2);
    }

    @Test
    public void ordersManyOutstandingEntriesOnceEach() throws Exception {
        propose(anyName(), "begin");
        var stages = IntStream.range(0, 200).mapToObj(i -> hosts.get(anyName()).replica.propose(("e" + i).getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()).toList();
        int refused = 0;
        for (var stage : stages) {
            try {
                stage.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                assertThat(((ConsensusException) e.getCause()).kind()).isEqualTo(DwcpException.Kind.RETRY);
                refused++;
            }
        }

        propose(anyName(), "end");
        assertThat(entriesUpTo("end").stream().filter(entry -> entry.matches("e[0-9]+")).toList())
                .doesNotHaveDuplicates().hasSize(200 - refused);
        assertThat(refused).isLessThan(200);
    }

    @Test
    public void readsWhatWasAcknowledgedOnAnyMember() {
        for (String writer : hosts.keySet()) {
            propose(writer, "by-" + writer);
            for (String reader : hosts.keySet()) {
                assertThat(read(reader)).as("%s after %s", reader, writer).endsWith("by-" + writer);
            }
        }
    }

    @Test
    public void readsItsOwnStateStale() throws Exception {
        propose(anyName(), "one");

        for (Host host : hosts.values()) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(new String(host.replica.readStale(new byte[] {1}).toCompletableFuture()
                    .get(10, TimeUnit.SECONDS), StandardCharsets.UTF_8)).endsWith("one"));
        }
    }

    @Test
    public void refusesAnEntryOneByteTooLongAndTakesTheLongest() {
        Replica replica = hosts.get(anyName()).replica;
        propose(anyName(), "a".repeat(60_000));

        assertThatThrownBy(() -> replica.propose(new byte[Consensus.ENTRY_BYTES_MAX + 1]).toCompletableFuture().get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ConsensusException.class).cause()
                .satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(ConsensusException.Reason.TOO_LARGE));
        assertThatThrownBy(() -> replica.propose(new byte[0]).toCompletableFuture().get(10, TimeUnit.SECONDS)).cause()
                .satisfies(e -> assertThat(((DwcpException) e).kind()).isEqualTo(DwcpException.Kind.REJECTED));
    }

    /** Gives what a member has applied as soon as it has come to an entry: it may be behind who answered. */
    private List<String> entriesUpTo(String last) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get(anyName()).machine.entries()).endsWith(last));
        return hosts.get(anyName()).machine.entries();
    }

    @Test
    public void keepsEverythingOverARestartOfAll() {
        IntStream.range(0, 20).forEach(i -> propose(anyName(), "kept-" + i));
        List<String> before = entriesUpTo("kept-19");
        hosts.keySet().forEach(this::shutDown);

        hosts.keySet().forEach(this::comeBack);

        assertThat(read(anyName())).endsWith("kept-19");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get(anyName()).machine.entries()).isEqualTo(before));
    }

    @Test
    public void keepsEverythingOverASnapshotAndARestart() throws Exception {
        IntStream.range(0, 20).forEach(i -> propose(anyName(), "old-" + i));
        for (Host host : hosts.values()) {
            assertThat(host.replica.compact().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isPositive();
        }
        propose(anyName(), "new");
        List<String> before = entriesUpTo("new");
        hosts.keySet().forEach(this::shutDown);

        hosts.keySet().forEach(this::comeBack);

        assertThat(read(anyName())).endsWith("new");
        hosts.values().forEach(host -> await().atMost(PATIENCE).untilAsserted(() -> assertThat(host.machine.entries()).isEqualTo(before)));
    }

    @Test
    public void beginsWithTheInitialState() {
        var initial = new Recorder();
        initial.apply(1, "from-before".getBytes(StandardCharsets.UTF_8));
        var machines = new LinkedHashMap<String, Recorder>();
        hosts.forEach((name, host) -> {
            machines.put(name, new Recorder());
            host.provider.open(spec(name, "second", initial.snapshot()), machines.get(name));
        });

        machines.forEach((name, machine) -> await().atMost(PATIENCE).untilAsserted(() -> assertThat(machine.entries()).containsExactly("from-before")));
    }

    @Test
    public void runsTwoGroupsBesideEachOther() {
        var machines = new LinkedHashMap<String, Recorder>();
        var replicas = new ArrayList<Replica>();
        hosts.forEach((name, host) -> {
            machines.put(name, new Recorder());
            replicas.add(host.provider.open(spec(name, "second", new byte[0]), machines.get(name)));
        });
        propose(anyName(), "in-first");
        patiently(() -> replicas.getFirst().propose("in-second".getBytes(StandardCharsets.UTF_8)));

        await().atMost(PATIENCE).untilAsserted(() -> {
            machines.values().forEach(machine -> assertThat(machine.entries()).contains("in-second").doesNotContain("in-first"));
            hosts.values().forEach(host -> assertThat(host.machine.entries()).contains("in-first").doesNotContain("in-second"));
        });
    }

    @Test
    public void refusesASecondReplicaOfTheSameInstance() {
        assertThatThrownBy(() -> hosts.get(anyName()).provider.open(spec(anyName(), "group", new byte[0]), new Recorder()))
                .isInstanceOf(ConsensusException.class).satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(ConsensusException.Reason.BUSY));
    }

    @Test
    public void refusesAListThatHoldsTheNodeWithAnotherKey() throws Exception {
        var host = hosts.get(anyName());
        var impostor = TestKeys.of(anyName());
        var spec = new ReplicaSpec("third", 1, GENESIS, members(), impostor, new byte[0], Files.createDirectories(folder.resolve("third")));

        assertThatThrownBy(() -> host.provider.open(spec, new Recorder())).isInstanceOf(ConsensusException.class)
                .satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(ConsensusException.Reason.NOT_A_MEMBER));
    }

    @Test
    public void answersEveryProposalWhenItIsClosed() {
        propose(anyName(), "begin");
        Replica replica = hosts.get(anyName()).replica;
        var stages = IntStream.range(0, 50).mapToObj(i -> replica.propose(("late" + i).getBytes(StandardCharsets.UTF_8)).toCompletableFuture()).toList();
        var clock = new org.dwcp.testkit.node.TestClock();
        long before = clock.nanoTime();

        replica.close();
        replica.close();

        assertThat(Duration.ofNanos(clock.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
        await().atMost(PATIENCE).until(() -> stages.stream().allMatch(java.util.concurrent.CompletableFuture::isDone));
        assertThatThrownBy(() -> replica.propose(new byte[] {1}).toCompletableFuture().get(10, TimeUnit.SECONDS)).cause()
                .satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(ConsensusException.Reason.CLOSED));
    }

    @Test
    public void saysHowItIs() {
        propose(anyName(), "one");

        await().atMost(PATIENCE).untilAsserted(() -> {
            var status = hosts.get(anyName()).replica.status();
            assertThat(status.quorum()).isTrue();
            assertThat(status.leader()).isPresent();
            assertThat(status.applied()).isPositive();
            assertThat(status.members()).isEqualTo(members());
        });
    }
}
