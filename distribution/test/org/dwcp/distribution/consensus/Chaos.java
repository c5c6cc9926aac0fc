// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

import org.dwcp.testkit.node.TestClock;

/**
 * A group of texts on four node processes while everything happens to them: they are killed, stopped and cut off, a disk is full, the end of a log is torn, a clock jumps, and the
 * protocol is switched there and back. Clients of all members append and read meanwhile.
 */
final class Chaos implements AutoCloseable {
    static final String RAFT = "consensus.v1";
    static final String PBFT = "consensus.v3";
    private static final long PAUSE_MS = 50;
    private static final int MORE = 12;
    private static final int MORE_EACH = 3;

    private final TestClock clock = new TestClock();
    private final long beganNs = clock.nanoTime();
    private final Victims victims;
    private final Load load = new Load(clock, PAUSE_MS);
    private String provider = RAFT;
    private long epoch = 1;

    /** Makes the group, on Raft: its mode wants that, and only operators switch. */
    Chaos(Path folder) throws Exception {
        victims = Victims.start(folder, 0);
        boolean made = false;
        try {
            victims.create("datacenter", RAFT);
            Victims.NAMES.forEach(name -> load.begin(victims.store(name)));
            awaitEach();
            made = true;
        } finally {
            if (!made) {
                close();
            }
        }
    }

    @Override
    public void close() {
        victims.close(); // first: a client waits as long as its node is stopped
        load.close();
    }

    boolean lasts(Duration time) {
        return clock.nanoTime() - beganNs < time.toNanos();
    }

    /** What was acknowledged is there once, one order explains all answers, and all members have the same. */
    void judge() {
        load.end();
        long tookS = Duration.ofNanos(clock.nanoTime() - beganNs).toSeconds();
        var texts = new TreeMap<String, String>();
        load.keys().forEach(key -> texts.put(key, victims.must("a", "group", "get", "main", key)));
        load.judge(texts);
        for (var name : Victims.NAMES) {
            await().atMost(Victims.PATIENCE).untilAsserted(() -> assertThat(texts).allSatisfy(
                    (key, text) -> assertThat(victims.must(name, "group", "get", "main", key, "--stale")).as("%s on %s", key, name).isEqualTo(text)));
        }
        System.out.println("operations " + load.done() + " in " + tookS + " s and " + epoch + " epochs, without an answer " + load.failures().size() + ", longest gap "
                + load.longestGapMs() + " ms");
        load.gapsMs().forEach((what, ms) -> System.out.println(ms + " ms: " + what));
    }

    private void step(String what) {
        load.note(provider + ": " + what);
        System.out.println(Duration.ofNanos(clock.nanoTime() - beganNs).toSeconds() + " s, " + provider + ": " + what);
    }

    /** The group as a whole goes on. */
    private void awaitMore() {
        int before = load.done();
        await("more answers").atMost(Victims.PATIENCE).until(() -> load.done() >= before + MORE);
    }

    /** Every member's client gets answers. */
    private void awaitEach() {
        var before = load.answers();
        await().atMost(Victims.PATIENCE).untilAsserted(() -> {
            var now = load.answers();
            for (int i = 0; i < now.size(); i++) {
                assertThat(now.get(i)).as("answers at %s", Victims.NAMES.get(i)).isGreaterThanOrEqualTo(before.get(i) + MORE_EACH);
            }
        });
    }

    /** A member is stopped meanwhile: it gets into the epoch by its certificate. */
    void toPbft() throws Exception {
        step("switch to PBFT while c is stopped");
        victims.signal("c", "STOP");
        switchAt("b", PBFT);
        awaitMore();
        victims.signal("c", "CONT");
        arrived(PBFT);
    }

    /** Down only with approvals. */
    void toRaft() {
        step("switch to Raft");
        for (var name : List.of("a", "b", "d")) {
            victims.must(name, "group", "approve", "main", RAFT);
        }
        switchAt("d", RAFT);
        arrived(RAFT);
    }

    /** Says it again when members were not ready in time: then nothing has happened. */
    private void switchAt(String name, String next) {
        await("switch to " + next).atMost(Victims.PATIENCE).until(() -> {
            var answer = victims.at(name, "group", "switch", "main", next);
            if (answer.status() != 0) {
                step("switch refused: " + answer);
                assertThat(answer.toString()).contains("members can run " + next);
            }
            return answer.status() == 0;
        });
    }

    private void arrived(String next) {
        epoch++;
        provider = next;
        awaitEpoch();
        awaitEach();
    }

    private void awaitEpoch() {
        Victims.NAMES.forEach(name -> victims.awaitEpoch(name, epoch));
    }

    void disturb() throws Exception {
        step("a follower is killed");
        var follower = Victims.other(victims.leader());
        victims.kill(follower);
        awaitMore();
        victims.launch(follower);
        awaitEach();

        step("the leader is killed, and the end of its log is torn");
        var leader = victims.leader();
        victims.kill(leader);
        victims.tear(leader, provider);
        awaitMore();
        victims.launch(leader);
        awaitEach();

        step("the leader is stopped and goes on");
        leader = victims.leader();
        victims.signal(leader, "STOP");
        awaitMore();
        victims.signal(leader, "CONT");
        awaitEach();

        lead("a");
        step("a is cut off");
        victims.cutOff();
        awaitMore();
        victims.heal();
        awaitEach();

        if (victims.hasClock()) {
            for (var beside : List.of(Duration.ofHours(1), Duration.ofHours(-1), Duration.ZERO)) {
                step("the clock of d jumps to " + beside);
                victims.setClock(beside);
                await("d's clock").atMost(Victims.PATIENCE).until(() -> victims.clockMinutes(clock.now()) == beside.toMinutes());
                awaitEach();
            }
        } else {
            System.out.println("SKIPPED clock jumps: there is no libfaketime here");
        }

        lead("c");
        step("the disk of c is full");
        victims.fillDisk();
        awaitMore();
        victims.emptyDisk();
        victims.kill("c");
        victims.launch("c");
        awaitEach();
        awaitEpoch();
    }

    /** Raft's operator chooses who leads; PBFT's members take turns. */
    private void lead(String name) {
        if (provider.equals(RAFT)) {
            step(name + " is made the leader");
            victims.lead(name);
        }
    }
}
