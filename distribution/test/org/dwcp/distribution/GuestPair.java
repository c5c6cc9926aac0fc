// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import org.dwcp.testkit.guest.GuestLab;
import org.dwcp.testkit.guest.SerialLine;

/**
 * A guest that two nodes, a and b, describe, what it says at either, and what is to be true of it: it runs at one of them, its beats go on without a gap, and it
 * never finds a page that is not as it wrote it.
 */
final class GuestPair implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(120);
    static final int MEGABYTES = 192;

    /** Runs a command of a node. */
    interface Nodes {
        Pair.Answer run(String at, String... words);
    }

    private final Nodes nodes;
    private final Path sockets;
    private final Map<String, Path> serials;

    /**
     * Describes the guest at both, or skips the test with the reason why there is none here.
     *
     * @param home of a node
     * @param load words for the guest's program
     */
    GuestPair(Nodes nodes, Function<String, Path> home, Path folder, String load) throws IOException {
        this.nodes = nodes;
        var lab = lab();
        sockets = Files.createTempDirectory("vmit"); // short: a local socket's path has 107 bytes at most
        serials = Map.of("a", folder.resolve("a.serial"), "b", folder.resolve("b.serial"));
        for (var node : List.of("a", "b")) {
            var vms = Files.createDirectories(home.apply(node).resolve("etc/vms"));
            Files.writeString(vms.resolve("guest.vm"), lab.description(MEGABYTES, load, serials.get(node), socket(node)));
        }
    }

    /** What guests are made of, or skips the test with the reason why there are none here. */
    static GuestLab lab() {
        var lab = new GuestLab(Path.of(System.getProperty("dwcp.root"), "target", "vm-lab"));
        lab.prepare().ifPresent(why -> assumeTrue(false, "SKIPPED: " + why));
        return lab;
    }

    Path socket(String node) {
        return sockets.resolve(node + ".qmp");
    }

    SerialLine serial(String node) {
        return SerialLine.read(serials.get(node));
    }

    Pair.Answer good(Pair.Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isZero();
        return answer;
    }

    /** Starts it at a and waits until it has filled its memory. */
    void start() {
        good(nodes.run("a", "vm", "start", "guest"));
        await().atMost(PATIENCE).until(() -> serial("a").isFilled());
    }

    CompletableFuture<Pair.Answer> migrate(String from, String to, String... more) {
        var answer = new CompletableFuture<Pair.Answer>();
        var words = new ArrayList<>(List.of("vm", "migrate", "guest", to, "--json"));
        words.addAll(List.of(more));
        Thread.ofPlatform().daemon().start(() -> {
            try {
                answer.complete(nodes.run(from, words.toArray(String[]::new)));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    void isAt(String owner, String other) {
        assertThat(good(nodes.run(owner, "vm", "list")).out()).containsPattern("guest +RUNNING +" + owner);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hasQemu(other)).as("QEMU at %s", other).isFalse());
    }

    boolean hasQemu(String node) {
        return ProcessHandle.allProcesses().anyMatch(process -> process.info().arguments().stream().flatMap(Arrays::stream)
                .anyMatch(word -> word.contains(socket(node).toString())));
    }

    /** The guest beats on, and looks at all of its memory from now on without finding anything. */
    void livesAt(String node) {
        var beat = serial(node).lastBeat();
        var rounds = serial(node).rounds();
        await().atMost(PATIENCE).until(() -> serial(node).lastBeat() > beat + 20);
        await().atMost(PATIENCE).until(() -> serial(node).rounds() >= rounds + 2);
        assertThat(serial(node).bad()).as("pages that are not what the guest wrote").isZero();
    }

    /** A move that was ordered from a node to the other came to its end: the same guest goes on there. */
    Pair.Answer hasMoved(String from, String to, Pair.Answer answer) {
        good(answer);
        isAt(to, from);
        var last = serial(from).lastBeat();
        await().atMost(PATIENCE).until(() -> serial(to).beats().size() > 20);
        var beats = serial(to).beats();
        assertThat(beats.get(1)).as("first whole beat after %d", last).isBetween(last, last + 3); // one may be cut in two by the move
        for (int i = 2; i < beats.size(); i++) {
            assertThat(beats.get(i)).isEqualTo(beats.get(i - 1) + 1);
        }
        assertThat(nodes.run(from, "vm", "list").out()).containsPattern("guest +AWAY +" + to);
        return answer;
    }

    /** It came to nothing: the same guest goes on where it was, and never ran at the other. */
    void hasStayed(String from, String to, Pair.Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(1);
        var beat = serial(from).lastBeat();
        isAt(from, to);
        await().atMost(PATIENCE).until(() -> serial(from).lastBeat() > beat + 5);
    }

    /** The same, and all of its memory is as it wrote it. */
    Pair.Answer mustMove(String from, String to, Pair.Answer answer) {
        hasMoved(from, to, answer);
        livesAt(to);
        return answer;
    }

    void killQemu(String node) {
        GuestLab.kill(socket(node).toString());
    }

    @Override
    public void close() throws IOException {
        GuestLab.kill(sockets.toString());
        try (var files = Files.walk(sockets)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
