// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildTest {
    @TempDir
    private Path folder;

    private Child start(String script) throws IOException {
        return new Child(Place.loopback(), End.B, List.of("/bin/sh", "-c", script));
    }

    @Test
    void whatNobodyAskedForDoesNotHoldTheProcessUp() throws Exception {
        var done = folder.resolve("done");
        try (var child = start("echo '{\"up\":1}'; i=0; while [ $i -lt 4000 ]; do echo 'a line of a log that is as long as such lines are, and then some'; i=$((i+1)); done; "
                + "echo x >" + done + "; read question; echo noise; echo '{\"answer\":2}'")) {
            assertThat(child.hello().get("up").getAsInt()).isEqualTo(1);
            while (!Files.exists(done)) { // four times what a pipe holds
                Thread.onSpinWait();
            }
            assertThat(child.ask("question").get("answer").getAsInt()).isEqualTo(2);
        }
    }

    @Test
    void aProcessThatEndsIsSaidToHaveEnded() throws Exception {
        assertThatThrownBy(() -> start("exit 1")).isInstanceOf(IOException.class).hasMessageContaining("has ended");
        try (var child = start("echo '{}'; read question")) {
            assertThatThrownBy(() -> child.ask("question")).isInstanceOf(IOException.class).hasMessageContaining("has ended");
        }
    }
}
