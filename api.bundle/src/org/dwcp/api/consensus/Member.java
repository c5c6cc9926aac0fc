// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Objects;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;

/**
 * A member of a group: a node and the keys that it signs and agrees on secrets with there. The list of members is part of the replicated state; keys come into
 * it only by an ordered command, never from the network. Immutable; ordered by node.
 * {@snippet :
 * static boolean signed(Member member, byte[] message, byte[] signature) {
 *     return member.verify(message, signature);
 * }
 * }
 *
 * @param node         its name
 * @param signatureKey Ed25519 public key (RFC 8032), 64 hexadecimal digits
 * @param agreementKey X25519 public key (RFC 7748), 64 hexadecimal digits
 */
public record Member(NodeId node, String signatureKey, String agreementKey) implements Comparable<Member> {
    /** Most members of a group. Source: chosen; quorums talk all to all. */
    public static final int MEMBERS_MAX = 31;
    private static final String ED25519_PREFIX = "302a300506032b6570032100"; // SubjectPublicKeyInfo, RFC 8410
    private static final String X25519_PREFIX = "302a300506032b656e032100";

    /**
     * Checks the keys' form.
     *
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a key that is not 64 lower-case hexadecimal digits
     */
    public Member {
        Objects.requireNonNull(node);
        Check.argument(signatureKey != null && signatureKey.matches("[0-9a-f]{64}"), "signature key of %s is not 64 digits of 0-9 and a-f", node);
        Check.argument(agreementKey != null && agreementKey.matches("[0-9a-f]{64}"), "agreement key of %s is not 64 digits of 0-9 and a-f", node);
    }

    /**
     * Makes a member of a node and its public keys.
     *
     * @param node         its name
     * @param signatureKey an Ed25519 key
     * @param agreementKey an X25519 key
     * @return the member
     */
    public static Member of(NodeId node, PublicKey signatureKey, PublicKey agreementKey) {
        return new Member(node, raw(signatureKey), raw(agreementKey));
    }

    private static String raw(PublicKey key) {
        return HexFormat.of().formatHex(key.getEncoded()).substring(ED25519_PREFIX.length());
    }

    /**
     * Gives the key that its signatures are checked with.
     *
     * @return an Ed25519 key
     */
    public PublicKey signaturePublicKey() {
        return key("Ed25519", ED25519_PREFIX + signatureKey);
    }

    /**
     * Gives the key that a common secret is agreed with.
     *
     * @return an X25519 key
     */
    public PublicKey agreementPublicKey() {
        return key("X25519", X25519_PREFIX + agreementKey);
    }

    private PublicKey key(String algorithm, String encoded) {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(encoded)));
        } catch (GeneralSecurityException e) {
            throw new ConsensusException(ConsensusException.Reason.NOT_A_MEMBER, "key of " + node + " is no " + algorithm + " key: " + e.getMessage());
        }
    }

    /**
     * Checks a signature of this member.
     *
     * @param message   what was signed
     * @param signature 64 bytes; anything else is wrong
     * @return true when this member's key made it
     */
    public boolean verify(byte[] message, byte[] signature) {
        try {
            Signature check = Signature.getInstance("Ed25519");
            check.initVerify(signaturePublicKey());
            check.update(message);
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // malformed: of another length, or no point of the curve
        }
    }

    @Override
    public int compareTo(Member other) {
        return node.compareTo(other.node);
    }

    @Override
    public String toString() {
        return node + "/" + signatureKey.substring(0, 8);
    }
}
