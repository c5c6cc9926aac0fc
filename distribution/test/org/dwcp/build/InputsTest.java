// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputsTest {
    @TempDir
    Path folder;

    private Path source;
    private Path record;

    @BeforeEach
    void writeOneSourceAndItsRecord() throws Exception {
        source = Files.writeString(Files.createDirectories(folder.resolve("part/src")).resolve("A.java"), "class A {}");
        record = folder.resolve("record");
        inputs().write(record);
    }

    @Test
    void sameFilesAreFresh() throws Exception {
        assertThat(inputs().sameAs(record)).isTrue();
    }

    @Test
    void deletedFileIsNoticed() throws Exception {
        Files.delete(source);

        assertThat(inputs().sameAs(record)).isFalse();
    }

    @Test
    void whatTheBuildMakesItselfDoesNotCount() throws Exception {
        Files.writeString(Files.createDirectories(folder.resolve("part/generated")).resolve("a.jar"), "");
        Files.writeString(folder.resolve("part/.hidden"), "");

        assertThat(inputs().sameAs(record)).isTrue();
    }

    @Test
    void jarRebuiltToTheSameBytesIsFresh() throws Exception {
        var jar = Files.writeString(folder.resolve("a.jar"), "bytes");
        new Inputs().content(jar).write(record);
        Files.delete(jar);
        Files.writeString(jar, "bytes");

        assertThat(new Inputs().content(jar).sameAs(record)).isTrue();
    }

    private Inputs inputs() throws Exception {
        return new Inputs().files(folder.resolve("part"));
    }
}
