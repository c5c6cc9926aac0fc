// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;

import org.dwcp.api.DwcpException;
import org.junit.jupiter.api.Test;

class ControlSettingsTest {
    private static ControlSettings settings(int port, int sessions, long handshakeMs, long commandMs, long stallMs) {
        return new ControlSettings(port, sessions, Duration.ofMillis(handshakeMs), Duration.ofMillis(commandMs), Duration.ofMillis(stallMs));
    }

    private static void refused(String message, int port, int sessions, long handshakeMs, long commandMs, long stallMs) {
        assertThatThrownBy(() -> settings(port, sessions, handshakeMs, commandMs, stallMs)).isInstanceOf(DwcpException.class).hasMessage(message);
    }

    @Test
    void takesItsLimitsAndNothingBeyond() {
        assertThat(settings(0, 1, 100, 100, 100).port()).isZero();
        assertThat(settings(65_535, 256, 60_000, 600_000, 600_000).sessionsMax()).isEqualTo(256);
        refused("port -1 is not in 0..65535", -1, 1, 100, 100, 100);
        refused("port 65536 is not in 0..65535", 65_536, 1, 100, 100, 100);
        refused("sessions.max 0 is not in 1..256", 0, 0, 100, 100, 100);
        refused("sessions.max 257 is not in 1..256", 0, 257, 100, 100, 100);
        refused("handshake.timeout.ms 60001 is not in 100..60000", 0, 1, 60_001, 100, 100);
        refused("command.timeout.ms 99 is not in 100..600000", 0, 1, 100, 99, 100);
        refused("stall.timeout.ms 600001 is not in 100..600000", 0, 1, 100, 100, 600_001);
    }
}
