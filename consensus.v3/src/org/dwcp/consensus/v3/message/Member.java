// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.util.Arrays;

/**
 * One replica of a group.
 *
 * @param id          1 and up; stands for the signing key, so that nobody else ever has it
 * @param node        name of its node
 * @param signingKey  Ed25519 public key, X.509 encoded
 * @param agreeingKey X25519 public key, X.509 encoded, from which pairs of members derive their MAC keys
 * @param quarantined whether it is shut out: never leader, not listened to, still counted in n
 */
public record Member(int id, String node, byte[] signingKey, byte[] agreeingKey, boolean quarantined) {
    /** The same member, shut out. */
    public Member shutOut() {
        return new Member(id, node, signingKey, agreeingKey, true);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Member m && id == m.id && node.equals(m.node) && Arrays.equals(signingKey, m.signingKey)
                && Arrays.equals(agreeingKey, m.agreeingKey) && quarantined == m.quarantined;
    }

    @Override
    public int hashCode() {
        return id;
    }

    @Override
    public String toString() {
        return node + (quarantined ? " (quarantined)" : "");
    }
}
