// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.auth;

/**
 * Makes and checks what proves a sender. Bound to one group and epoch, so that nothing said in one passes in another. Thread-safe.
 */
public interface Authenticator {
    /** Bytes of one MAC. Source: 128 bits, RFC 2104 section 5 allows half of the hash. */
    int MAC_BYTES = 16;

    /** Whether both keys of a member, or a client's one (the other empty), can be used at all. */
    boolean usable(byte[] signingKey, byte[] agreeingKey);

    /** Signs with the own key. */
    byte[] sign(byte[] content);

    /** Whether the owner of a public key has signed this. */
    boolean verify(byte[] publicKey, byte[] content, byte[] signature);

    /**
     * Makes the MAC that only one other member can check.
     *
     * @param agreeingKey that member's public key
     */
    byte[] mac(byte[] agreeingKey, byte[] content);
}
