// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * A running piece of work that a swap has moved from one provider to another. Immutable.
 * {@snippet :
 * static boolean inTime(FlowMove move) {
 *     return move.sinceDecision().compareTo(java.time.Duration.ofSeconds(2)) < 0;
 * }
 * }
 *
 * @param slot          name of the slot
 * @param key           what the work is about
 * @param from          provider before
 * @param to            provider after
 * @param at            when the first bytes were known to have arrived over {@code to}
 * @param sinceDecision time from the decision that moved it until then; with a graceful transition its wait is part of it
 */
public record FlowMove(String slot, String key, String from, String to, Instant at, Duration sinceDecision) {
    /** Refuses missing parts. */
    public FlowMove {
        Objects.requireNonNull(slot);
        Objects.requireNonNull(key);
        Objects.requireNonNull(from);
        Objects.requireNonNull(to);
        Objects.requireNonNull(at);
        Objects.requireNonNull(sinceDecision);
    }
}
