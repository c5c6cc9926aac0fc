// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays the stories of {@code consensus.v3/scenarios} and compares. {@code -Drewrite} writes them anew; the diff is for review. */
class StoryTest {
    private static final Path FOLDER = Path.of(System.getProperty("dwcp.root", ".."), "consensus.v3", "scenarios");

    @TestFactory
    @Requirement({"R-066", "R-215"})
    Stream<DynamicTest> everyStoryEndsAsItIsWritten() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> replay(file)));
        }
    }

    private static void replay(Path file) throws IOException {
        var played = Story.play(Files.readAllLines(file));
        if (System.getProperty("rewrite") != null) {
            Files.writeString(file, played);
        }
        assertThat(played).isEqualTo(Files.readString(file));
    }
}
