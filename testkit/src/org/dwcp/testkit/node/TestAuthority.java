// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.NodeId;

/**
 * A certificate authority for tests: P-256 keys, X.509 v3 (RFC 5280), the node's name as DNS name. Certificates are valid for an hour around
 * the moment of issue. Thread-safe.
 */
public final class TestAuthority {
    private static final byte[] ECDSA_SHA256 = Der.sequence(Der.oid(1, 2, 840, 10045, 4, 3, 2));
    private static final Duration VALID = Duration.ofHours(1);

    private final String name;
    private final AtomicLong serial = new AtomicLong(1);
    private final KeyPair keys = newKeys();
    private final X509Certificate certificate;

    /**
     * Makes an authority with a new key.
     *
     * @param name its common name
     */
    public TestAuthority(String name) {
        this.name = name;
        certificate = sign(name, keys.getPublic(), keys.getPrivate(), List.of(
                extension(Der.oid(2, 5, 29, 19), Der.sequence(Der.bool()))));
    }

    /**
     * Gives the authority's own certificate.
     *
     * @return self-signed
     */
    public X509Certificate certificate() {
        return certificate;
    }

    /**
     * Issues an identity to a node.
     *
     * @param node its name
     * @return key, certificate and trust of that node
     */
    public TestIdentity issue(NodeId node) {
        var own = newKeys();
        var names = Der.sequence(Der.tagged(0x82, node.value().getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        var issued = sign(node.value(), own.getPublic(), keys.getPrivate(), List.of(extension(Der.oid(2, 5, 29, 17), names)));
        return new TestIdentity(node, own.getPrivate(), List.of(issued, certificate), List.of(certificate));
    }

    private static byte[] extension(byte[] oid, byte[] value) {
        return Der.sequence(oid, Der.octets(value));
    }

    private X509Certificate sign(String subject, PublicKey subjectKey, PrivateKey by, List<byte[]> extensions) {
        var now = Instant.now();
        var body = Der.sequence(
                Der.tagged(0xa0, Der.integer(BigInteger.TWO)),
                Der.integer(BigInteger.valueOf(serial.getAndIncrement())),
                ECDSA_SHA256,
                commonName(name),
                Der.sequence(Der.time(now.minus(VALID)), Der.time(now.plus(VALID))),
                commonName(subject),
                subjectKey.getEncoded(),
                Der.tagged(0xa3, Der.sequence(extensions.toArray(byte[][]::new))));
        try {
            var signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(by);
            signature.update(body);
            var encoded = Der.sequence(body, ECDSA_SHA256, Der.bits(signature.sign()));
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign a certificate for " + subject, e);
        }
    }

    private static byte[] commonName(String value) {
        return Der.sequence(Der.set(Der.sequence(Der.oid(2, 5, 4, 3), Der.text(value))));
    }

    private static KeyPair newKeys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK makes no P-256 keys", e);
        }
    }
}
