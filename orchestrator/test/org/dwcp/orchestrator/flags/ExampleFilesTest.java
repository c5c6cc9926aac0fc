// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

import org.dwcp.api.hybrid.FlagState;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of docs/examples do what their comments say. */
@Requirement("R-261")
class ExampleFilesTest {
    private static final Path EXAMPLES = Path.of(System.getProperty("dwcp.root", ".."), "docs", "examples");

    @TempDir
    private Path folder;

    private FlagState flags(String example) throws Exception {
        Path file = folder.resolve("flags.json");
        Files.copy(EXAMPLES.resolve(example), file);
        StoredFlags flags = StoredFlags.in(new FlagFile(file, folder.resolve("good.json")), name -> null);
        assertThat(flags.notes()).isEmpty();
        return flags.state();
    }

    @Test
    void theCanaryLetsATenthOfTheKeysUseV3() throws Exception {
        FlagState state = flags("flags-canary.json");

        assertThat(state.v3RolloutPercentage()).isEqualTo(10);
        assertThat(state.salt()).isEqualTo("spring");
        assertThat(state.enabled("encoding")).isFalse();
        assertThat(state.enabled("discovery")).isFalse();
        assertThat(state.enabled("transport")).isTrue();
    }

    @Test
    void theKillSwitchFileForcesV1AndLeavesTheRest() throws Exception {
        assertThat(flags("flags-killswitch.json")).isEqualTo(FlagState.DEFAULT.withForceV1(true));
    }

    @Test
    void theOrchestratorsExampleIsTakenWithoutAProblem() throws Exception {
        Properties example = new Properties();
        try (var reader = Files.newBufferedReader(EXAMPLES.resolve("org.dwcp.orchestrator.cfg"))) {
            example.load(reader);
        }
        Map<String, Object> values = new HashMap<>();
        example.stringPropertyNames().forEach(name -> values.put(name, example.getProperty(name)));

        Settings settings = new Settings(values, name -> null);

        assertThat(settings.problems()).isEmpty();
        assertThat(settings.effective()).filteredOn(e -> e.source() == Settings.Source.CONFIGURATION).hasSize(values.size());
        assertThat(settings.current().hybrid().cooldownPeriod()).isEqualTo(Duration.ofMinutes(2));
    }
}
