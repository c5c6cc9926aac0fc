// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The rule from conditions to mode. The built-in one follows the configured thresholds with hysteresis; a service of this type replaces it
 * while it is registered (highest ranking wins). Called by the detector from its own thread; must be pure and return at once.
 * {@snippet :
 * ModeThresholds byLatencyAlone = (current, average) -> new ModeThresholds.Verdict(
 *         average.rttMs() < 5 ? NetworkMode.DATACENTER : NetworkMode.INTERNET, "rtt " + average.rttMs() + " ms");
 * }
 */
@ConsumerType
@FunctionalInterface
public interface ModeThresholds {
    /**
     * Decides.
     *
     * @param current the mode now
     * @param average rolling average of the last samples
     * @return the mode that the conditions ask for, with the rule that fired
     */
    Verdict decide(NetworkMode current, LinkConditions average);

    /**
     * A decision with its grounds.
     *
     * @param mode   the mode
     * @param reason the rule that fired and its inputs, in words
     */
    record Verdict(NetworkMode mode, String reason) {
    }
}
