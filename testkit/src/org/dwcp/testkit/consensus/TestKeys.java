// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.consensus;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;

import javax.crypto.KeyAgreement;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.MemberKeys;

/**
 * Keys of a member, made anew. Thread-safe.
 * {@snippet :
 * MemberKeys keys = TestKeys.of("lisbon");
 * }
 */
public final class TestKeys implements MemberKeys {
    private final KeyPair signing;
    private final KeyPair agreement;
    private final Member self;

    private TestKeys(NodeId node) {
        try {
            signing = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            agreement = KeyPairGenerator.getInstance("X25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no Ed25519 or X25519", e);
        }
        self = Member.of(node, signing.getPublic(), agreement.getPublic());
    }

    /**
     * Makes keys.
     *
     * @param node the member's node
     * @return new keys
     */
    public static TestKeys of(String node) {
        return new TestKeys(NodeId.of(node));
    }

    @Override
    public Member self() {
        return self;
    }

    @Override
    public byte[] sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(signing.getPrivate());
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public byte[] agree(Member other) {
        try {
            KeyAgreement secret = KeyAgreement.getInstance("X25519");
            secret.init(agreement.getPrivate());
            secret.doPhase(other.agreementPublicKey(), true);
            return secret.generateSecret();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
