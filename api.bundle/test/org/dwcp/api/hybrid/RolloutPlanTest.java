// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import org.dwcp.api.DwcpException;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

class RolloutPlanTest {
    private static RolloutPlan plan(List<Integer> steps, Duration dwell, int calls) {
        return new RolloutPlan(steps, dwell, calls, false);
    }

    private static void refused(String part, List<Integer> steps, Duration dwell, int calls) {
        assertThatThrownBy(() -> plan(steps, dwell, calls)).isInstanceOf(DwcpException.class).hasMessageContaining(part);
    }

    @Test
    @Requirement("R-131")
    void isTenFiftyAHundredUnlessToldOtherwise() {
        assertThat(RolloutPlan.DEFAULT.steps()).containsExactly(10, 50, 100);
        assertThat(RolloutPlan.DEFAULT.after(0)).contains(10);
        assertThat(RolloutPlan.DEFAULT.after(10)).contains(50);
        assertThat(RolloutPlan.DEFAULT.after(99)).contains(100);
        assertThat(RolloutPlan.DEFAULT.after(100)).isEmpty();
    }

    @Test
    void refusesStepsThatDoNotRise() {
        refused("0 steps", List.of(), Duration.ofSeconds(1), 0);
        refused("step 0 after 0", List.of(0, 10), Duration.ofSeconds(1), 0);
        refused("step 10 after 10", List.of(10, 10), Duration.ofSeconds(1), 0);
        refused("step 101 after 50", List.of(50, 101), Duration.ofSeconds(1), 0);
    }

    @Test
    void takesAsManyStepsAsItSaysAndNotOneMore() {
        assertThat(plan(IntStream.rangeClosed(1, RolloutPlan.STEPS_MAX).boxed().toList(), Duration.ofSeconds(1), 0).steps()).hasSize(RolloutPlan.STEPS_MAX);
        refused("21 steps", IntStream.rangeClosed(1, RolloutPlan.STEPS_MAX + 1).boxed().toList(), Duration.ofSeconds(1), 0);
    }

    @Test
    void refusesTimesAndCallsOutOfRange() {
        assertThat(plan(List.of(100), RolloutPlan.DWELL_MAX, RolloutPlan.CALLS_MAX).calls()).isEqualTo(RolloutPlan.CALLS_MAX);
        refused("dwell time of 999 ms", List.of(100), Duration.ofMillis(999), 0);
        refused("dwell time of 1500 ms", List.of(100), Duration.ofMillis(1_500), 0);
        refused("dwell time", List.of(100), RolloutPlan.DWELL_MAX.plusSeconds(1), 0);
        refused("-1 calls", List.of(100), Duration.ofSeconds(1), -1);
        refused("1000001 calls", List.of(100), Duration.ofSeconds(1), RolloutPlan.CALLS_MAX + 1);
    }

    @Test
    void pausesAndNothingElse() {
        RolloutPlan paused = RolloutPlan.DEFAULT.withPaused(true);

        assertThat(paused.paused()).isTrue();
        assertThat(paused.withPaused(false)).isEqualTo(RolloutPlan.DEFAULT);
    }
}
