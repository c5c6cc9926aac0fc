// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
    @TempDir
    Path folder;

    @Test
    void oneHomeHasOneNode() throws LaunchException {
        try (var first = Home.open(folder)) {
            assertThat(first.root()).isEqualTo(folder);
            assertThatThrownBy(() -> Home.open(folder)).isInstanceOf(LaunchException.class)
                    .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
        }

        Home.open(folder).close();
    }

    @Test
    void aLockFileThatNobodyHoldsIsTaken() throws Exception {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/node.lock"), "999999");
        Files.writeString(folder.resolve("data/node.json"), "{\"name\":\"stale\"}");

        try (var home = Home.open(folder)) {
            assertThat(home.data("node.json")).as("of a node that was killed").doesNotExist();
        }
    }

    @Test
    void theStateFileIsThereWhileTheNodeRuns() throws Exception {
        try (var home = Home.open(folder)) {
            home.publish("a", 1, 2);

            assertThat(folder.resolve("data/node.json")).content()
                    .isEqualTo("{\"name\":\"a\",\"pid\":" + ProcessHandle.current().pid() + ",\"controlPort\":1,\"peerPort\":2}\n");
        }
        assertThat(folder.resolve("data/node.json")).doesNotExist();
    }

    @Test
    void defaultsAreCopiedOnceAndTheOperatorsFilesStay() throws Exception {
        var defaults = Files.createDirectories(folder.resolve("image/etc/sub")).getParent();
        Files.writeString(defaults.resolve("one.cfg"), "default");
        Files.writeString(defaults.resolve("sub/two.cfg"), "default");
        Files.createDirectories(folder.resolve("home/etc"));
        Files.writeString(folder.resolve("home/etc/one.cfg"), "mine");

        try (var home = Home.open(folder.resolve("home"))) {
            home.fillEtc(defaults);
        }

        assertThat(folder.resolve("home/etc/one.cfg")).hasContent("mine");
        assertThat(folder.resolve("home/etc/sub/two.cfg")).hasContent("default");
    }

    @Test
    void saysWhatIsWrongWithAHomeThatIsAFile() throws IOException {
        var file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> Home.open(file)).isInstanceOf(LaunchException.class).hasMessageContaining("home " + file + " cannot be used");
    }
}
