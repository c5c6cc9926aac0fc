// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

class ModeSettingsTest {
    private static final ModeWindows WINDOWS = new ModeWindows(1 << 20, 2 << 20, 3 << 20);

    private final List<FlowSettings> applied = new ArrayList<>();
    private final ModeSettings settings = new ModeSettings(applied::add, FlowSettings.DEFAULT, WINDOWS, NetworkMode.HYBRID);

    @Test
    @Requirement("R-254")
    void theWindowOfFlowsFollowsTheMode() {
        settings.follow(NetworkMode.INTERNET);
        settings.follow(NetworkMode.DATACENTER);
        settings.follow(NetworkMode.HYBRID);

        assertThat(applied).extracting(FlowSettings::windowBytesMax).containsExactly(3L << 20, 1L << 20, 2L << 20);
        assertThat(applied).extracting(FlowSettings::chunkBytes).containsOnly(FlowSettings.DEFAULT.chunkBytes());
    }

    @Test
    void aChangedConfigurationKeepsTheMode() {
        settings.follow(NetworkMode.INTERNET);

        settings.configure(FlowSettings.DEFAULT, ModeWindows.DEFAULT);

        assertThat(applied.getLast().windowBytesMax()).isEqualTo(128L << 20);
    }

    @Test
    void refusesAWindowOutOfBoundsByItsKey() {
        assertThat(new ModeWindows(1 << 20, 1 << 20, 1 << 30).internetBytes()).isEqualTo(1 << 30);
        assertThatThrownBy(() -> new ModeWindows(1 << 20, 1 << 20, (1L << 30) + 1)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("window.bytes.internet = 1073741825");
        assertThatThrownBy(() -> new ModeWindows((1 << 20) - 1, 1 << 20, 1 << 20)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("window.bytes.datacenter");
    }
}
