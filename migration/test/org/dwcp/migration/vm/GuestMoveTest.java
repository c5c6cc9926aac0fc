// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.api.vm.Guest;
import org.dwcp.api.vm.Migration;
import org.dwcp.api.vm.MigrationOptions;
import org.dwcp.api.vm.MigrationStatus;
import org.dwcp.api.transport.TransportException;
import org.dwcp.migration.fake.Faults;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.dwcp.migration.vm.stream.Streams;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest between two nodes, its QEMU imitated: whatever breaks, it runs at one of them, and never at both. */
@Timeout(120)
class GuestMoveTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final MigrationOptions OPTIONS = new MigrationOptions(Duration.ofMillis(100), Duration.ofSeconds(2));

    private static final int MOMENTS = 40;

    @TempDir
    private Path temp;
    private Path sockets;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;
    private final FakeQemu.Life life = new FakeQemu.Life(Streams.whole(11, 6));
    private final Map<String, FakeQemu> qemus = new ConcurrentHashMap<>();

    @BeforeEach
    void start() throws Exception {
        sockets = Files.createTempDirectory("dwcp-fake");
        cluster = new TestCluster(temp.resolve("nodes"));
        porto = node("porto");
        lisbon = node("lisbon");
    }

    private TestNode node(String name) throws Exception {
        var node = cluster.node(name);
        var folder = Files.createDirectories(node.home().resolve("etc/vms"));
        Files.writeString(folder.resolve("web.vm"), "# a guest\nqemu -m 64 -append \"two words\"\n-qmp unix:" + sockets.resolve(name) + ",server=on,wait=off\n");
        return node.with((Launcher) (words, log) -> {
            var qemu = new FakeQemu(life, words);
            qemus.put(name, qemu);
            return qemu;
        }).start();
    }

    @AfterEach
    void stop() throws Exception {
        life.hold.countDown();
        life.load.countDown();
        cluster.close();
        qemus.values().forEach(FakeQemu::kill);
        try (var files = Files.walk(sockets)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
        assertThat(life.doubled).as("ran twice at once").isFalse();
    }

    private static Migration migrate(TestNode from, TestNode to) {
        return from.machines().migrate("web", to.id(), OPTIONS);
    }

    private static Guest guest(TestNode node) {
        return node.machines().list().getFirst();
    }

    private void runsAt(TestNode node, long generation) {
        await().atMost(LONG).untilAsserted(() -> assertThat(guest(node)).extracting(Guest::state, Guest::owner, Guest::generation).containsExactly(Guest.State.RUNNING,
                node.id().value(), generation));
        assertThat(life.running).containsExactly(qemus.get(node.id().value()));
    }

    private static void ended(Migration migration, State state) {
        var status = migration.await(LONG);
        assertThat(status.state()).as(status.toString()).isEqualTo(state);
    }

    /** A source that waits in the middle of its stream. */
    private Migration half() {
        life.holdAt = life.stream.length / 2;
        life.hold = new CountDownLatch(1);
        porto.machines().start("web");
        var move = migrate(porto, lisbon);
        await().atMost(LONG).until(() -> qemus.get("porto").written() >= life.stream.length / 2 - 30_000);
        return move;
    }

    @Test
    void movesThereAndBack() {
        assertThat(guest(porto).state()).isEqualTo(Guest.State.OFF);
        assertThat(porto.machines().start("web").state()).isEqualTo(Guest.State.RUNNING);

        var there = migrate(porto, lisbon);
        ended(there, State.DONE);

        runsAt(lisbon, 2);
        assertThat(guest(porto)).extracting(Guest::state, Guest::owner).containsExactly(Guest.State.AWAY, "lisbon");
        assertThat(qemus.get("porto").isAlive()).isFalse();
        assertThat(there.status().streamBytes()).isEqualTo(life.stream.length);
        assertThat(there.status().wireBytes()).isBetween(1L, (long) life.stream.length);
        assertThat(there.status().downtime()).isPositive();
        assertThatThrownBy(() -> porto.machines().start("web")).hasMessageContaining("ask lisbon");

        ended(migrate(lisbon, porto), State.DONE);
        runsAt(porto, 3);
    }

    @Test
    void runsOnWhenTheMoveIsGivenUp() {
        var move = half();
        assertThat(guest(porto).state()).isEqualTo(Guest.State.LEAVING);
        assertThat(guest(lisbon).state()).isEqualTo(Guest.State.ARRIVING);
        assertThat(migrate(porto, lisbon)).isSameAs(move);

        assertThat(move.cancel()).isTrue();
        ended(move, State.CANCELLED);

        runsAt(porto, 2);
        await().atMost(LONG).until(() -> !qemus.get("lisbon").isAlive());
        assertThat(move.cancel()).isFalse();
        life.hold.countDown();
        ended(migrate(porto, lisbon), State.DONE);
        runsAt(lisbon, 3);
    }

    @Test
    void runsOnWhenTheTargetsQemuEnds() {
        var move = half();

        qemus.get("lisbon").kill();
        ended(move, State.FAILED);
        life.hold.countDown();

        runsAt(porto, 2);
    }

    @Test
    void runsOnWhenTheTargetCannotTakeTheLastOfIt() {
        life.load = new CountDownLatch(1);
        porto.machines().start("web");
        var move = migrate(porto, lisbon);
        await().atMost(LONG).until(() -> qemus.get("porto").status().equals("postmigrate") && Files.readString(owner(lisbon)).contains("STARTING"));

        qemus.get("lisbon").kill();

        ended(move, State.FAILED);
        runsAt(porto, 3);
        assertThat(guest(lisbon)).extracting(Guest::state, Guest::owner).containsExactly(Guest.State.AWAY, "porto");
    }

    private static Path owner(TestNode node) {
        return node.home().resolve("data/vm/web.owner");
    }

    @Test
    void waitsWhileThePeerIsSilentAndItMayRunThere() {
        life.load = new CountDownLatch(1);
        porto.machines().start("web");
        var move = migrate(porto, lisbon);
        await().atMost(LONG).until(() -> Files.exists(owner(lisbon)) && Files.readString(owner(lisbon)).contains("STARTING"));
        lisbon.mute(true);
        silence();

        await().atMost(LONG).until(() -> move.status().step() == MigrationStatus.Step.SETTLE);
        assertThat(move.cancel()).isFalse();
        assertThat(guest(porto).state()).isIn(Guest.State.LEAVING, Guest.State.UNDECIDED);
        assertThat(move.status().error()).contains("paused here until it says");
        assertThat(life.running).isEmpty();

        life.load.countDown(); // it comes to life there, and nobody here knows
        await().atMost(LONG).until(() -> life.running.size() == 1);
        lisbon.mute(false);
        ended(move, State.DONE);
        runsAt(lisbon, 2);
    }

    private void silence() {
        porto.allTransports().forEach(transport -> transport.faults(new Faults(1) {
            @Override
            public void beforeOpen() {
                throw new TransportException(DwcpException.Kind.UNAVAILABLE, "silence");
            }
        }));
        porto.allTransports().forEach(transport -> transport.cutAll("silence"));
    }

    @Test
    void isNotGivenAwayIntoADeadLine() {
        var move = half();

        silence();
        life.hold.countDown();
        await().atMost(LONG).until(() -> qemus.get("porto").status().equals("postmigrate") || move.status().state().ended());

        ended(move, State.FAILED);
        runsAt(porto, 2);
    }

    @Test
    void goesOnWhenTheLineBreaks() {
        var move = half();

        porto.allTransports().forEach(transport -> transport.cutAll("cut"));
        life.hold.countDown();

        ended(move, State.DONE);
        runsAt(lisbon, 2);
    }

    /** Held at a random byte of the stream, or at none: given up there, its line broken, its target's QEMU ended, or two of these. */
    @Test
    void runsAtOneOfTheTwoWheneverSomethingHappens() {
        var random = new SplittableRandom(Long.getLong("seed", 5));
        var from = porto;
        var to = lisbon;
        from.machines().start("web");
        for (int moment = 0; moment < MOMENTS; moment++) {
            int i = moment;
            int at = 1 + random.nextInt(life.stream.length + 20_000);
            int what = random.nextInt(4);
            var source = qemus.get(from.id().value());
            int before = source.written();
            life.holdAt = at;
            life.hold = new CountDownLatch(1);

            var move = migrate(from, to);
            await().atMost(LONG).until(() -> source.written() - before >= Math.min(at, life.stream.length) - 20_000 || move.status().state().ended());
            if (what % 2 == 0) {
                from.allTransports().forEach(transport -> transport.cutAll("cut"));
            }
            if (what == 1 && at < life.stream.length && !move.status().state().ended()) {
                qemus.get(to.id().value()).kill(); // the source is held: the guest is not the target's
            } else if (what > 1) {
                move.cancel();
            }
            life.hold.countDown();

            var state = move.await(LONG).state();
            if (state == State.DONE) {
                var former = from;
                from = to;
                to = former;
            }
            var owner = from;
            var other = to;
            assertThat(state.ended()).as("%d: %s", i, move.status()).isTrue();
            await().atMost(LONG).untilAsserted(() -> assertThat(guest(owner)).as("moment %d of kind %d at byte %d", i, what, at)
                    .extracting(Guest::state, Guest::owner).containsExactly(Guest.State.RUNNING, owner.id().value()));
            await().atMost(LONG).untilAsserted(() -> assertThat(guest(other).state()).isIn(Guest.State.AWAY, Guest.State.OFF));
            assertThat(life.running).containsExactly(qemus.get(owner.id().value()));
            assertThat(life.doubled).isFalse();
        }
    }

    @Test
    void runsOnWhenTheTargetIsAwayForTooLong() {
        var move = half();

        lisbon.kill();
        ended(move, State.FAILED);
        life.hold.countDown();

        runsAt(porto, 2);
        lisbon.start();
        ended(migrate(porto, lisbon), State.DONE);
        runsAt(lisbon, 3);
    }

    @Test
    void aNodeThatWasKilledWithAGuestInItsHandsLetsItRun() throws Exception {
        lisbon.stop();
        Files.writeString(owner(lisbon), "1 STARTING 7 porto 1f-2e\n");
        var qemu = new FakeQemu(life, List.of("qemu", "-qmp", "unix:" + sockets.resolve("lisbon"), "-incoming", "defer"));
        qemus.put("lisbon", qemu);
        qemu.arrived();

        lisbon.start();

        runsAt(lisbon, 7);
    }

    @Test
    void aNodeThatWasKilledBeforeAllHadComeSaysNo() throws Exception {
        lisbon.stop();
        Files.writeString(owner(lisbon), "1 STARTING 7 porto 1f-2e\n");

        lisbon.start();

        await().atMost(LONG).untilAsserted(() -> assertThat(Files.readString(owner(lisbon))).isEqualTo("1 REFUSED 7 porto 1f-2e\n"));
    }

    @Test
    void aSourceThatComesBackAsksWhoseTheGuestIs() throws Exception {
        porto.stop();
        var qemu = new FakeQemu(life, List.of("qemu", "-qmp", "unix:" + sockets.resolve("porto"), "-incoming", "defer"));
        qemus.put("porto", qemu);
        qemu.sent();
        Files.createDirectories(owner(porto).getParent());
        Files.writeString(owner(porto), "1 HANDING 5 lisbon 1f-2e\n");
        lisbon.mute(true);

        porto.start();
        await().atMost(LONG).untilAsserted(() -> assertThat(guest(porto).state()).isEqualTo(Guest.State.UNDECIDED));
        assertThatThrownBy(() -> porto.machines().start("web")).hasMessageContaining("is HANDING");
        lisbon.mute(false);

        runsAt(porto, 6); // lisbon never had it, and now never will have that generation
        assertThat(Files.readString(owner(lisbon))).startsWith("1 REFUSED 5 porto");
    }

    @Test
    void refusesWhatCannotBeMoved() throws Exception {
        assertThatThrownBy(() -> porto.machines().migrate("web", NodeId.of("faro"), OPTIONS)).isInstanceOf(DwcpException.class).hasMessageContaining("faro is no peer");
        assertThatThrownBy(() -> porto.machines().migrate("mail", lisbon.id(), OPTIONS)).hasMessageContaining("no guest 'mail' is described").hasMessageContaining("[web]");
        var off = migrate(porto, lisbon);
        ended(off, State.FAILED);
        assertThat(off.status().error()).contains("no QEMU listens");

        porto.machines().start("web");
        lisbon.machines().start("web"); // another guest of the same name: never one to be overwritten
        life.doubled = false;
        var claimed = migrate(porto, lisbon);
        ended(claimed, State.FAILED);
        assertThat(claimed.status().error()).contains("is this node's by generation 1");
        assertThat(guest(porto).state()).isEqualTo(Guest.State.RUNNING);
    }
}
