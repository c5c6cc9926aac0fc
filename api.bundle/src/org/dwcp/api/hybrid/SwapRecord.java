// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * What one swap did to one slot: an entry of the history, the callback's argument and the log line. Immutable.
 * {@snippet :
 * static boolean lostNothing(SwapRecord swap) {
 *     return swap.outcome() == SwapRecord.Outcome.COMMITTED && swap.aborted() == 0;
 * }
 * }
 *
 * @param id       short id of the transaction; slots that moved together share it
 * @param slot     name of the slot
 * @param from     provider that lost most keys, empty text when none: the primary before, when all keys moved
 * @param to       provider that gained most keys, empty text when none: the primary after, when all keys moved
 * @param share    share of {@code to} after the swap, 0 to 100
 * @param trigger  what asked for it
 * @param reason   why, in words
 * @param mode     the node's mode after it
 * @param at       when it was committed or given up
 * @param toCommit time from the request to the commit; with a graceful transition its wait is part of it
 * @param drain    time from the commit until the last lease on the old provider ended, or the drain timeout
 * @param drained  leases that ended by themselves within the drain
 * @param aborted  leases that had not ended at the drain timeout
 * @param outcome  how it ended
 * @param error    what went wrong, empty text when nothing did
 */
public record SwapRecord(String id, String slot, String from, String to, int share, Trigger trigger, String reason, NetworkMode mode, Instant at,
        Duration toCommit, Duration drain, long drained, long aborted, Outcome outcome, String error) {

    /** What asked for a swap. */
    public enum Trigger {
        /** The mode detector. */
        MODE,
        /** An operator's promote, rollback, pin or unpin. */
        OPERATOR,
        /** A rollout's plan: its next step, or its way back. */
        ROLLOUT,
        /** A feature flag. */
        FLAG,
        /** The kill switch. */
        KILL_SWITCH,
        /** A failed provider. */
        FALLBACK,
        /** A provider that works again. */
        RECOVERY,
        /** A provider that was installed or went away. */
        REGISTRY
    }

    /** How a swap ended. */
    public enum Outcome {
        /** The traffic moved. */
        COMMITTED,
        /** Given up before the commit; nothing changed. */
        UNDONE
    }

    /** Refuses missing parts. */
    public SwapRecord {
        Objects.requireNonNull(id);
        Objects.requireNonNull(slot);
        Objects.requireNonNull(from);
        Objects.requireNonNull(to);
        Objects.requireNonNull(trigger);
        Objects.requireNonNull(reason);
        Objects.requireNonNull(mode);
        Objects.requireNonNull(at);
        Objects.requireNonNull(toCommit);
        Objects.requireNonNull(drain);
        Objects.requireNonNull(outcome);
        Objects.requireNonNull(error);
    }
}
