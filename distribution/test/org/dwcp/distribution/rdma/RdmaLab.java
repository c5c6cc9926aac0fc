// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.dwcp.transport.v1.RdmaGuest;

/** Runs the nodes of {@link RdmaGuest} over Soft-RoCE in a guest, and says what they said. */
final class RdmaLab {
    /** Emulated processors are ten to thirty times slower. */
    private static final Duration LONGEST = Duration.ofSeconds(Long.getLong("rdma.guest.s", 240));

    private RdmaLab() {
    }

    static void run(String library) throws Exception {
        Guest.unavailable().ifPresent(why -> assumeTrue(false, "SKIPPED: " + why));
        var folder = Files.createDirectories(Path.of(System.getProperty("dwcp.root"), "target", "rdma-lab"));
        var guest = new Guest(folder, Path.of("test/org/dwcp/distribution/rdma"));
        guest.fetch().ifPresent(why -> assumeTrue(false, "SKIPPED: " + why));
        var command = String.join(" ", Path.of(System.getProperty("java.home"), "bin/java").toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Xmx700m", "-Djava.io.tmpdir=/run/lab", "-Djava.library.path=" + System.getProperty("java.library.path"),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                "'" + absolute(System.getProperty("java.class.path")) + "'", RdmaGuest.class.getName(), "10.7.0.1", "/run/lab/files", library, "2>&1");

        var lines = guest.run(command, LONGEST);

        var said = lines.stream().filter(line -> line.contains("LAB ")).map(line -> line.substring(line.indexOf("LAB "))).toList(); // the firmware clears its screen
        said.forEach(System.out::println);
        var all = String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        assertThat(said).as(all).anyMatch(line -> line.startsWith("LAB device 4: ACTIVE"));
        assertThat(said).as(all).anyMatch(line -> line.endsWith("by " + library));
        assertThat(said).as(all).contains("LAB passed transfer over RDMA", "LAB passed strangers are refused", "LAB passed fallback in mid-transfer",
                "LAB passed nothing is left after the stop");
    }

    private static String absolute(String classPath) {
        return String.join(":", java.util.Arrays.stream(classPath.split(":")).map(entry -> Path.of(entry).toAbsolutePath().normalize().toString()).toList());
    }
}
