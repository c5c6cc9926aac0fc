// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import java.time.Duration;
import java.time.Instant;

import org.dwcp.api.NodeId;

/**
 * How a transfer stands. Immutable snapshot.
 * {@snippet :
 * static int percent(TransferStatus status) {
 *     return status.bytes() == 0 ? 100 : (int) (100 * status.bytesDone() / status.bytes());
 * }
 * }
 *
 * @param id           short id
 * @param direction    whose bytes they are
 * @param peer         the other end
 * @param name         path at the receiver
 * @param state        how it stands
 * @param files        files in it
 * @param filesDone    files that are whole and checked at the receiver
 * @param bytes        bytes in it
 * @param bytesDone    bytes acknowledged by the receiver, with those of earlier tries
 * @param bytesResumed bytes that an earlier try had brought already
 * @param bytesWire    bytes handed to the transport, headers included
 * @param bytesPerSecond rate of the last seconds, 0 when it does not run
 * @param started      when it began
 * @param elapsed      how long it runs or ran
 * @param transport    provider in use, empty text when none
 * @param encoding     provider in use, empty text when none
 * @param moves        times it was moved to another provider or lane while running
 * @param error        why it failed or waits, empty text when all is well
 */
public record TransferStatus(String id, Direction direction, NodeId peer, String name, State state, long files, long filesDone, long bytes,
        long bytesDone, long bytesResumed, long bytesWire, long bytesPerSecond, Instant started, Duration elapsed, String transport, String encoding,
        long moves, String error) {
    /** Whose bytes move. */
    public enum Direction {
        /** From here to the peer. */
        SEND,
        /** From the peer to here. */
        FETCH
    }

    /** How a transfer stands. */
    public enum State {
        /** Bytes move. */
        RUNNING,
        /** The peer cannot be reached; it is tried again. */
        WAITING,
        /** Everything arrived and its hash is right. */
        DONE,
        /** Given up; the error says why. */
        FAILED,
        /** Cancelled. */
        CANCELLED;

        /**
         * Tells whether it is over.
         *
         * @return true for DONE, FAILED and CANCELLED
         */
        public boolean ended() {
            return this == DONE || this == FAILED || this == CANCELLED;
        }
    }
}
