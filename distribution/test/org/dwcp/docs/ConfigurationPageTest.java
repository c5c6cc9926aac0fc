// SPDX-License-Identifier: Apache-2.0
package org.dwcp.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of docs/configuration.md are those of the built bundles; {@code -Drewrite} writes them anew. */
class ConfigurationPageTest {
    private static final Path ROOT = Path.of(System.getProperty("dwcp.root", ".."));
    private static final Path PAGE = ROOT.resolve("docs/configuration.md");
    private static final Path EXAMPLES = ROOT.resolve("docs/examples");
    private static final Pattern TABLES = Pattern.compile("(?s)(?<=<!-- tables:begin -->\n).*(?=<!-- tables:end -->)");
    /** This one reads short variables of its own; a test in its project holds them against its README. */
    private static final String ORCHESTRATOR = "org.dwcp.orchestrator";

    @Test
    void thePageShowsEveryKeyOfEveryPidAsTheBundlesDefineIt() throws Exception {
        var tables = tables(Metatype.read(ROOT));
        var page = Files.readString(PAGE);
        if (System.getProperty("rewrite") != null) {
            page = TABLES.matcher(page).replaceFirst(java.util.regex.Matcher.quoteReplacement(tables));
            Files.writeString(PAGE, page);
        }

        assertThat(page).as("run: ./dwcp test distribution --only ConfigurationPageTest -Drewrite").contains(tables);
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.dwcp.orchestrator", "org.dwcp.orchestrator.peers", "org.dwcp.transport.v3", "org.dwcp.encoding.v3", "org.dwcp.migration"})
    @Requirement("R-261")
    void eachExampleSetsOnlyKeysThatThereAreToValuesThatAreAllowed(String pid) throws Exception {
        var keys = Metatype.read(ROOT).get(pid);
        var example = new Properties();
        try (var reader = Files.newBufferedReader(EXAMPLES.resolve(pid + ".cfg"))) {
            example.load(reader);
        }

        assertThat(example).isNotEmpty();
        assertThat(keys).containsKeys(example.stringPropertyNames().toArray(String[]::new));
        for (var name : example.stringPropertyNames()) {
            var key = keys.get(name);
            if (key.isNumber()) {
                assertThat(Double.parseDouble(example.getProperty(name))).as(name).isBetween(Double.valueOf(key.min()), Double.valueOf(key.max()));
            }
        }
    }

    @Test
    @Requirement("R-261")
    void everyExampleIsTriedByATest() throws Exception {
        try (var files = Files.list(EXAMPLES)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder(
                    "org.dwcp.orchestrator.cfg", "org.dwcp.orchestrator.peers.cfg", "org.dwcp.transport.v3.cfg", "org.dwcp.encoding.v3.cfg",
                    "org.dwcp.migration.cfg", // here
                    "flags-canary.json", "flags-killswitch.json", // in orchestrator, with org.dwcp.orchestrator.cfg
                    "Consumer.java"); // compiled by orchestrator's test
        }
    }

    private static String tables(Map<String, Map<String, Metatype.Key>> pids) {
        var text = new StringBuilder();
        pids.forEach((pid, keys) -> {
            text.append("### ").append(pid).append("\n\n");
            if (keys.isEmpty()) {
                text.append("Nothing but the ranking, which the orchestrator writes.\n\n");
                return;
            }
            text.append("Variables: `").append(variables(pid)).append("`\n\n");
            text.append("| key | default | min | max | meaning |\n|---|---|---|---|---|\n");
            keys.values().forEach(key -> text.append("| `%s` | %s | %s | %s | %s |%n".formatted(key.name(),
                    key.standard().isEmpty() ? "(empty)" : key.standard(), key.min(), key.max(), key.meaning())));
            text.append('\n');
        });
        return text.toString();
    }

    private static String variables(String pid) {
        return pid.equals(ORCHESTRATOR) ? "DWCP_KEY" : "DWCP_CONFIG_" + pid.toUpperCase(Locale.ROOT).replace('.', '_') + "__KEY";
    }
}
