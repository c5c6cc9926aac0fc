// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.vm;

import java.time.Duration;

import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferStatus.State;

/**
 * How the move of a guest stands. Immutable snapshot.
 * {@snippet :
 * static double saved(MigrationStatus status) {
 *     return status.streamBytes() == 0 ? 0 : 1 - (double) status.wireBytes() / status.streamBytes();
 * }
 * }
 *
 * @param name                the guest
 * @param peer                where it goes
 * @param state               how it stands; WAITING while the peer cannot be reached
 * @param step                what is under way
 * @param memoryBytes         size of the guest's memory, 0 while it is not known
 * @param remainingBytes      memory that is still to go, as QEMU counts
 * @param streamBytes         bytes that QEMU has written
 * @param wireBytes           bytes handed to the transport for them, headers included
 * @param bytesPerSecond      rate on the wire in the last seconds
 * @param dirtyBytesPerSecond rate at which the guest changes its memory, as QEMU measures it round by round
 * @param rounds              times that QEMU went over the memory
 * @param expectedDowntime    standstill if it were stopped now, as QEMU predicts, and what is on its way; zero while it is not known
 * @param downtime            time from the guest's stop here until this node learned that it runs at the peer: a little more than the
 *                            guest itself noticed; zero before
 * @param elapsed             how long it takes or took
 * @param transport           provider that carries the bytes, empty text when none does
 * @param moves               times it was moved to another provider or lane while running
 * @param error               why it failed or waits, empty text when all is well
 */
public record MigrationStatus(String name, NodeId peer, State state, Step step, long memoryBytes, long remainingBytes, long streamBytes, long wireBytes,
        long bytesPerSecond, long dirtyBytesPerSecond, int rounds, Duration expectedDowntime, Duration downtime, Duration elapsed, String transport, long moves,
        String error) {
    /** What is under way. */
    public enum Step {
        /** The peer gets ready. */
        PREPARE,
        /** Memory travels while the guest runs. */
        COPY,
        /** The guest is stopped here and about to run there. */
        HANDOVER,
        /** The peer did not say whether the guest runs; it is asked until it does. */
        SETTLE,
        /** It is over. */
        END
    }
}
