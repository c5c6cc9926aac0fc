// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;

/**
 * The cluster's certificate authority: issues one certificate a node. Keys are EC P-256, signatures ECDSA with SHA-256 (the curve and hash
 * that every TLS 1.3 implementation must have, RFC 8446 section 9.1). Nothing it makes outlives its own certificate.
 */
final class Authority {
    /** How long an authority lives. Source: chosen; see ADR-12. */
    static final Duration AUTHORITY_LIFE = Duration.ofDays(3_650);
    /** How long a node's certificate lives. Source: chosen; see ADR-12. */
    static final Duration NODE_LIFE = Duration.ofDays(365);
    /** Certificates begin this much in the past, for nodes whose clocks are behind. */
    static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int SERIAL_BITS = 127;
    private static final int LABEL_BYTES = 4;

    private final Credentials own;

    Authority(Credentials own) {
        this.own = own;
    }

    /** Makes a new authority, and with it a new cluster. */
    static Authority make(Instant now) {
        var random = new byte[LABEL_BYTES];
        new SecureRandom().nextBytes(random);
        var name = new X500Name("CN=dwcp cluster authority " + HexFormat.of().formatHex(random));
        try {
            var pair = keyPair();
            var builder = builder(name, name, pair.getPublic(), now, now.plus(AUTHORITY_LIFE));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(Extension.subjectKeyIdentifier, false, new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
            var certificate = sign(builder, pair);
            return new Authority(new Credentials(pair.getPrivate(), List.of(certificate), List.of(certificate)));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw failed("cluster authority", e);
        }
    }

    Credentials credentials() {
        return own;
    }

    X509Certificate certificate() {
        return own.own();
    }

    /** Issues a key and a certificate for a node. */
    Credentials issue(NodeId node, Instant now) {
        var end = earlier(now.plus(NODE_LIFE), certificate().getNotAfter().toInstant());
        try {
            var pair = keyPair();
            var utils = new JcaX509ExtensionUtils();
            var builder = builder(X500Name.getInstance(certificate().getSubjectX500Principal().getEncoded()), new X500Name("CN=" + node.value()),
                    pair.getPublic(), now, end);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false,
                    new ExtendedKeyUsage(new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(GeneralName.dNSName, node.value())));
            builder.addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(certificate()));
            builder.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(pair.getPublic()));
            var signed = sign(builder, new KeyPair(certificate().getPublicKey(), own.key()));
            return new Credentials(pair.getPrivate(), List.of(signed, certificate()), own.authorities());
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw failed("certificate of node " + node, e);
        }
    }

    private static X509v3CertificateBuilder builder(X500Name issuer, X500Name subject, PublicKey key, Instant now, Instant end) {
        return new JcaX509v3CertificateBuilder(issuer, new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0), Date.from(now.minus(CLOCK_SKEW)),
                Date.from(end), subject, key);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, KeyPair issuer)
            throws OperatorCreationException, GeneralSecurityException {
        var signer = new JcaContentSignerBuilder(SIGNATURE).build(issuer.getPrivate());
        var certificate = new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        certificate.verify(issuer.getPublic());
        return certificate;
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /** Copies the text only: the cause may be a class of the certificate library. */
    private static DwcpException failed(String what, Exception cause) {
        return new DwcpException(DwcpException.Kind.BROKEN, what + " cannot be made: " + cause);
    }
}
