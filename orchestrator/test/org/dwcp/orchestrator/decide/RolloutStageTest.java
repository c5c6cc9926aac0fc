// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.orchestrator.decide.RolloutStage.Arm;
import org.dwcp.orchestrator.decide.RolloutStage.Verdict;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

class RolloutStageTest {
    private static final long BEGAN_NS = 7_000_000_000L;
    private static final long DWELL_NS = Duration.ofSeconds(30).toNanos();
    private static final Arm BEFORE = new Arm(500, 400, 9_000_000, 500); // what was before the step does not count
    private static final Arm REST = calls(10_000, 0, 1);

    private static RolloutStage stage(int share, int calls) {
        return new RolloutStage(new FlagState.Rollout("v3", share, "r", Optional.of(new RolloutPlan(List.of(10, 50, 100), Duration.ofSeconds(30), calls,
                false))), BEGAN_NS, BEFORE, BEFORE);
    }

    private static Arm calls(long calls, long errors, double meanMs) {
        return BEFORE.plus(new Arm(calls, errors, (long) (calls * meanMs * 1e6), calls));
    }

    private static RolloutStage.Judgement judge(Arm candidate, long afterNs) {
        return stage(10, 20).judge(candidate, REST, BEGAN_NS + afterNs);
    }

    @Test
    void holdsUntilItsTimeIsOver() {
        assertThat(judge(calls(50, 0, 1), DWELL_NS - 1).verdict()).isEqualTo(Verdict.HOLD);
        assertThat(judge(calls(50, 0, 1), DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
    }

    @Test
    void holdsWithOneCallTooFew() {
        RolloutStage.Judgement few = judge(calls(19, 0, 1), DWELL_NS * 100);

        assertThat(few.verdict()).isEqualTo(Verdict.HOLD);
        assertThat(few.words()).startsWith("NOT_ENOUGH_DATA, holds until 20 calls; 10 % for 3000 of 30 s: v3 19 calls");
        assertThat(judge(calls(20, 0, 1), DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
    }

    @Test
    void timeAloneCountsWhenNoCallsAreAskedFor() {
        RolloutStage.Judgement idle = stage(10, 0).judge(BEFORE, BEFORE, BEGAN_NS + DWELL_NS);

        assertThat(idle.verdict()).isEqualTo(Verdict.NEXT);
        assertThat(idle.words()).isEqualTo("10 % for 30 of 30 s: v3 no calls; others no calls");
    }

    @Test
    @Requirement("R-293")
    void goesBackOnMoreThanOnePercentOfFailures() {
        assertThat(judge(calls(1_000, 9, 1), DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
        assertThat(judge(calls(1_000, 10, 1), DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
        assertThat(judge(calls(1_000, 11, 1), DWELL_NS).verdict()).isEqualTo(Verdict.BACK);
        assertThat(judge(calls(1_000, 15, 1), DWELL_NS).words()).startsWith("more than 1 % of its calls failed; 10 % for 30 of 30 s: v3 1000 calls (33.3 a second), 15 failed, 1.00 ms");
    }

    @Test
    @Requirement("R-293")
    void goesBackWhenItTakesMoreThanTwiceAsLong() {
        assertThat(judge(calls(1_000, 0, 1.9), DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
        assertThat(judge(calls(1_000, 0, 2), DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
        assertThat(judge(calls(1_000, 0, 2.1), DWELL_NS).verdict()).isEqualTo(Verdict.BACK);
    }

    @Test
    void badNewsWaitsForAHundredCallsOnly() {
        assertThat(judge(calls(99, 5, 1), 1).verdict()).isEqualTo(Verdict.HOLD);
        assertThat(judge(calls(100, 2, 1), 1).verdict()).isEqualTo(Verdict.BACK);
        assertThat(judge(calls(99, 0, 5), 1).verdict()).isEqualTo(Verdict.HOLD);
        assertThat(judge(calls(100, 0, 5), 1).verdict()).isEqualTo(Verdict.BACK);
        assertThat(judge(calls(20, 1, 1), DWELL_NS).verdict()).as("when the time is over, fewer will do").isEqualTo(Verdict.BACK);
    }

    @Test
    void comparesTimesOnlyWithEnoughCallsOnBothSides() {
        RolloutStage step = stage(50, 0);

        assertThat(step.judge(calls(19, 0, 50), REST, BEGAN_NS + DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
        assertThat(step.judge(calls(20, 0, 50), REST, BEGAN_NS + DWELL_NS).verdict()).isEqualTo(Verdict.BACK);
        assertThat(step.judge(calls(20, 0, 50), calls(19, 0, 1), BEGAN_NS + DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
    }

    @Test
    void aTenthOfAMillisecondIsNoNews() {
        assertThat(stage(10, 0).judge(calls(1_000, 0, 0.11), calls(1_000, 0, 0.02), BEGAN_NS + DWELL_NS).verdict()).isEqualTo(Verdict.NEXT);
        assertThat(stage(10, 0).judge(calls(1_000, 0, 0.13), calls(1_000, 0, 0.02), BEGAN_NS + DWELL_NS).verdict()).isEqualTo(Verdict.BACK);
    }

    @Test
    void countsThatFellAreNothing() {
        RolloutStage.Judgement judged = judge(Arm.NONE, DWELL_NS);

        assertThat(judged.verdict()).isEqualTo(Verdict.HOLD);
        assertThat(judged.words()).contains("v3 no calls");
    }

    @Test
    @Requirement("R-131")
    void goesFromTenToFiftyToAHundredAndThenStays() {
        assertThat(stage(10, 20).next()).isEqualTo(stage(50, 20).rollout());
        assertThat(stage(50, 20).next()).isEqualTo(stage(100, 20).rollout());
        assertThat(stage(100, 20).next()).isEqualTo(new FlagState.Rollout("v3", 100, "r"));
        assertThat(stage(30, 20).next().share()).as("a share between two steps").isEqualTo(50);
    }
}
