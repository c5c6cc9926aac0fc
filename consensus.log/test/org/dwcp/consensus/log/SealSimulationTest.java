// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.consensus.log.ChainCore.Effect;
import org.dwcp.consensus.log.ChainCore.Event;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.consensus.TestKeys;
import org.dwcp.testkit.sim.Seeds;
import org.junit.jupiter.api.Test;

/**
 * Switches under load with everything but the production cores left out: members, their disks, messages and the logs of the epochs are lists, and one step of chance after the
 * other decides who does what, who crashes between two effects and what is lost. Then a bug is put in on purpose: a sealed epoch is opened again.
 */
class SealSimulationTest {
    private static final List<TestKeys> KEYS = Stream.of("a", "b", "c").map(TestKeys::of).toList();
    private static final List<Member> MEMBERS = KEYS.stream().map(TestKeys::self).sorted().toList();
    private static final GroupSpec SPEC = new GroupSpec("g", "p1", MEMBERS, 100, 0);
    private static final int QUORUM = Tolerance.CRASH.quorum(MEMBERS.size());
    private static final int EPOCHS = 4;

    /** A client of one member: one command at a time, repeated until it is answered. */
    private static final class Client {
        final String name;
        long sequence;
        boolean opened;

        Client(String name) {
            this.name = name;
        }

        byte[] item() {
            return opened ? new Batch.Order(name, sequence + 1, sequence, text().getBytes(StandardCharsets.UTF_8)).bytes() : new Batch.Open(name, 0).bytes();
        }

        String text() {
            return name + "#" + (sequence + 1);
        }
    }

    /** One member: a crash takes its core and machine, not its disk. */
    private static final class Node {
        final TestKeys keys;
        final World world;
        final Map<Long, byte[]> states = new TreeMap<>();
        final TreeMap<Long, Certificate> certificates = new TreeMap<>();
        final Client client;
        Optional<Statement> seal = Optional.empty();
        ChainCore core;
        Optional<EpochMachine> machine = Optional.empty();
        final List<Runnable> fromMachine = new ArrayList<>();
        Adder adder = new Adder();
        long open;
        int applied;
        boolean reopened;

        Node(TestKeys keys, World world) {
            this.keys = keys;
            this.world = world;
            client = new Client("client-" + id());
            states.put(1L, EpochMachine.initial(SPEC, new Adder()));
        }

        NodeId id() {
            return keys.self().node();
        }

        void start() {
            core = new ChainCore("g", keys, false);
            reopened = false;
            if (world.plantsReopening && (seal.isPresent() || !certificates.isEmpty())) {
                // The planted bug: neither the mark nor the certificate keeps it from opening what was sealed, and its log is read past the seal.
                reopened = true;
                seal = Optional.empty();
                if (!certificates.isEmpty() && states.containsKey(certificates.lastKey())) {
                    certificates.remove(certificates.lastKey());
                }
            }
            long epoch = 1 + certificates.size();
            boolean base = epoch == 1 || states.containsKey(epoch) && Digest.of(states.get(epoch)).equals(certificates.get(epoch - 1).statement().state());
            run(core.step(new Event.Started(EpochHead.first(SPEC, "p1", Tolerance.CRASH), List.copyOf(certificates.values()), seal, base)));
        }

        void crash() {
            core = null;
            stop();
            world.later.add(this::start);
        }

        private void stop() {
            machine.ifPresent(EpochMachine::retire);
            machine = Optional.empty();
            fromMachine.clear();
            open = 0;
        }

        void step(Event event) {
            if (core != null) {
                run(core.step(event));
            }
        }

        private void run(List<Effect> effects) {
            for (Effect effect : effects) {
                if (world.crashes > 0 && world.random.nextInt(100) < 6) {
                    world.crashes--;
                    crash();
                    return;
                }
                carryOut(effect);
            }
        }

        private void carryOut(Effect effect) {
            switch (effect) {
                case Effect.SaveState save -> states.put(save.epoch(), save.base());
                case Effect.SaveSeal save -> seal = Optional.of(save.statement());
                case Effect.SaveCertificate save -> certificates.put(save.certificate().statement().epoch(), save.certificate());
                case Effect.SendSignature send -> send.to().forEach(to -> world.send(to, new Event.Signature(id(), send.statement(), send.signature())));
                case Effect.SendCertificate send -> send.to().forEach(to -> world.send(to, new Event.Certificates(id(), List.of(send.certificate()))));
                case Effect.CloseReplica close -> stop();
                case Effect.OpenReplica opened -> {
                    open = opened.head().epoch();
                    applied = 0;
                    adder = new Adder();
                    var fresh = new EpochMachine("g", opened.head(), adder, (statement, base) -> fromMachine.add(() -> step(new Event.Sealed(statement, base))));
                    fresh.install(0, states.get(open));
                    machine = Optional.of(fresh);
                }
                case Effect.FetchState fetch -> world.later.add(() -> Optional.ofNullable(world.nodes.get(fetch.from()).states.get(fetch.epoch())).ifPresentOrElse(
                        state -> step(new Event.State(fetch.from(), fetch.epoch(), state)), () -> step(new Event.NoState(fetch.from(), fetch.epoch()))));
                case Effect.FetchCertificates fetch -> world.later.add(() -> step(new Event.Certificates(fetch.from(),
                        List.copyOf(world.nodes.get(fetch.from()).certificates.tailMap(fetch.epoch()).values()))));
                case Effect.AskEpochs ask -> ask.of().forEach(of -> world.later.add(() -> step(new Event.PeerAt(of, world.nodes.get(of).open))));
                case Effect.DeleteEpoch delete -> states.remove(delete.epoch());
                case Effect.Leave leave -> stop();
                case Effect.Alarm alarm -> world.wrongs.add("ALARM " + id() + ": " + alarm.what());
            }
        }

        /** Applies the next entry of its epoch's log; the answer goes to its client, which is on this member. */
        void apply() {
            var log = world.logs.getOrDefault(open, List.of());
            if (machine.isEmpty() || applied >= log.size()) {
                return;
            }
            byte[] entry = log.get(applied++);
            var batch = Batch.parse(entry);
            if (reopened && batch.items().getFirst() instanceof Batch.Seal) {
                return;
            }
            var answer = Answer.unpack(machine.get().apply(applied, entry)).getFirst();
            if (batch.proposer().equals(id()) && answer.code() == Answer.Code.DONE) {
                answered(batch.items().getFirst());
            }
            List.copyOf(fromMachine).forEach(Runnable::run);
            fromMachine.clear();
        }

        private void answered(Batch.Item item) {
            if (item instanceof Batch.Open) {
                client.opened = true;
            } else if (item instanceof Batch.Order order && order.sequence() == client.sequence + 1) {
                world.acknowledged.add(client.text());
                client.sequence++;
            }
        }
    }

    /** All members, the logs of the epochs, and what is on its way. */
    private static final class World {
        final Random random;
        final boolean plantsReopening;
        final Map<NodeId, Node> nodes = new TreeMap<>();
        final Map<Long, List<byte[]>> logs = new HashMap<>();
        final List<Runnable> later = new ArrayList<>();
        final List<String> acknowledged = new ArrayList<>();
        final List<String> wrongs = new ArrayList<>();
        int crashes = 12;
        int lossPercent = 20;

        World(long seed, boolean plantsReopening) {
            random = new Random(seed);
            this.plantsReopening = plantsReopening;
            KEYS.forEach(keys -> nodes.put(keys.self().node(), new Node(keys, this)));
        }

        void send(NodeId to, Event event) {
            if (random.nextInt(100) >= lossPercent) {
                later.add(() -> nodes.get(to).step(event));
            }
        }

        /** The epoch's consensus: it orders when a quorum has the epoch open, sealed or not. Sometimes nobody learns of it, so that it is proposed again. */
        void propose(Node by, byte[] item) {
            long there = nodes.values().stream().filter(node -> node.open == by.open).count();
            if (by.open > 0 && there >= QUORUM) {
                logs.computeIfAbsent(by.open, epoch -> new ArrayList<>()).add(Batch.make(by.open, by.keys, false, List.of(item)));
            }
        }

        private Node any() {
            return List.copyOf(nodes.values()).get(random.nextInt(nodes.size()));
        }

        private void step() {
            var node = any();
            switch (random.nextInt(20)) {
                case 0 -> node.step(new Event.Tick());
                case 1, 2, 3 -> propose(node, node.client.item());
                case 4 -> {
                    if (random.nextInt(12) == 0 && node.open > 0 && node.open < EPOCHS) {
                        propose(node, new Batch.Seal(node.open, "p" + (node.open + 1), Tolerance.CRASH, MEMBERS, Map.of(), node.id()).bytes());
                    }
                }
                case 5 -> {
                    if (crashes > 0 && random.nextInt(10) == 0 && node.core != null) {
                        crashes--;
                        node.crash();
                    }
                }
                case 6, 7, 8, 9, 10 -> {
                    if (!later.isEmpty()) {
                        later.remove(random.nextInt(later.size())).run();
                    }
                }
                default -> node.apply();
            }
        }

        private boolean isLevel() {
            long level = nodes.values().iterator().next().open;
            return nodes.values().stream().allMatch(node -> node.core != null && !node.core.isSealed() && node.open == level
                    && node.applied == logs.getOrDefault(node.open, List.of()).size());
        }

        List<String> run() {
            nodes.values().forEach(Node::start);
            for (int count = 0; count < 4_000 && wrongs.isEmpty(); count++) {
                step();
            }
            crashes = 0;
            lossPercent = 0;
            for (int count = 0; count < 40_000 && !isLevel() && wrongs.isEmpty(); count++) {
                var node = any();
                switch (random.nextInt(3)) {
                    case 0 -> node.apply();
                    case 1 -> node.step(new Event.Tick());
                    default -> {
                        if (!later.isEmpty()) {
                            later.removeFirst().run();
                        }
                    }
                }
            }
            if (wrongs.isEmpty()) {
                judge();
            }
            return wrongs;
        }

        private void judge() {
            if (!isLevel()) {
                wrongs.add("STUCK " + nodes.values().stream().map(node -> node.id() + " in " + node.open).toList());
                return;
            }
            for (var node : nodes.values()) {
                var there = node.adder.commands();
                acknowledged.stream().filter(command -> Collections.frequency(there, command) == 0).findFirst()
                        .ifPresent(command -> wrongs.add("LOST " + command + " was acknowledged and is not on " + node.id()));
                there.stream().filter(command -> Collections.frequency(there, command) > 1).findFirst()
                        .ifPresent(command -> wrongs.add("DOUBLED " + command + " on " + node.id()));
            }
        }
    }

    private static List<Seeds.Failure> hunt(String bug, long seeds, boolean plantsReopening) throws InterruptedException {
        var failures = Seeds.range(1, seeds, 3, (seed, tracing) -> new World(seed, plantsReopening).run());
        System.out.println(bug + ": found by seeds " + failures.stream().map(failure -> failure.seed() + " (" + failure.lines().getFirst().split(" ")[0] + ")").toList());
        return failures;
    }

    @Test
    @Requirement("R-306")
    void findsASealedEpochThatIsOpenedAgain() throws InterruptedException {
        var failures = hunt("sealed epoch opened again", 300, true);

        assertThat(failures).isNotEmpty().anySatisfy(failure -> assertThat(failure.lines().getFirst()).containsAnyOf("LOST", "ALARM"));
    }

    @Test
    @Requirement({"R-210", "R-306"})
    void losesAndDoublesNothingWhereNothingIsPlanted() throws InterruptedException {
        assertThat(hunt("nothing planted", Long.getLong("sim.seeds", 60), false)).isEmpty();
    }

    @Test
    void reachesLaterEpochsAndAnswersClients() {
        var reached = new TreeMap<Long, Integer>();
        int answered = 0;
        for (long seed = 1; seed <= 20; seed++) {
            var world = new World(seed, false);
            assertThat(world.run()).isEmpty();
            reached.merge(world.nodes.values().iterator().next().open, 1, Integer::sum);
            answered += world.acknowledged.size();
        }

        assertThat(reached.lastKey()).as("epochs at the end, by how many seeds: %s", reached).isGreaterThan(2L);
        assertThat(answered).isGreaterThan(200);
    }
}
