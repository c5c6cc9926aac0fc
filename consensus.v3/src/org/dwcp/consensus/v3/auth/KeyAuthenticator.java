// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.auth;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.dwcp.consensus.v3.message.Limits;

/**
 * Real keys: Ed25519 signatures, MAC keys agreed by X25519 (RFC 7748) and bound to the group by HMAC, as HKDF's extract does (RFC 5869). Keys
 * are derived once and kept; strangers' keys are not kept beyond a bound. Thread-safe.
 */
public final class KeyAuthenticator implements Authenticator {
    private static final String HMAC = "HmacSHA256";
    private static final int KEYS_MAX = Limits.CLIENTS_MAX + 4 * Limits.MEMBERS_MAX;

    private final byte[] domain;
    private final UnaryOperator<byte[]> signing;
    private final UnaryOperator<byte[]> agreeing;
    private final Map<ByteBuffer, SecretKeySpec> shared = new ConcurrentHashMap<>();
    private final Map<ByteBuffer, Optional<PublicKey>> verifying = new ConcurrentHashMap<>();

    /**
     * Binds keys to a group.
     *
     * @param domain   name of group and epoch
     * @param signing  signs by Ed25519
     * @param agreeing gives the secret that it has in common with an X25519 key, X.509 encoded
     */
    public KeyAuthenticator(byte[] domain, UnaryOperator<byte[]> signing, UnaryOperator<byte[]> agreeing) {
        this.domain = domain.clone();
        this.signing = signing;
        this.agreeing = agreeing;
    }

    @Override
    public boolean usable(byte[] signingKey, byte[] agreeingKey) {
        return decode("Ed25519", signingKey).isPresent() && (agreeingKey.length == 0 || decode("X25519", agreeingKey).isPresent());
    }

    @Override
    public byte[] sign(byte[] content) {
        var all = Arrays.copyOf(domain, domain.length + content.length);
        System.arraycopy(content, 0, all, domain.length, content.length);
        return signing.apply(all);
    }

    @Override
    public boolean verify(byte[] publicKey, byte[] content, byte[] signature) {
        var key = verifying.computeIfAbsent(ByteBuffer.wrap(publicKey), ignored -> decode("Ed25519", publicKey));
        bound(verifying);
        if (key.isEmpty()) {
            return false;
        }
        try {
            var check = Signature.getInstance("Ed25519");
            check.initVerify(key.get());
            check.update(domain);
            check.update(content);
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // a signature of the wrong form is a wrong signature
        }
    }

    @Override
    public byte[] mac(byte[] agreeingKey, byte[] content) {
        var key = shared.computeIfAbsent(ByteBuffer.wrap(agreeingKey), ignored -> agree(agreeingKey));
        bound(shared);
        try {
            var mac = Mac.getInstance(HMAC);
            mac.init(key);
            return Arrays.copyOf(mac.doFinal(content), MAC_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no " + HMAC, e);
        }
    }

    private static void bound(Map<?, ?> cache) {
        if (cache.size() > KEYS_MAX) {
            cache.clear();
        }
    }

    private static Optional<PublicKey> decode(String algorithm, byte[] encoded) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(encoded)));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private SecretKeySpec agree(byte[] other) {
        try {
            var extract = Mac.getInstance(HMAC);
            extract.init(new SecretKeySpec(domain, HMAC));
            return new SecretKeySpec(extract.doFinal(agreeing.apply(other)), HMAC);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no " + HMAC, e);
        }
    }
}
