// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.consensus.log.ChainCore.Effect;
import org.dwcp.consensus.log.ChainCore.Event;
import org.dwcp.testkit.consensus.TestKeys;
import org.junit.jupiter.api.Test;

/** The core of the switch with nothing around it: members, their disks and messages are lists here, and a crash comes between any two effects. */
class ChainCoreTest {
    private static final List<TestKeys> KEYS = Stream.of("a", "b", "c", "d").map(TestKeys::of).toList();

    /** One member: its core is lost in a crash, its disk is not. */
    private static final class Node {
        final TestKeys keys;
        final World world;
        final Map<Long, byte[]> states = new TreeMap<>();
        final Map<Long, Certificate> certificates = new TreeMap<>();
        Optional<Statement> seal = Optional.empty();
        ChainCore core;
        long open;
        final List<String> wrongs = new ArrayList<>();

        Node(TestKeys keys, World world) {
            this.keys = keys;
            this.world = world;
        }

        void start() {
            core = new ChainCore("g", keys, false);
            open = 0;
            long epoch = 1 + certificates.size();
            boolean base = epoch == 1 || states.containsKey(epoch) && Digest.of(states.get(epoch)).equals(certificates.get(epoch - 1).statement().state());
            run(core.step(new Event.Started(world.first, List.copyOf(certificates.values()), seal, base)));
        }

        void step(Event event) {
            if (core != null) {
                run(core.step(event));
            }
        }

        void run(List<Effect> effects) {
            for (Effect effect : effects) {
                if (world.crashes > 0 && world.random.nextInt(100) < world.crashPercent) {
                    world.crashes--;
                    core = null;
                    open = 0;
                    world.later.add(this::start);
                    return;
                }
                carryOut(effect);
            }
        }

        private NodeId self() {
            return keys.self().node();
        }

        private void carryOut(Effect effect) {
            switch (effect) {
                case Effect.SaveState save -> states.put(save.epoch(), save.base());
                case Effect.SaveSeal save -> {
                    if (!states.containsKey(save.statement().epoch() + 1)) {
                        wrongs.add("marked a seal without its state");
                    }
                    seal = Optional.of(save.statement());
                }
                case Effect.SaveCertificate save -> certificates.put(save.certificate().statement().epoch(), save.certificate());
                case Effect.SendSignature send -> {
                    if (!seal.equals(Optional.of(send.statement()))) {
                        wrongs.add("signed before the mark was durable");
                    }
                    send.to().forEach(to -> world.send(to, new Event.Signature(self(), send.statement(), send.signature())));
                }
                case Effect.SendCertificate send -> send.to().forEach(to -> world.send(to, new Event.Certificates(self(), List.of(send.certificate()))));
                case Effect.CloseReplica close -> open = 0;
                case Effect.OpenReplica opened -> {
                    long epoch = opened.head().epoch();
                    if (certificates.containsKey(epoch)) {
                        wrongs.add("opened epoch " + epoch + ", which is certified to be over");
                    }
                    if (epoch > 1 && !Digest.of(states.get(epoch)).equals(certificates.get(epoch - 1).statement().state())) {
                        wrongs.add("opened epoch " + epoch + " with another state than certified");
                    }
                    open = epoch;
                    // The provider replays: a machine that had reached the seal reaches it again.
                    world.later.add(() -> world.replay(this, epoch));
                }
                case Effect.FetchState fetch -> world.later.add(() -> Optional.ofNullable(world.nodes.get(fetch.from()).states.get(fetch.epoch()))
                        .ifPresentOrElse(state -> step(new Event.State(fetch.from(), fetch.epoch(), state)), () -> step(new Event.NoState(fetch.from(), fetch.epoch()))));
                case Effect.FetchCertificates fetch -> world.later.add(() -> step(new Event.Certificates(fetch.from(),
                        world.nodes.get(fetch.from()).certificates.values().stream().filter(c -> c.statement().epoch() >= fetch.epoch()).toList())));
                case Effect.AskEpochs ask -> ask.of().forEach(of -> world.later.add(() -> step(new Event.PeerAt(of, world.nodes.get(of).open))));
                case Effect.DeleteEpoch delete -> {
                    long there = world.nodes.values().stream().filter(n -> n.certificates.containsKey(delete.epoch())).count();
                    if (there < world.tolerance.quorum(world.nodes.size())) {
                        wrongs.add("deleted epoch " + delete.epoch() + " while " + there + " know that it is over");
                    }
                    states.remove(delete.epoch());
                }
                case Effect.Leave leave -> open = 0;
                case Effect.Alarm alarm -> wrongs.add(alarm.what());
            }
        }
    }

    /** All members, and what is on its way. */
    private static final class World {
        final Random random;
        final Tolerance tolerance;
        final EpochHead first;
        final Map<NodeId, Node> nodes = new TreeMap<>();
        final List<Runnable> later = new ArrayList<>();
        final Map<Long, Statement> seals = new HashMap<>();
        int crashes;
        int crashPercent;
        int lossPercent;

        World(long seed, Tolerance tolerance, int count) {
            random = new Random(seed);
            this.tolerance = tolerance;
            var members = KEYS.subList(0, count).stream().map(TestKeys::self).toList();
            first = EpochHead.first(new GroupSpec("g", "p1", members, 10, 0), "p1", tolerance);
            KEYS.subList(0, count).forEach(keys -> nodes.put(keys.self().node(), new Node(keys, this)));
        }

        void send(NodeId to, Event event) {
            if (random.nextInt(100) >= lossPercent) {
                later.add(() -> nodes.get(to).step(event));
                if (random.nextInt(10) == 0) {
                    later.add(() -> nodes.get(to).step(event)); // doubled
                }
            }
        }

        static byte[] state(long epoch) {
            return ("state of " + epoch).getBytes(StandardCharsets.UTF_8);
        }

        void seal(EpochHead head) {
            seals.put(head.epoch(), new Statement("g", head.epoch(), head.genesis(), 100 * head.epoch(), head.members(), head.tolerance(), "p" + (head.epoch() + 1),
                    head.tolerance(), head.members(), Digest.of(state(head.epoch() + 1))));
        }

        void replay(Node node, long epoch) {
            if (node.core != null && node.open == epoch && seals.containsKey(epoch)) {
                node.step(new Event.Sealed(seals.get(epoch), state(epoch + 1)));
            }
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                if (later.isEmpty() || random.nextInt(20) == 0) {
                    var all = List.copyOf(nodes.values());
                    var node = all.get(random.nextInt(all.size()));
                    node.step(new Event.Tick());
                    replay(node, node.open);
                } else {
                    later.remove(random.nextInt(later.size())).run();
                }
            }
        }
    }

    @Test
    void everyMemberReachesTheNextEpochWhateverCrashesBetweenTwoEffects() {
        for (int seed = 0; seed < 150; seed++) {
            var world = new World(seed, seed % 2 == 0 ? Tolerance.CRASH : Tolerance.BYZANTINE, seed % 2 == 0 ? 3 : 4);
            world.crashes = 25;
            world.crashPercent = 8;
            world.lossPercent = 20;
            world.nodes.values().forEach(Node::start);
            for (long epoch = 1; epoch <= 3; epoch++) {
                long now = epoch;
                world.run(60);
                var head = world.nodes.values().stream().filter(n -> n.core != null && n.core.head().epoch() == now).map(n -> n.core.head()).findFirst();
                head.ifPresent(world::seal);
                for (int round = 0; round < 200 && world.nodes.values().stream().anyMatch(n -> n.open != now + 1); round++) {
                    world.run(50);
                }
                assertThat(world.nodes.values()).as("seed %d epoch %d", seed, epoch).allSatisfy(node -> {
                    assertThat(node.wrongs).isEmpty();
                    assertThat(node.open).isEqualTo(now + 1);
                    assertThat(node.core.head().genesis()).isEqualTo(world.seals.get(now).genesis());
                });
            }
        }
    }

    private static Statement statement(EpochHead head, String state) {
        return new Statement("g", head.epoch(), head.genesis(), 9, head.members(), head.tolerance(), "p2", head.tolerance(), head.members(),
                Digest.of(state.getBytes(StandardCharsets.UTF_8)));
    }

    private static Certificate certificate(Statement statement, int... signers) {
        var signatures = new TreeMap<NodeId, byte[]>();
        IntStream.of(signers).forEach(i -> signatures.put(KEYS.get(i).self().node(), KEYS.get(i).sign(statement.toSign())));
        return new Certificate(statement, signatures);
    }

    @Test
    void refusesCertificatesThatDoNotHold() {
        var head = new World(1, Tolerance.CRASH, 3).first;
        var good = statement(head, "s");
        certificate(good, 0, 1).check("g", head);

        assertThatThrownBy(() -> certificate(good, 0).check("g", head)).isInstanceOf(ConsensusException.class).hasMessageContaining("no quorum");
        assertThatThrownBy(() -> certificate(good, 0, 1).check("other", head)).hasMessageContaining("not epoch 1 of other");
        assertThatThrownBy(() -> certificate(good, 0, 1).check("g", good.nextHead())).hasMessageContaining("ends epoch 1");
        assertThatThrownBy(() -> certificate(good, 0, 3).check("g", head)).hasMessageContaining("who is no member");
        var forged = new TreeMap<>(certificate(good, 0, 1).signatures());
        forged.put(KEYS.get(1).self().node(), KEYS.get(0).sign(good.toSign()));
        assertThatThrownBy(() -> new Certificate(good, forged).check("g", head)).hasMessageContaining("wrong signature of b");
        var other = new EpochHead(1, "p1", Tolerance.CRASH, head.members(), Digest.ZERO);
        assertThatThrownBy(() -> certificate(good, 0, 1).check("g", other)).hasMessageContaining("follows epoch");
    }

    /** 2f+1 of the new members must vouch for what a Byzantine-tolerant epoch begins with, though the old epoch needed fewer. */
    @Test
    void needsMoreSignaturesForAnEpochThatSurvivesLies() {
        var members = KEYS.stream().map(TestKeys::self).toList();
        var head = EpochHead.first(new GroupSpec("g", "p1", members, 10, 0), "p1", Tolerance.CRASH);
        var five = Stream.concat(members.stream(), Stream.of(TestKeys.of("e").self())).sorted().toList();
        var statement = new Statement("g", 1, head.genesis(), 9, members, Tolerance.CRASH, "p2", Tolerance.BYZANTINE, members, Digest.ZERO);

        assertThat(Certificate.suffices(statement, List.of(NodeId.of("a"), NodeId.of("b")))).isFalse();
        assertThat(Certificate.suffices(statement, List.of(NodeId.of("a"), NodeId.of("b"), NodeId.of("c")))).isTrue();
        assertThat(Tolerance.BYZANTINE.quorum(five.size())).isEqualTo(4);
    }

    @Test
    void stopsWithAnAlarmWhenAQuorumCertifiedAnotherState() {
        var world = new World(3, Tolerance.CRASH, 3);
        var node = world.nodes.get(NodeId.of("c"));
        node.start();
        node.step(new Event.Sealed(statement(world.first, "mine"), "mine".getBytes(StandardCharsets.UTF_8)));

        node.step(new Event.Certificates(NodeId.of("a"), List.of(certificate(statement(world.first, "theirs"), 0, 1))));

        assertThat(node.core.isBroken()).isTrue();
        assertThat(node.wrongs).singleElement().asString().contains("certified epoch 1");
        assertThat(node.certificates).isEmpty();
    }

    @Test
    void refusesAFetchedStateWithAnotherDigestAndAsksSomebodyElse() {
        var world = new World(4, Tolerance.CRASH, 3);
        var node = world.nodes.get(NodeId.of("c"));
        node.start();
        var statement = statement(world.first, "good");
        node.step(new Event.Certificates(NodeId.of("a"), List.of(certificate(statement, 0, 1))));
        assertThat(node.core.isWaitingForState()).isTrue();

        node.step(new Event.State(NodeId.of("a"), 2, "bad".getBytes(StandardCharsets.UTF_8)));
        assertThat(node.core.isWaitingForState()).isTrue();
        assertThat(node.wrongs).singleElement().asString().contains("certified digest");
        node.step(new Event.State(NodeId.of("b"), 2, "good".getBytes(StandardCharsets.UTF_8)));
        assertThat(node.open).isEqualTo(2);
    }

    @Test
    void ignoresARepeatedSealAndSignaturesOfStrangers() {
        var world = new World(5, Tolerance.CRASH, 3);
        var node = world.nodes.get(NodeId.of("c"));
        node.start();
        var mine = statement(world.first, "s");
        node.step(new Event.Sealed(mine, "s".getBytes(StandardCharsets.UTF_8)));
        node.step(new Event.Signature(NodeId.of("d"), mine, KEYS.get(3).sign(mine.toSign())));
        node.step(new Event.Signature(NodeId.of("a"), mine, KEYS.get(1).sign(mine.toSign())));
        assertThat(node.core.head().epoch()).isEqualTo(1);

        node.step(new Event.Signature(NodeId.of("a"), mine, KEYS.get(0).sign(mine.toSign())));
        assertThat(node.open).isEqualTo(2);
        assertThat(node.core.step(new Event.Sealed(mine, "s".getBytes(StandardCharsets.UTF_8)))).isEmpty();
        List<Member> members = node.core.head().members();
        assertThat(members).isEqualTo(world.first.members());
    }
}
