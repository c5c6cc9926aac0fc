// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.lan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

import org.dwcp.bench.BenchOptions;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("system")
@Timeout(300)
class LanBenchmarkSystemTest {
    private static boolean hasIperf() {
        return Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator)).anyMatch(folder -> Files.isExecutable(Path.of(folder, "iperf3")));
    }

    /** The figure is of bytes that a receiver in another process counted, so a loop that sends nothing has none. */
    @Test
    @Requirement({"R-137", "R-155"})
    void theDatacentersRateIsReportedAndMarkedAsThatOfLoopback() throws Exception {
        assumeThat(hasIperf()).as("iperf3 is on the path").isTrue();

        var rows = new LanBenchmark().run(new BenchOptions(true, Pattern.compile("v1 plain, 4 lanes")));

        var rate = rows.getFirst();
        assertThat(rate.unit()).isEqualTo("Gbit/s");
        assertThat(rate.ours()).isPositive();
        assertThat(rate.peer()).isPositive();
        assertThat(rate.note()).startsWith("loopback, no RDMA device; as counted by the receiver");
    }
}
