// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An application's replicated state: deterministic, fed with each command exactly once and in the same order on every member. It keeps nothing on disk: the group
 * installs the last snapshot and applies the rest again. Calls come one at a time. No clock, randomness, files or network inside: what depends on them goes into the command.
 * {@snippet :
 * class Register implements StateMachine {
 *     private byte[] value = {};
 *     @Override public byte[] apply(byte[] command) {
 *         byte[] before = value;
 *         value = command;
 *         return before;
 *     }
 *     @Override public byte[] query(byte[] query) {
 *         return value;
 *     }
 *     @Override public byte[] snapshot() {
 *         return value;
 *     }
 *     @Override public void install(byte[] snapshot) {
 *         value = snapshot;
 *     }
 * }
 * }
 */
@ConsumerType
public interface StateMachine {
    /**
     * Takes the next command. An exception of kind REJECTED is an answer like any other and must be as deterministic as one; the state is then as before. Any other stops
     * the replica.
     *
     * @param command at most {@link Command#BODY_BYTES_MAX} bytes, given by some client; check it
     * @return the answer, at most {@link Command#REPLY_BYTES_MAX} bytes
     */
    byte[] apply(byte[] command);

    /**
     * Answers a question without changing the state.
     *
     * @param query at most {@link Command#BODY_BYTES_MAX} bytes, given by some client; check it
     * @return the answer, at most {@link Command#REPLY_BYTES_MAX} bytes
     */
    byte[] query(byte[] query);

    /**
     * Writes the state down.
     *
     * @return equal bytes for equal states; sort what has no order
     */
    byte[] snapshot();

    /**
     * Replaces the state.
     *
     * @param snapshot what {@link #snapshot} gave here or on another member; empty for the state before the first command
     */
    void install(byte[] snapshot);

    /**
     * Gives the digest of the state; override it when it can be kept up to date cheaper than by a whole snapshot.
     *
     * @return equal for equal states; default the digest of {@link #snapshot}
     */
    default Digest digest() {
        return Digest.of(snapshot());
    }
}
