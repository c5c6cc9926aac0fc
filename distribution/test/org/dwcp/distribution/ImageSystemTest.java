// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disk images between two node processes, said on the command line; either is ended by SIGKILL in the middle. */
@Tag("system")
@Timeout(180)
@Requirement({"R-163", "R-242"})
class ImageSystemTest {
    private static final int DATA = 24 << 20;
    private static final long SIZE = 96L << 20;

    @TempDir
    private static Path folder;
    private static Pair pair;

    @BeforeAll
    static void start() throws Exception {
        pair = new Pair(folder);
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    /** Random bytes at the begin and in the middle, the rest a hole. */
    private static Path disk(String name, long seed) throws IOException {
        Path disk = folder.resolve(name);
        byte[] half = new byte[DATA / 2];
        var random = new SplittableRandom(seed);
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            for (long at : new long[] {0, SIZE / 2}) {
                random.nextBytes(half);
                file.seek(at);
                file.write(half);
            }
            file.setLength(SIZE);
        }
        return disk;
    }

    private static CompletableFuture<Pair.Answer> push(Path disk) {
        var answer = new CompletableFuture<Pair.Answer>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(pair.run("a", "image", "push", disk.toString(), "b", "--json"));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static Pair.Answer good(Pair.Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isZero();
        return answer;
    }

    private static void change(Path disk) throws IOException {
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            var bytes = new byte[100_000];
            new SplittableRandom(3).nextBytes(bytes);
            file.seek(5_000_000);
            file.write(bytes);
        }
    }

    private static void pulledMustBe(Path disk, String name) throws Exception {
        Path pulled = folder.resolve("pulled-" + name);
        good(pair.run("a", "image", "pull", name, "b", pulled.toString()));
        assertThat(Pair.hash(pulled)).isEqualTo(Pair.hash(disk));
        var du = new ProcessBuilder("du", "-B1", pulled.toString()).start();
        assertThat(Long.parseLong(new String(du.getInputStream().readAllBytes()).split("\\s")[0])).as("holes stay holes").isLessThan(DATA + (2 << 20));
    }

    @Test
    void aReceiverThatIsKilledInTheMiddleGoesOnAndAnUpdateSendsLittle() throws Exception {
        var disk = disk("one.img", 1);
        pair.rate(100_000_000);
        Pair.Answer first;
        try {
            var begin = pair.carried();
            var push = push(disk);
            pair.awaitCarried(begin + (8 << 20), push);

            pair.node("b").kill();
            pair.start("b");
            pair.rate(0);
            first = good(push.get());
        } finally {
            pair.rate(0);
        }
        assertThat(first.value("state")).isEqualTo("DONE");
        assertThat(first.value("version")).isEqualTo(Pair.hash(disk));
        assertThat(first.number("bytesResumed")).as(first.toString()).isPositive();

        change(disk);
        var update = good(push(disk).get());

        assertThat(update.number("bytesWire")).as(update.toString()).isLessThan(1 << 20);
        assertThat(good(pair.run("a", "image", "list", "b")).out().lines().filter(line -> line.startsWith("one.img "))).hasSize(2);
        assertThat(good(pair.run("a", "image", "verify", "one.img", "b")).out()).contains("sha-256 right of 2 versions");
        pulledMustBe(disk, "one.img");
        assertThat(good(pair.run("a", "image", "remove", "one.img")).out()).contains("removed 1 version");
    }

    @Test
    void aSenderThatIsKilledInTheMiddleGoesOnByItself() throws Exception {
        var disk = disk("two.img", 2);
        pair.rate(100_000_000);
        try {
            var begin = pair.carried();
            var push = push(disk);
            pair.awaitCarried(begin + (8 << 20), push);

            pair.node("a").kill();
            assertThat(push.get().status()).as("the command knows that it does not know").isEqualTo(1);
            pair.start("a");
            await().atMost(Pair.PATIENCE).until(() -> pair.run("b", "image", "list").out().contains("two.img"));
            assertThat(pair.carried() - begin).as("what had arrived did not come again").isLessThan(DATA + DATA / 2);
        } finally {
            pair.rate(0);
        }
        assertThat(pair.node("a").output()).contains("name=two.img resumed after a restart");
        pair.awaitOnline("a", "b");
        pulledMustBe(disk, "two.img");
    }

    private static void refused(int status, String message, String... words) {
        var answer = pair.run("a", words);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.err() + answer.out()).contains(message);
    }

    @Test
    void whatPeopleGetWrongIsRefusedWithWhatThereIs() throws Exception {
        var file = Pair.write(folder.resolve("small.img"), 10_000, 4).toString();
        refused(1, "there is no such file", "image", "push", folder.resolve("nothing").toString(), "b");
        refused(1, "zz is no peer of this node; it knows [b]", "image", "push", file, "zz");
        refused(1, "has a '/'", "image", "push", file, "b", "--name", "x/y");
        refused(1, "there is no image 'unknown' at b", "image", "pull", "unknown", "b", folder.resolve("out").toString());
        refused(1, "is there already", "image", "pull", "unknown", "b", file);
        refused(1, "there is no image 'unknown'", "image", "verify", "unknown", "b");
        refused(2, "is none of push, pull, verify, list, remove", "image", "pusch", file, "b");
        refused(2, "image push takes FILE NODE", "image", "push", file);
        refused(2, "--replace is for image pull only", "image", "push", file, "b", "--replace");
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
