// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;

import org.dwcp.api.DwcpException;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.junit.jupiter.api.Test;

class SettingsLimitsTest {
    private static BreakerSettings breaker(int errors, long backoffMs, long backoffMaxMs, long probeMs, long timeoutMs) {
        return new BreakerSettings(errors, Duration.ofMillis(backoffMs), Duration.ofMillis(backoffMaxMs), Duration.ofMillis(probeMs), Duration.ofMillis(timeoutMs));
    }

    private static void refused(String part, int errors, long backoffMs, long backoffMaxMs, long probeMs, long timeoutMs) {
        assertThatThrownBy(() -> breaker(errors, backoffMs, backoffMaxMs, probeMs, timeoutMs)).isInstanceOf(DwcpException.class).hasMessageContaining(part);
    }

    @Test
    void aBreakerTakesItsLimitsAndNothingBeyond() {
        assertThat(breaker(1, 10, 10, 100, 10).errorsThreshold()).isEqualTo(1);
        assertThat(breaker(1_000, 600_000, 3_600_000, 3_600_000, 60_000).errorsThreshold()).isEqualTo(1_000);
        refused("threshold.errors 0", 0, 10, 10, 100, 10);
        refused("threshold.errors 1001", 1_001, 10, 10, 100, 10);
        refused("backoff.ms PT0.009S", 1, 9, 10, 100, 10);
        refused("backoff.ms.max PT0.019S is not between PT0.02S", 1, 20, 19, 100, 10);
        refused("health.interval.ms PT1H0.001S", 1, 10, 10, 3_600_001, 10);
        refused("probe.timeout.ms PT1M0.001S", 1, 10, 10, 100, 60_001);
        assertThatThrownBy(() -> new BreakerSettings(1, null, Duration.ZERO, Duration.ZERO, Duration.ZERO)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("backoff.ms null");
    }
}
