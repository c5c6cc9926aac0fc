// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dwcp.api.hybrid.NetworkMode.DATACENTER;
import static org.dwcp.api.hybrid.NetworkMode.INTERNET;
import static org.dwcp.orchestrator.mode.Bench.conditions;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.hybrid.ModeThresholds.Verdict;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rule or a source that somebody else brings: obeyed while it is there, harmless when it fails. */
class CustomRuleTest {
    private final Bench bench = new Bench();

    @ParameterizedTest
    @EnumSource(NetworkMode.class)
    @Requirement("R-103")
    void aCustomRuleReplacesTheBuiltInOneWhileItIsThere(NetworkMode mode) {
        bench.settled(1, 10);
        bench.custom = Optional.of((current, average) -> new Verdict(mode, "because"));
        bench.detector.detectMode();

        assertThat(bench.mode()).isEqualTo(mode);
        assertThat(bench.detector.report().reason()).isEqualTo("custom rule: because");

        bench.custom = Optional.empty();
        bench.clock.advance(Duration.ofSeconds(30));
        bench.detector.detectMode();
        assertThat(bench.mode()).isEqualTo(DATACENTER);
    }

    @Test
    @Requirement({"R-103", "R-041"})
    void aCustomRuleThatFailsKeepsTheModeAndIsCounted() {
        bench.settled(1, 10).detector.detectMode();
        bench.clock.advance(Duration.ofMinutes(1));

        for (org.dwcp.api.hybrid.ModeThresholds broken : List.<org.dwcp.api.hybrid.ModeThresholds>of((c, a) -> null, (c, a) -> {
            throw new IllegalStateException("expected by the test");
        })) {
            bench.custom = Optional.of(broken);
            assertThat(bench.detector.detectMode()).isEqualTo(DATACENTER);
        }

        assertThat(bench.detector.failures()).isEqualTo(2);
    }

    @Test
    @Requirement("R-041")
    void aSourceThatFailsDoesNotStopTheOthers() {
        bench.detector.attach(() -> {
            throw new IllegalStateException("expected by the test");
        });
        var second = bench.detector.attach(() -> Optional.of(conditions(80, 0.2)));

        assertThat(bench.detector.detectMode()).isEqualTo(INTERNET);
        assertThat(bench.detector.failures()).isEqualTo(1);

        second.close();
        bench.detector.detectMode();
        assertThat(bench.detector.report().samples()).hasSize(1);
    }
}
