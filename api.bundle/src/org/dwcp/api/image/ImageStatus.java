// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.image;

import java.time.Duration;

import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferStatus.State;

/**
 * How work on an image stands. Immutable snapshot.
 * {@snippet :
 * static int percent(ImageStatus status) {
 *     return status.stepBytes() == 0 ? 0 : (int) (100 * status.stepBytesDone() / status.stepBytes());
 * }
 * }
 *
 * @param id             short id
 * @param action         what is done
 * @param peer           the other end, or the node that is looked at
 * @param name           name of the image
 * @param version        SHA-256 of the version, 64 hexadecimal digits; empty text while it is not known
 * @param versions       versions that were found right, of a VERIFY
 * @param state          how it stands
 * @param step           what is under way
 * @param stepBytes      bytes of that step, 0 while they are not known
 * @param stepBytesDone  those that are done
 * @param bytesPerSecond rate of the step in the last seconds
 * @param imageBytes     size of the image, holes included
 * @param dataBytes      what of it is not zero
 * @param freshBytes     what of that the receiver did not have, each chunk once
 * @param packBytes      bytes that this took, compressed: what had to travel
 * @param bytesResumed   what of those an earlier try had brought already
 * @param bytesWire      bytes handed to the transport or taken from it, headers included; questions and answers too
 * @param elapsed        how long it runs or ran
 * @param transport      provider that carries the bytes, empty text when none does
 * @param moves          times it was moved to another provider or lane while running
 * @param error          why it failed or waits, empty text when all is well
 */
public record ImageStatus(String id, Action action, NodeId peer, String name, String version, int versions, State state, Step step, long stepBytes,
        long stepBytesDone, long bytesPerSecond, long imageBytes, long dataBytes, long freshBytes, long packBytes, long bytesResumed, long bytesWire,
        Duration elapsed, String transport, long moves, String error) {
    /** What is done. */
    public enum Action {
        /** A file becomes a version at a peer. */
        PUSH,
        /** A version of a peer becomes a file. */
        PULL,
        /** What a node keeps is read and hashed. */
        VERIFY
    }

    /** What is under way. */
    public enum Step {
        /** The file is read and cut into chunks. */
        SCAN,
        /** The receiver is asked what it has. */
        ASK,
        /** What it lacks is compressed. */
        PACK,
        /** That travels. */
        SEND,
        /** All of the image is read and hashed where it is kept. */
        CHECK
    }
}
