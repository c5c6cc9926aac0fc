// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * This node's keys as a member of groups; the private halves stay inside. Thread-safe.
 * {@snippet :
 * static byte[] signed(MemberKeys keys, byte[] message) {
 *     return keys.sign(message);
 * }
 * }
 */
@ConsumerType
public interface MemberKeys {
    /**
     * Gives this node as a member: its name and public keys.
     *
     * @return always the same
     */
    Member self();

    /**
     * Signs. Who calls puts the purpose in front of the message, so that a signature for one purpose is none for another.
     *
     * @param message what to sign
     * @return 64 bytes, Ed25519 (RFC 8032); equal for equal messages
     */
    byte[] sign(byte[] message);

    /**
     * Agrees on a secret with another member by X25519 (RFC 7748). Both get the same; derive keys from it, do not use it as one.
     *
     * @param other the other member
     * @return 32 bytes
     * @throws ConsensusException for reason NOT_A_MEMBER when its key is none
     */
    byte[] agree(Member other);
}
