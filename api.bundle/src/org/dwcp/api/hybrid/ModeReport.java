// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The node's mode and why it is that. Immutable.
 * {@snippet :
 * static String line(ModeReport report) {
 *     return report.mode().label() + (report.detected() ? "" : " (undetected)") + ": " + report.reason();
 * }
 * }
 *
 * @param mode     the mode; HYBRID before the first detection
 * @param detected false until the first detection or override; every slot stays on v1 until then
 * @param forced   true while an operator's override holds
 * @param since    when this mode began
 * @param average  rolling average that the last decision used; empty before the first
 * @param samples  the last samples of the node, oldest first, at most 10
 * @param reason   inputs, rule and result in words
 */
public record ModeReport(NetworkMode mode, boolean detected, boolean forced, Instant since, Optional<LinkConditions> average,
        List<LinkConditions> samples, String reason) {
    /** Copies the list. */
    public ModeReport {
        samples = List.copyOf(samples);
    }
}
