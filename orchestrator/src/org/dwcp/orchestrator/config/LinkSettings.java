// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import java.time.Duration;
import java.util.List;

import org.dwcp.api.Check;
import org.dwcp.orchestrator.decide.GradualMove;

/**
 * How links follow their modes. Immutable; every bound is checked.
 *
 * @param perConnection false: all flows follow the node's mode
 * @param steps         percentages in which the flows of a link move, rising, the last one 100
 * @param dwell         time that a step with flows is watched
 * @param worsePercent  loss of goodput that is still accepted
 * @param retry         time until a move that went back is tried again
 */
public record LinkSettings(boolean perConnection, List<Integer> steps, Duration dwell, int worsePercent, Duration retry) {
    static final int STEPS_MAX = 10;
    /** What a node that was told nothing does. */
    public static final LinkSettings DEFAULT = OrchestratorSettings.defaults().links();

    /** Refuses steps that do not rise to 100. */
    public LinkSettings {
        steps = List.copyOf(steps);
        boolean rising = !steps.isEmpty() && steps.size() <= STEPS_MAX && steps.getFirst() >= 1 && steps.getLast() == 100;
        for (int i = 1; rising && i < steps.size(); i++) {
            rising = steps.get(i) > steps.get(i - 1);
        }
        Check.argument(rising, "gradual.steps.percent %s are not 1 to %d rising percentages that end with 100", steps, STEPS_MAX);
    }

    /** Returns them as the moves need them. */
    public GradualMove.Rules rules() {
        return new GradualMove.Rules(steps, dwell.toNanos(), worsePercent, retry.toNanos());
    }
}
