// SPDX-License-Identifier: Apache-2.0
package org.apache.ratis.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileOutputStreamTest {
    /** Where nothing can be written because there is no room, on Linux. */
    private static final Path FULL = Path.of("/dev/full");

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("raft-meta"), "term=5");
    }

    private static void write(AtomicFileOutputStream stream, String text) throws IOException {
        try (Writer writer = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8))) {
            writer.write(text);
            writer.flush();
        }
    }

    private void onlyTheFileIsThere() throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void replacesTheFileWhenItIsClosed() throws IOException {
        var stream = new AtomicFileOutputStream(file.toFile());
        stream.write("term=6".getBytes(StandardCharsets.UTF_8));
        assertThat(file).hasContent("term=5");

        stream.close();
        stream.close();

        assertThat(stream.isClosed()).isTrue();
        assertThat(file).hasContent("term=6");
        onlyTheFileIsThere();
    }

    @Test
    void leavesTheFileAsItWasWhenSomethingCouldNotBeWritten() throws IOException {
        var stream = new AtomicFileOutputStream(file.toFile());
        stream.write("te".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> stream.write(new byte[1], 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);

        assertThatThrownBy(stream::close).isInstanceOf(IOException.class).hasMessageContaining("stays as it was");

        assertThat(file).hasContent("term=5");
        onlyTheFileIsThere();
    }

    @Test
    void leavesTheFileAsItWasWhenTheDiskIsFull() throws IOException {
        assumeThat(FULL).as("a device on which nothing can be written").exists();
        Path temporary = AtomicFileOutputStream.getTemporaryFile(file.toFile()).toPath();
        Files.createSymbolicLink(temporary, FULL);
        var stream = new AtomicFileOutputStream(file.toFile());

        assertThatThrownBy(() -> write(stream, "term=6")).isInstanceOf(IOException.class).hasMessageContaining("No space left");

        assertThat(file).isRegularFile().hasContent("term=5");
        onlyTheFileIsThere();
    }

    @Test
    void leavesTheFileAsItWasWhenItIsGivenUp() throws IOException {
        var stream = new AtomicFileOutputStream(file.toFile());
        stream.write('x');

        stream.abort();
        stream.close();

        assertThat(file).hasContent("term=5");
        onlyTheFileIsThere();
    }
}
