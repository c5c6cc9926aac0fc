// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Raft's leader loses the lead while its disk is full: it cannot write down the new term, and must not forget the one before. */
@Tag("system")
@Timeout(600)
class FullDiskMemberSystemTest {
    @TempDir
    private Path folder;

    @Test
    @Requirement("R-060")
    void aMemberThatCannotWriteDownANewTermComesBackWhenThereIsRoom() throws Exception {
        try (var victims = Victims.start(folder, 0)) {
            victims.create("datacenter", Chaos.RAFT);
            assertThat(victims.must("b", "group", "append", "main", "k", "1.")).isEmpty();
            victims.lead("c");
            victims.fillDisk();

            victims.at("b", "group", "leader", "main", "b");

            assertThat(victims.must("b", "group", "append", "main", "k", "2.")).isEqualTo("1.");
            assertThat(victims.log("c")).contains("No space left on device");
            victims.emptyDisk();
            victims.kill("c");
            victims.launch("c");
            victims.awaitEpoch("c", 1);
            assertThat(victims.must("c", "group", "append", "main", "k", "3.")).isEqualTo("1.2.");
        }
    }
}
