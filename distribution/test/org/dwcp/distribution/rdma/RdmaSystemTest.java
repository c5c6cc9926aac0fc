// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.v1.RdmaGuest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** transport.v1 over a real RDMA stack: Soft-RoCE in a guest, rsockets, files by the flow layer. What ran is printed. */
@Tag("system")
@Timeout(600)
class RdmaSystemTest {
    /** Emulated processors are ten to thirty times slower. */
    private static final Duration LONGEST = Duration.ofSeconds(Long.getLong("rdma.guest.s", 240));

    @Test
    @Requirement({"R-056", "R-077", "R-145", "R-154"})
    void filesGoOverRdmaAndFinishOverTcpWhenItBreaks() throws Exception {
        Guest.unavailable().ifPresent(why -> assumeTrue(false, "SKIPPED: " + why));
        var folder = Files.createDirectories(Path.of(System.getProperty("dwcp.root"), "target", "rdma-lab"));
        var guest = new Guest(folder, Path.of("test/org/dwcp/distribution/rdma"));
        guest.fetch().ifPresent(why -> assumeTrue(false, "SKIPPED: " + why));
        var command = String.join(" ", Path.of(System.getProperty("java.home"), "bin/java").toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Xmx700m", "-Djava.io.tmpdir=/run/lab", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                "'" + absolute(System.getProperty("java.class.path")) + "'", RdmaGuest.class.getName(), "10.7.0.1", "/run/lab/files", "2>&1");

        var lines = guest.run(command, LONGEST);

        var said = lines.stream().filter(line -> line.contains("LAB ")).map(line -> line.substring(line.indexOf("LAB "))).toList(); // the firmware clears its screen
        said.forEach(System.out::println);
        var all = String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        assertThat(said).as(all).anyMatch(line -> line.startsWith("LAB device 4: ACTIVE"));
        assertThat(said).as(all).contains("LAB passed transfer over RDMA", "LAB passed strangers are refused", "LAB passed fallback in mid-transfer",
                "LAB passed nothing is left after the stop");
    }

    private static String absolute(String classPath) {
        return String.join(":", java.util.Arrays.stream(classPath.split(":")).map(entry -> Path.of(entry).toAbsolutePath().normalize().toString()).toList());
    }
}
