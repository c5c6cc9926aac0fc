// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.stream.Stream;

import org.dwcp.api.image.ImageStatus;
import org.dwcp.api.image.ImageTask;
import org.dwcp.api.image.Images.Existing;
import org.dwcp.api.image.Images.Format;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes with depots in one JVM, for tests. */
abstract class TwoDepots {
    static final Duration LONG = Duration.ofSeconds(60);
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final int DATA = 3_000_000;

    @TempDir
    Path temp;
    TestCluster cluster;
    TestNode porto;
    TestNode lisbon;

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp.resolve("nodes"));
        porto = cluster.node("porto").start();
        lisbon = cluster.node("lisbon").start();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** Random bytes at both ends of a file that is a hole otherwise. */
    Path disk(int seed) throws IOException {
        byte[] data = new byte[DATA];
        Samples.random(seed).nextBytes(data);
        Path path = temp.resolve("disk-" + seed);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.write(data, 0, DATA / 2);
            file.seek(24 << 20);
            file.write(data, DATA / 2, DATA / 2);
            file.setLength(32 << 20);
        }
        return path;
    }

    static void change(Path disk, long at, int bytes, int seed) throws IOException {
        byte[] data = new byte[bytes];
        Samples.random(seed).nextBytes(data);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(at);
            file.write(data);
        }
    }

    ImageTask begin(Path image, String name) {
        return porto.images().push(image, Format.AUTO, lisbon.id(), name, PATIENCE);
    }

    ImageStatus push(Path image, String name) {
        return done(begin(image, name).await(LONG));
    }

    ImageStatus pull(String name, Path target) {
        return done(porto.images().pull(lisbon.id(), name, target, Format.AUTO, Existing.REFUSE, PATIENCE).await(LONG));
    }

    static ImageStatus done(ImageStatus status) {
        assertThat(status.error()).isEmpty();
        assertThat(status.state()).as("%s", status).isEqualTo(State.DONE);
        return status;
    }

    static String hash(Path file) throws IOException {
        var digest = ChunkId.sha256();
        digest.update(Files.readAllBytes(file));
        return HexFormat.of().formatHex(digest.digest());
    }

    static long allocated(Path path) throws IOException, InterruptedException {
        Process du = new ProcessBuilder("du", "-B1", path.toString()).start();
        String answer = new String(du.getInputStream().readAllBytes());
        du.waitFor();
        return Long.parseLong(answer.split("\\s")[0]);
    }

    Path packOf(TestNode node) throws IOException {
        try (Stream<Path> files = Files.list(node.home().resolve("data/migration/images/store/packs"))) {
            return files.filter(file -> !file.toString().endsWith(".idx")).sorted().findFirst().orElseThrow();
        }
    }
}
