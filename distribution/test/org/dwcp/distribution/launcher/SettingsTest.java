// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir
    Path home;

    @Test
    @Requirement("R-311")
    void anOptionWinsOverTheEnvironmentAndThatOverTheFile() throws Exception {
        file("dwcp.peer.port=1\ndwcp.peer.host=file\ndwcp.seed=file\n");

        var settings = new Settings(Map.of("dwcp.peer.port", "3"), Map.of("DWCP_PEER_PORT", "2", "DWCP_PEER_HOST", "environment"), home);

        assertThat(settings.find("dwcp.peer.port")).contains("3");
        assertThat(settings.find("dwcp.peer.host")).contains("environment");
        assertThat(settings.find("dwcp.seed")).contains("file");
        assertThat(settings.find("dwcp.inbox")).isEmpty();
    }

    @Test
    @Requirement("R-311")
    void aVariableCanNameTheConfigurationOfAPart() {
        assertThat(Settings.property("DWCP_CONFIG_ORG_DWCP_TRANSPORT_V3__PACE_MAX")).isEqualTo("dwcp.config.org.dwcp.transport.v3/pace.max");
    }

    @Test
    void variablesOfTheScriptsAreNoProperties() throws LaunchException {
        var settings = new Settings(Map.of(), Map.of("DWCP_HOME", "x", "DWCP_JAVA_OPTS", "y", "PATH", "z"), home);

        assertThat(settings.all()).isEmpty();
    }

    @Test
    void refusesAPortThatIsNone() {
        for (var port : List.of("65536", "-1", "x", "123456")) {
            assertThatThrownBy(() -> new Settings(Map.of("dwcp.peer.port", port), Map.of(), home))
                    .isInstanceOf(LaunchException.class).hasMessageContaining("'" + port + "' is not in 0..65535");
        }
    }

    @Test
    void optionsAreTakenInBothForms() throws LaunchException {
        var arguments = new Arguments("node", List.of("--home", "h", "--set=a=b", "word", "--set", "c=d", "--flag"), Set.of("--home", "--set"),
                Set.of("--flag"));

        assertThat(arguments.value("--home")).contains("h");
        assertThat(arguments.values("--set")).containsExactly("a=b", "c=d");
        assertThat(arguments.words()).containsExactly("word");
        assertThat(arguments.has("--flag")).isTrue();
    }

    @Test
    void unknownAndUnfinishedOptionsAreRefused() {
        assertThatThrownBy(() -> new Arguments("node", List.of("--x"), Set.of("--home"), Set.of()))
                .isInstanceOfSatisfying(LaunchException.class, e -> assertThat(e.code()).isEqualTo(2)).hasMessageContaining("--home");
        assertThatThrownBy(() -> new Arguments("node", List.of("--home"), Set.of("--home"), Set.of())).hasMessageContaining("needs a value");
    }

    private void file(String text) throws IOException {
        Files.createDirectories(home.resolve("etc"));
        Files.writeString(home.resolve("etc/node.properties"), text);
    }
}
