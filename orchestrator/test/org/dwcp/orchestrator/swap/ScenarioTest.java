// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays the stories of {@code orchestrator/scenarios} and compares. {@code -Drewrite} writes them anew; the diff is for review. */
class ScenarioTest {
    private static final Path FOLDER = Path.of(System.getProperty("dwcp.root", ".."), "orchestrator", "scenarios");

    @TestFactory
    @Requirement({"R-008", "R-010", "R-075", "R-123", "R-131", "R-134", "R-312", "R-314", "R-319", "R-320", "R-463"})
    Stream<DynamicTest> everyStoryEndsAsItIsWritten() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> replay(file)));
        }
    }

    private static void replay(Path file) throws IOException {
        String played = Transcript.play(Files.readAllLines(file));
        if (System.getProperty("rewrite") != null) {
            Files.writeString(file, played);
        }
        assertThat(played).isEqualTo(Files.readString(file));
    }
}
