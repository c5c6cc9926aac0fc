// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import java.nio.file.Path;
import java.time.Duration;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disturbances of {@link Chaos} again and again. */
@Tag("soak")
@Timeout(1_800)
class GroupChaosSoakTest {
    private static final Duration TIME = Duration.ofMinutes(10);

    @TempDir
    private Path folder;

    @Test
    @Requirement({"R-054", "R-060", "R-066", "R-210"})
    void nothingAcknowledgedIsLostOrDoubledForTenMinutes() throws Exception {
        try (var chaos = new Chaos(folder)) {
            while (chaos.lasts(TIME)) {
                chaos.disturb();
                chaos.toPbft();
                chaos.disturb();
                chaos.toRaft();
            }
            chaos.judge();
        }
    }
}
