// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tour of the README does what it says: its lines run as they stand there, in the folder where a reader stands. */
@Timeout(300)
class TourTest {
    private static final String BEGIN = "<!-- tour:begin -->";
    private static final String END = "<!-- tour:end -->";
    private static final int PATIENCE_S = 120;

    private final Path root = Path.of(System.getProperty("dwcp.root"));
    private final Path homes = root.resolve("target/tour");

    /** How a script ended, and all that it printed, each command line before its output. */
    private record Run(int status, String output) {
        /** What one command printed. */
        String of(String command) {
            var start = output.indexOf("+ " + command + "\n");
            assertThat(start).as("the tour has the line: %s\n%s", command, output).isNotNegative();
            var end = output.indexOf("\n+ ", start);
            return output.substring(start, end < 0 ? output.length() : end);
        }
    }

    @Test
    @Requirement({"R-105", "R-127", "R-128", "R-130"})
    void theTourOfTheReadmeRunsAsItStands() throws Exception {
        delete(homes);
        Run tour;
        try {
            tour = run(lines(Files.readString(root.resolve("README.md"))));
        } finally {
            // What a tour that broke off left running.
            run("./dwcp stop --home target/tour/b; ./dwcp stop --home target/tour/a; true");
        }

        assertThat(tour.status()).as(tour.output()).isZero();
        assertThat(tour.of("./dwcp node --home target/tour/a --port 0 --daemon")).contains("dwcp node a ready");
        assertThat(tour.of("./dwcp status")).contains("encoding.v1").contains("transport.v1");
        assertThat(tour.of("./dwcp send LICENSE b")).contains("DONE").contains("sha-256 right");
        assertThat(tour.of("./dwcp promote transport v3 --share 10 --dry-run")).contains("nothing was changed").containsPattern("transport.v3 +0 % +10 %");
        assertThat(tour.of("./dwcp promote transport v3 --share 100")).contains("COMMITTED").contains("undo: dwcp rollback transport");
        assertThat(tour.of("./dwcp history")).containsPattern("transport.v1 +transport.v3 +100 % +COMMITTED").contains("OPERATOR");
        assertThat(tour.of("./dwcp list")).containsPattern("encoding.v1 .* 100 %").containsPattern("transport.v1 .* 100 %")
                .containsPattern("transport.v3 .* 0 % .*kill switch");
        assertThat(tour.of("./dwcp doctor")).contains("0 failed");
        assertThat(homes.resolve("b/data/inbox/LICENSE")).hasSameBinaryContentAs(root.resolve("LICENSE"));
        assertThat(homes.resolve("b/data/inbox/NOTICE")).hasSameBinaryContentAs(root.resolve("NOTICE"));
        assertThat(homes.resolve("a/data/node.json")).doesNotExist();
        assertThat(homes.resolve("b/data/node.json")).doesNotExist();
    }

    private static String lines(String readme) {
        var begin = readme.indexOf(BEGIN);
        var end = readme.indexOf(END);
        assertThat(begin).isNotNegative();
        assertThat(end).isGreaterThan(begin);
        return String.join("\n", readme.substring(begin + BEGIN.length(), end).lines().filter(line -> !line.startsWith("```")).toList());
    }

    private Run run(String script) throws IOException, InterruptedException {
        var output = Files.createTempFile("tour", ".out");
        try {
            var builder = new ProcessBuilder(List.of("bash", "-e", "-x", "-c", script)).directory(root.toFile()).redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile()).redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(key -> key.startsWith("DWCP_") && !key.equals("DWCP_BUILDING"));
            var bash = builder.start();
            if (!bash.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                bash.descendants().forEach(ProcessHandle::destroy);
                bash.destroyForcibly().waitFor();
            }
            return new Run(bash.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var all = Files.walk(folder)) {
                for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
