// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.List;

import org.dwcp.consensus.v3.message.Message;

/**
 * What a replica has against another one.
 *
 * @param member   whom
 * @param kind     what for
 * @param detail   in words
 * @param evidence two signed messages that contradict each other: anybody can check them; empty when it is only this replica's word
 */
public record Suspicion(int member, Kind kind, String detail, List<Message> evidence) {
    /** What members do wrong. */
    public enum Kind {
        /** Said two things that exclude each other. */
        EQUIVOCATION,
        /** Sent what is not signed, not authenticated or not a message. */
        BAD_SIGNATURE,
        /** Has said nothing for a while. */
        SILENCE,
        /** Sends more than anybody may. */
        FLOODING,
        /** Keeps speaking of views that are over. */
        STALE_VIEW,
        /** Sent what a correct member would not send. */
        BAD_CONTENT
    }

    /** Copies the list. */
    public Suspicion {
        evidence = List.copyOf(evidence);
    }

    /** Whether a third party can check it. */
    public boolean provable() {
        return !evidence.isEmpty();
    }
}
