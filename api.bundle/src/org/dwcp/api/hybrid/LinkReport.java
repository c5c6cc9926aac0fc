// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import org.dwcp.api.NodeId;

/**
 * The mode of the link to one peer and why it is that. Immutable.
 * {@snippet :
 * static String line(LinkReport link) {
 *     return link.peer() + " " + (link.detected() ? link.mode().label() : "not detected yet") + ": " + link.reason();
 * }
 * }
 *
 * @param peer     the peer
 * @param mode     the link's mode; HYBRID before the first detection
 * @param detected false until the first detection; the node's mode holds for the link until then
 * @param since    when this mode began
 * @param average  rolling average that the last decision used; empty before the first
 * @param samples  the last samples of the link, oldest first, at most {@link ModeDetector#HISTORY_SAMPLES}
 * @param reason   inputs, rule and result in words
 * @param hints    what else is known of the way there, one sentence each: interface, RDMA; decides nothing
 */
public record LinkReport(NodeId peer, NetworkMode mode, boolean detected, Instant since, Optional<LinkConditions> average,
        List<LinkConditions> samples, String reason, List<String> hints) {
    /** Copies the lists; refuses missing parts. */
    public LinkReport {
        Objects.requireNonNull(peer);
        Objects.requireNonNull(mode);
        Objects.requireNonNull(since);
        Objects.requireNonNull(average);
        Objects.requireNonNull(reason);
        samples = List.copyOf(samples);
        hints = List.copyOf(hints);
    }
}
