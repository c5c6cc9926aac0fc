// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.dwcp.api.DwcpException;
import org.junit.jupiter.api.Test;

class FlagLimitsTest {
    private static void refused(String part, FlagKey key, String text) {
        assertThatThrownBy(() -> key.parse(text)).isInstanceOf(DwcpException.class).hasMessageContaining(part);
    }

    @Test
    void readsVariablesWithinTheirLimits() {
        assertThat(FlagKey.FORCE_V1_MODE.parse("TRUE")).isEqualTo(true);
        assertThat(FlagKey.FORCE_V1_MODE.parse("false")).isEqualTo(false);
        refused("DWCP_FORCE_V1_MODE 'yes' is not true or false", FlagKey.FORCE_V1_MODE, "yes");
        assertThat(FlagKey.V3_ROLLOUT_PERCENTAGE.parse("100")).isEqualTo(100);
        refused("'101' is not a whole number from 0 to 100", FlagKey.V3_ROLLOUT_PERCENTAGE, "101");
        refused("'-1'", FlagKey.V3_ROLLOUT_PERCENTAGE, "-1");
        assertThat(FlagKey.SALT.parse("s".repeat(64))).isEqualTo("s".repeat(64));
        refused("is not 1 to 64 characters long", FlagKey.SALT, "");
        refused("is not 1 to 64 characters long", FlagKey.SALT, "s".repeat(65));
    }

    private static void unread(String part, String json) {
        assertThatThrownBy(() -> FlagJson.read(json)).isInstanceOf(DwcpException.class).hasMessageContaining(part);
    }

    @Test
    void readsTablesAndTextsWithinTheirLimits() {
        assertThat(FlagJson.read(pins(FlagJson.ENTRIES_MAX)).pins()).hasSize(FlagJson.ENTRIES_MAX);
        unread("Pins has more than 256 entries", pins(FlagJson.ENTRIES_MAX + 1));
        assertThat(FlagJson.read("{\"Pins\": {\"" + "s".repeat(128) + "\": \"" + "p".repeat(128) + "\"}}").pins()).hasSize(1);
        unread("name of 129 characters", "{\"Pins\": {\"" + "s".repeat(129) + "\": \"p\"}}");
        unread("name of 0 characters", "{\"Pins\": {\"\": \"p\"}}");
        unread("Pins of 0 characters", "{\"Pins\": {\"s\": \"\"}}");
        unread("Pins of 129 characters", "{\"Pins\": {\"s\": \"" + "p".repeat(129) + "\"}}");
    }

    private static String pins(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"slot" + i + "\": \"p\"").collect(Collectors.joining(", ", "{\"Pins\": {", "}}"));
    }
}
