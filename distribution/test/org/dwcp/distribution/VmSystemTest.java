// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.guest.GuestLab;
import org.dwcp.testkit.guest.SerialLine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that changes and checks its memory moves between two node processes by the commands; the move is given up, its link cut, its target ended. The
 * guest says a number every 10 ms: what is said at the one node goes on at the other, and it never finds a page that is not as it wrote it.
 */
@Tag("system")
@Timeout(280)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Requirement({"R-242", "R-246", "R-305"})
class VmSystemTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int MEGABYTES = 192;
    private static final String LOAD = "fill=48 rate=10 kind=counter";
    private static final long SLOW_BITS = 16_000_000;

    @TempDir
    private static Path folder;
    private static Path sockets;
    private static Pair pair;
    private static GuestLab lab;
    private static final Map<String, Path> SERIAL = new HashMap<>();

    @BeforeAll
    static void start() throws Exception {
        lab = new GuestLab(Path.of(System.getProperty("dwcp.root"), "target", "vm-lab"));
        lab.prepare().ifPresent(why -> assumeTrue(false, "SKIPPED: " + why));
        sockets = Files.createTempDirectory("vmit");
        pair = new Pair(folder);
        for (var node : List.of("a", "b")) {
            SERIAL.put(node, folder.resolve(node + ".serial"));
            var vms = Files.createDirectories(pair.homes.home(node).resolve("etc/vms"));
            Files.writeString(vms.resolve("guest.vm"), lab.description(MEGABYTES, LOAD, SERIAL.get(node), socket(node)));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (pair != null) {
            pair.close();
        }
        if (sockets != null) {
            GuestLab.kill(sockets.toString());
            try (var files = Files.walk(sockets)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static Path socket(String node) {
        return sockets.resolve(node + ".qmp");
    }

    private static SerialLine serial(String node) {
        return SerialLine.read(SERIAL.get(node));
    }

    private static Pair.Answer good(Pair.Answer answer) {
        assertThat(answer.status()).as("%s%n%s", answer, pair.node("b").output()).isZero();
        return answer;
    }

    private static CompletableFuture<Pair.Answer> migrate(String from, String to, String... more) {
        var answer = new CompletableFuture<Pair.Answer>();
        var words = new ArrayList<>(List.of("vm", "migrate", "guest", to, "--json"));
        words.addAll(List.of(more));
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(pair.run(from, words.toArray(String[]::new)));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static void isAt(String owner, String other) {
        var there = good(pair.run(owner, "vm", "list")).out();
        assertThat(there).containsPattern("guest +RUNNING +" + owner);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hasQemu(other)).as("QEMU at %s", other).isFalse());
    }

    private static boolean hasQemu(String node) {
        return ProcessHandle.allProcesses().anyMatch(process -> process.info().arguments().stream().flatMap(java.util.Arrays::stream)
                .anyMatch(word -> word.contains(socket(node).toString())));
    }

    /** The guest beats on, and looks at all of its memory from now on without finding anything. */
    private static void livesAt(String node) {
        var beat = serial(node).lastBeat();
        var rounds = serial(node).rounds();
        await().atMost(PATIENCE).until(() -> serial(node).lastBeat() > beat + 20);
        await().atMost(PATIENCE).until(() -> serial(node).rounds() >= rounds + 2);
        assertThat(serial(node).bad()).as("pages that are not what the guest wrote").isZero();
    }

    /** Moves it and proves that the same guest goes on. */
    private static Pair.Answer mustMove(String from, String to, Pair.Answer answer) {
        good(answer);
        isAt(to, from);
        var last = serial(from).lastBeat();
        await().atMost(PATIENCE).until(() -> serial(to).beats().size() > 20);
        var beats = serial(to).beats();
        assertThat(beats.get(1)).as("first whole beat after %d", last).isBetween(last, last + 3); // one may be cut in two by the move
        for (int i = 2; i < beats.size(); i++) {
            assertThat(beats.get(i)).isEqualTo(beats.get(i - 1) + 1);
        }
        livesAt(to);
        assertThat(pair.run(from, "vm", "list").out()).containsPattern("guest +AWAY +" + to);
        return answer;
    }

    @Test
    @Order(1)
    void movesThereAndBackWhileItRuns() throws Exception {
        good(pair.run("a", "vm", "start", "guest"));
        await().atMost(PATIENCE).until(() -> serial("a").isFilled());
        assertThat(pair.run("a", "vm", "start", "guest").err()).contains("has a QEMU");

        var there = mustMove("a", "b", migrate("a", "b").get());
        System.out.println("there: " + there.out());
        assertThat(pair.run("a", "vm", "start", "guest").err()).contains("ask b");
        var back = mustMove("b", "a", migrate("b", "a").get());

        System.out.println("back: " + back.out());
        assertThat(there.number("wireBytes")).isLessThan(there.number("streamBytes"));
    }

    /** Begins to move from a to b over a line so slow that it lasts. */
    private static CompletableFuture<Pair.Answer> slowly(String... more) {
        pair.rate(SLOW_BITS);
        var begin = pair.carried();
        var moving = migrate("a", "b", more);
        pair.awaitCarried(begin + 1_500_000, moving);
        return moving;
    }

    private static void staysAtA(Pair.Answer answer, String why) {
        pair.rate(0);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(1);
        assertThat(answer.out() + answer.err()).contains(why);
        isAt("a", "b");
        livesAt("a");
    }

    @Test
    @Order(2)
    void isGivenUpOnTheWayAndRunsOn() throws Exception {
        var moving = slowly();
        assertThat(pair.run("a", "vm", "list").out()).contains("LEAVING");
        assertThat(pair.run("b", "vm", "list").out()).contains("ARRIVING");

        good(pair.run("a", "vm", "cancel", "guest"));

        staysAtA(moving.get(), "CANCELLED");
    }

    @Test
    @Order(3)
    void runsOnWhenTheTargetsQemuIsKilled() throws Exception {
        var moving = slowly();

        GuestLab.kill(socket("b").toString());

        staysAtA(moving.get(), "FAILED");
    }

    @Test
    @Order(4)
    void goesOnAfterTheLineWasCut() throws Exception {
        var moving = slowly();

        for (var transport : List.of(Pair.V1, Pair.V3)) {
            pair.link("b", transport).breakConnections();
        }
        pair.rate(0);

        mustMove("a", "b", moving.get());
        mustMove("b", "a", migrate("b", "a").get());
    }

    @Test
    @Order(5)
    void runsOnWhenTheTargetsNodeIsKilled() throws Exception {
        var moving = slowly("--timeout", "3");

        pair.node("b").kill();

        assertThat(moving.get().status()).as(moving.toString()).isEqualTo(1);
        livesAt("a");
        pair.rate(0);
        pair.start("b");
        pair.awaitOnline("a", "b");
        isAt("a", "b");
        mustMove("a", "b", migrate("a", "b").get());
    }

    @Test
    @Order(6)
    void whatPeopleGetWrongIsRefusedWithWhatThereIs() {
        assertThat(pair.run("b", "vm", "migrate", "unknown", "a").err()).contains("no guest 'unknown' is described at this node").contains("[guest]");
        assertThat(pair.run("b", "vm", "migrate", "guest", "zz").err()).contains("zz is no peer of this node; it knows [a]");
        assertThat(pair.run("b", "vm", "migrate", "guest", "b").err()).contains("is at b already");
        assertThat(pair.run("b", "vm", "migrate", "../guest", "a").err()).contains("is no name of a guest");
        assertThat(pair.run("a", "vm", "migrate", "guest", "b").out()).contains("FAILED");
    }
}
