// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.junit.jupiter.api.Test;

class OverridesTest {
    @Test
    void groupsPropertiesByPid() {
        var overrides = new Overrides(Map.of(
                "dwcp.config.org.dwcp.transport.v3/pace.max", "1",
                "dwcp.config.org.dwcp.transport.v3/lanes", "2",
                "dwcp.config.org.dwcp.encoding.v1/level", "3",
                "dwcp.name", "a"));

        assertThat(overrides.byPid()).containsOnly(
                Map.entry("org.dwcp.transport.v3", Map.of("pace.max", "1", "lanes", "2")),
                Map.entry("org.dwcp.encoding.v1", Map.of("level", "3")));
    }

    @Test
    void ignoresWhatHasNoPidOrNoKey() {
        assertThat(new Overrides(Map.of("dwcp.config./key", "1", "dwcp.config.pid/", "2", "dwcp.config.pid", "3")).byPid()).isEmpty();
    }
}
