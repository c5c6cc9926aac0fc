// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import org.dwcp.api.Check;

/**
 * How a rollout goes on by itself: its share is raised step by step, each step watched for a while before the next, and taken back to nothing when
 * the provider fails in more than 1 % of its calls or takes more than twice as long as the others. Immutable.
 * {@snippet :
 * RolloutPlan week = new RolloutPlan(java.util.List.of(10, 50, 100), java.time.Duration.ofDays(2), 1_000, false);
 * }
 *
 * @param steps  1 to {@link #STEPS_MAX} rising percentages, 1 to 100
 * @param dwell  shortest time of a step, whole seconds, 1 s to {@link #DWELL_MAX}
 * @param calls  calls that the provider must have answered in a step before the next, 0 to {@link #CALLS_MAX}; 0: time alone counts
 * @param paused whether the share stays as it is
 */
public record RolloutPlan(List<Integer> steps, Duration dwell, int calls, boolean paused) {
    /** Most steps. Source: chosen; one for each of the finest worth watching. */
    public static final int STEPS_MAX = 20;
    /** Longest time of a step. Source: chosen; the documents' steps are weeks. */
    public static final Duration DWELL_MAX = Duration.ofDays(31);
    /** Most calls to wait for. Source: chosen. */
    public static final int CALLS_MAX = 1_000_000;
    /** 10, 50 and 100 %, each for 30 s and 20 calls. Source: the documents' steps; time and calls are chosen. */
    public static final RolloutPlan DEFAULT = new RolloutPlan(List.of(10, 50, 100), Duration.ofSeconds(30), 20, false);

    /** Copies the list; refuses values out of range. */
    public RolloutPlan {
        Objects.requireNonNull(dwell);
        steps = List.copyOf(steps);
        Check.argument(!steps.isEmpty() && steps.size() <= STEPS_MAX, "%d steps are not 1 to %d; give a few, as 10,50,100", steps.size(), STEPS_MAX);
        int before = 0;
        for (int step : steps) {
            Check.argument(step > before && step <= 100, "step %d after %d does not rise, or is not in 1..100; give percentages as 10,50,100", step, before);
            before = step;
        }
        Check.argument(dwell.compareTo(Duration.ofSeconds(1)) >= 0 && dwell.compareTo(DWELL_MAX) <= 0 && dwell.getNano() == 0,
                "dwell time of %d ms is not a whole number of seconds from 1 to %d", dwell.toMillis(), DWELL_MAX.toSeconds());
        Check.argument(calls >= 0 && calls <= CALLS_MAX, "%d calls are not in 0..%d", calls, CALLS_MAX);
    }

    /**
     * Finds the step that follows a share.
     *
     * @param share percent
     * @return the first larger step; empty after the last
     */
    public Optional<Integer> after(int share) {
        return steps.stream().filter(step -> step > share).findFirst();
    }

    /**
     * Holds the rollout where it is, or lets it go on.
     *
     * @param nowPaused whether the share stays as it is
     * @return the new plan
     */
    public RolloutPlan withPaused(boolean nowPaused) {
        return new RolloutPlan(steps, dwell, calls, nowPaused);
    }
}
