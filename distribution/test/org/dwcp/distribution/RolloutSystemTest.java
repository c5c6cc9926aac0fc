// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A planned rollout as an operator sees it: declared by one command, carried on by the node, also by the one that is started after it. */
@Tag("system")
@Timeout(180)
class RolloutSystemTest {
    @TempDir
    private Path folder;

    @Test
    @Requirement({"R-131", "R-474", "R-485"})
    void goesFromTenToFiftyToAHundredOverARestart() throws Exception {
        try (var pair = new Pair(folder)) {
            assertThat(pair.run("a", "rollout", "encoding", "v3", "--steps", "10,50,100", "--dwell", "1s", "--calls", "0", "--dry-run").out())
                    .contains("nothing was changed");
            var begun = pair.run("a", "rollout", "encoding", "v3", "--steps", "10,50,100", "--dwell", "1s", "--calls", "0");
            assertThat(begun.status()).as(begun.toString()).isZero();
            assertThat(begun.out()).contains("undo: dwcp rollback encoding");

            await().atMost(Pair.PATIENCE).until(() -> share(pair) >= 50);
            var paused = pair.run("a", "pause", "encoding").status() == 0; // a busy machine may come too late: then all is over already
            assertThat(paused || share(pair) == 100).isTrue();
            var share = share(pair);
            if (paused) {
                assertThat(pair.run("a", "status").out()).containsPattern("encoding +rollout: " + share + " % to encoding.v3, step [23] of 3 \\(10, 50, 100 %\\), paused");
            }
            pair.node("a").close();
            pair.start("a");
            assertThat(share(pair)).isEqualTo(share);
            if (paused) {
                assertThat(pair.run("a", "resume", "encoding").status()).isZero();
            }
            await().atMost(Pair.PATIENCE).until(() -> share(pair) == 100 && !flags(pair).contains("\"Steps\""));
            assertThat(pair.run("a", "why", "encoding").out()).contains("rollout: 100 % to encoding.v3");

            assertThat(pair.run("a", "rollback", "encoding").status()).isZero();
            assertThat(pair.run("a", "pause", "encoding").err()).contains("slot encoding has no planned rollout");
        }
    }

    private static String flags(Pair pair) throws Exception {
        return Files.readString(pair.homes.home("a").resolve("etc/flags.json"));
    }

    /** The share in the flags; they are rewritten as a whole, so a reader never sees a half. */
    private static int share(Pair pair) throws Exception {
        var found = java.util.regex.Pattern.compile("\"Share\": (\\d+)").matcher(flags(pair));
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }
}
