// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFolderTest {
    @TempDir
    Path parent;

    @Test
    void emptiesWhatAnEarlierDemoLeftAndRemovesItselfWhole() throws Exception {
        Path folder = parent.resolve("demo");
        DemoFolder first = DemoFolder.take(folder);
        Files.createDirectories(folder.resolve("a/log"));
        Files.writeString(folder.resolve("a/log/node.log"), "old");
        first.close();
        try (DemoFolder second = DemoFolder.take(folder)) {
            assertThat(folder.resolve("a")).doesNotExist();
            Files.writeString(folder.resolve("b"), "new");
            second.remove();
        }
        assertThat(folder).doesNotExist();
    }

    @Test
    void refusesAFolderWithSomebodysFilesAndLeavesThemThere() throws IOException {
        Path letter = Files.writeString(parent.resolve("letter.txt"), "keep me");

        assertThatThrownBy(() -> DemoFolder.take(parent)).isInstanceOf(DemoException.class).hasMessageContaining("files that no demo wrote");

        assertThat(letter).hasContent("keep me");
        assertThat(parent.resolve(DemoFolder.MARK)).doesNotExist();
    }

    @Test
    void refusesTheFolderOfARunningDemoAndLeavesItsFiles() throws Exception {
        try (DemoFolder running = DemoFolder.take(parent)) {
            Path log = Files.writeString(parent.resolve("node.log"), "running");

            assertThatThrownBy(() -> DemoFolder.take(parent)).isInstanceOf(DemoException.class).hasMessageContaining("another demo runs in " + parent);

            assertThat(log).hasContent("running");
            running.clear();
            assertThat(log).doesNotExist();
        }
    }
}
