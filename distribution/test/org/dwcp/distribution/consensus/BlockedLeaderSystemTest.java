// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The mode wants PBFT, the group runs on Raft, and Raft's leader stops answering. */
@Tag("system")
@Timeout(600)
class BlockedLeaderSystemTest {
    private static final long FALLBACK_MS = 500;

    @TempDir
    private Path folder;

    @Test
    @Requirement({"R-076", "R-206"})
    void aCommandThatRaftsLeaderBlocksTakesEffectOnceAndTheGroupGoesOnWithPbft() throws Exception {
        try (var victims = Victims.start(folder, FALLBACK_MS)) {
            victims.create("datacenter", Chaos.RAFT);
            assertThat(victims.must("b", "group", "add", "main", "n", "1")).isEqualTo("1");
            Victims.NAMES.forEach(name -> victims.awaitEpoch(name, 1));
            var leader = victims.leader();
            var asked = Victims.other(leader);
            Victims.NAMES.forEach(name -> victims.must(name, "mode", "force", "hybrid"));
            victims.signal(leader, "STOP");

            assertThat(victims.must(asked, "group", "add", "main", "n", "1")).isEqualTo("2");

            victims.awaitEpoch(asked, 2);
            assertThat(victims.must(asked, "group", "show", "main")).contains(Chaos.PBFT);
            victims.signal(leader, "CONT");
            Victims.NAMES.forEach(name -> victims.awaitEpoch(name, 2));
            assertThat(victims.must(leader, "group", "get", "main", "n")).isEqualTo("2");
        }
    }
}
