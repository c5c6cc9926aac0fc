// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import java.time.Duration;
import java.util.Objects;

/**
 * One swap as its two providers see it. Immutable.
 * {@snippet :
 * SwapContext swap = new SwapContext("9f2c", "transport", "transport.v1", "transport.v3", java.time.Duration.ofSeconds(10));
 * java.time.Duration patience = swap.deadline();
 * }
 *
 * @param id       short id, the same in the log line, the history and the callbacks
 * @param slot     name of the slot
 * @param from     name of the provider that hands over; empty text when there was none
 * @param to       name of the provider that takes over
 * @param deadline how long the called method may take
 */
public record SwapContext(String id, String slot, String from, String to, Duration deadline) {
    /** Refuses missing parts. */
    public SwapContext {
        Objects.requireNonNull(id);
        Objects.requireNonNull(slot);
        Objects.requireNonNull(from);
        Objects.requireNonNull(to);
        Objects.requireNonNull(deadline);
    }
}
