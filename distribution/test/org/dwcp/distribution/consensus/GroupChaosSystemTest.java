// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import java.nio.file.Path;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both protocols under all disturbances of {@link Chaos}, with the switches between them. */
@Tag("system")
@Timeout(900)
class GroupChaosSystemTest {
    @TempDir
    private Path folder;

    @Test
    @Requirement({"R-054", "R-060", "R-066", "R-210"})
    void nothingAcknowledgedIsLostOrDoubledWhateverHappens() throws Exception {
        try (var chaos = new Chaos(folder)) {
            chaos.disturb();
            chaos.toPbft();
            chaos.disturb();
            chaos.toRaft();
            chaos.judge();
        }
    }
}
