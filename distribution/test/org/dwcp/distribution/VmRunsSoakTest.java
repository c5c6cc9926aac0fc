// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running guest moves twenty times between two node processes, there and back, and looks at all of its memory after each move: it is never dead, and nothing is missing. */
@Tag("soak")
@Timeout(600)
@Requirement({"R-242", "R-246", "R-305"})
class VmRunsSoakTest {
    private static final int RUNS = 20;
    private static final String LOAD = "fill=24 rate=10 kind=counter";

    @TempDir
    private Path folder;

    @Test
    void movesTwentyTimesAndIsNeverDead(TestReporter reporter) throws Exception {
        GuestPair.lab();
        var standstills = new ArrayList<Double>();
        try (var pair = new Pair(folder); var guest = new GuestPair(pair::run, pair.homes::home, folder, LOAD)) {
            guest.start();
            for (int run = 0; run < RUNS; run++) {
                var from = run % 2 == 0 ? "a" : "b";
                var to = run % 2 == 0 ? "b" : "a";
                var answer = guest.mustMove(from, to, guest.migrate(from, to).get());
                standstills.add(Double.parseDouble(answer.value("downtime")) * 1_000);
            }
        }
        reporter.publishEntry("standstills.ms", standstills.stream().map(Double::intValue).sorted().toList().toString());
        assertThat(standstills).hasSize(RUNS);
    }
}
