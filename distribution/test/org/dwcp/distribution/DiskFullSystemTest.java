// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A receiver whose inbox is a file system of its own with little room. Only root may mount one. */
@Tag("system")
@Timeout(180)
@Requirement("R-041")
class DiskFullSystemTest {
    private static final String ROOM = "32m";
    private static final int FITS_BYTES = 20 << 20;

    @TempDir
    private Path folder;
    private Path inbox;
    private Pair pair;

    @BeforeEach
    void start() throws Exception {
        inbox = Files.createDirectories(folder.resolve("small"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=" + ROOM, "tmpfs", inbox.toString())).as("mounting a small file system needs root").isZero();
        pair = new Pair(folder.resolve("nodes"), "--set", "dwcp.inbox=" + inbox);
    }

    @AfterEach
    void stop() throws Exception {
        if (pair != null) {
            pair.close();
        }
        run("umount", inbox.toString());
    }

    @Test
    void aFileThatDoesNotFitIsRefusedBeforeItIsSent() throws Exception {
        var answer = pair.send(Pair.write(folder.resolve("large.bin"), 64 << 20, 1)).get();

        assertThat(answer.status()).as(answer.toString()).isEqualTo(1);
        assertThat(answer.out()).contains("disk of b is full: 67.1 MB needed").contains("make room and send it again");
        assertThat(answer.number("bytesWire")).isLessThan(1 << 20);
        assertThat(inbox.resolve("large.bin")).doesNotExist();
        mustStillSend();
    }

    @Test
    void aDiskThatGetsFullOnTheWayIsNamedAndWhatArrivedIsKept() throws Exception {
        var source = Pair.write(folder.resolve("fits.bin"), FITS_BYTES, 2);
        pair.rate(32_000_000);
        var transfer = pair.send(source);
        pair.awaitCarried(FITS_BYTES / 3, transfer);

        var filler = fill(inbox.resolve("filler"));
        var answer = transfer.get();

        assertThat(answer.status()).as(answer.toString()).isEqualTo(1);
        assertThat(answer.value("state")).isEqualTo("FAILED");
        assertThat(answer.out()).contains("disk of b is full:").contains("make room and send it again, what arrived is kept");
        assertThat(inbox.resolve("fits.bin")).doesNotExist();
        assertThat(pair.node("b").isAlive()).isTrue();

        Files.delete(filler);
        pair.rate(0);
        var again = pair.send(source).get();

        assertThat(again.status()).as(again.toString()).isZero();
        assertThat(again.number("bytesResumed")).isPositive();
        assertThat(Pair.hash(inbox.resolve("fits.bin"))).isEqualTo(Pair.hash(source));
    }

    private void mustStillSend() throws Exception {
        var small = Pair.write(folder.resolve("small.bin"), 100_000, 4);
        assertThat(pair.send(small).get().status()).isZero();
        assertThat(inbox.resolve("small.bin")).hasSameBinaryContentAs(small);
    }

    /** Writes until nothing goes in any more. */
    private static Path fill(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            var block = new byte[4_096];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
        return file;
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    }
}
