// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;

/**
 * Signs with the key of the node's certificate and checks by the cluster's authority: the certificate that travels with a value must come from it and name the
 * value's owner. A value is bound to its cluster. Who was checked is remembered, so that a further value of the same owner costs one signature. Not thread-safe.
 */
final class CertificateSeal implements Seal {
    /** Most owners that are remembered; each takes a certificate of some 600 bytes. Source: chosen. */
    private static final int REMEMBERED_MAX = 4_096;
    private static final int CERTIFICATES_MAX = 4;

    private record Known(NodeId owner, PublicKey key, long fromMs, long untilMs) {
    }

    private final NodeIdentity identity;
    private final byte[] ownChain;
    private final Map<ByteBuffer, Known> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Known> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    CertificateSeal(NodeIdentity identity) {
        this.identity = identity;
        ownChain = chain(identity.certificates().stream().filter(certificate -> !identity.authorities().contains(certificate)).toList());
    }

    /** Count (1), then each certificate with its length (2): own first, without the authority, which everybody has. */
    static byte[] chain(List<X509Certificate> certificates) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(certificates.size());
            for (var certificate : certificates) {
                var encoded = certificate.getEncoded();
                out.writeShort(encoded.length);
                out.write(encoded);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new DwcpException(DwcpException.Kind.BROKEN, "the node's own certificate cannot be written: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    @Override
    public SignedValue sign(SignedValue value) {
        try {
            var signature = Signature.getInstance(algorithm(identity.privateKey().getAlgorithm()));
            signature.initSign(identity.privateKey());
            signature.update(value.signed(identity.cluster()));
            return value.with(ownChain, signature.sign());
        } catch (GeneralSecurityException e) {
            throw new DwcpException(DwcpException.Kind.BROKEN, "the node's key cannot sign: " + e.getMessage(), e);
        }
    }

    private static String algorithm(String key) throws GeneralSecurityException {
        return switch (key) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            case "EdDSA", "Ed25519" -> "Ed25519";
            default -> throw new GeneralSecurityException("a key of kind " + key + " signs no gossip; use EC, RSA or Ed25519");
        };
    }

    @Override
    public Verdict check(SignedValue value, long wallMs) {
        Known known;
        try {
            known = known(value.chain(), wallMs);
        } catch (GeneralSecurityException | BufferUnderflowException | DwcpException e) {
            return Verdict.NOT_TRUSTED; // the figure counts it; the text would let a peer fill the log
        }
        if (!known.owner().equals(value.owner())) {
            return Verdict.FORGED;
        }
        if (wallMs < known.fromMs() || wallMs > known.untilMs()) {
            return Verdict.NOT_TRUSTED;
        }
        try {
            var signature = Signature.getInstance(algorithm(known.key().getAlgorithm()));
            signature.initVerify(known.key());
            signature.update(value.signed(identity.cluster()));
            return signature.verify(value.signature()) ? Verdict.GOOD : Verdict.FORGED;
        } catch (GeneralSecurityException e) {
            return Verdict.FORGED; // what is no signature at all is reported this way
        }
    }

    private Known known(byte[] chain, long wallMs) throws GeneralSecurityException {
        var key = ByteBuffer.wrap(chain);
        var known = remembered.get(key);
        if (known != null) {
            return known;
        }
        var certificates = read(chain);
        var anchors = new HashSet<TrustAnchor>();
        identity.authorities().forEach(authority -> anchors.add(new TrustAnchor(authority, null)));
        var parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false); // there is none in a cluster (ADR 12)
        parameters.setDate(new Date(wallMs));
        CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(certificates), parameters);
        var own = certificates.getFirst();
        known = new Known(identity.peerOf(certificates), own.getPublicKey(), own.getNotBefore().getTime(), own.getNotAfter().getTime());
        remembered.put(key, known);
        return known;
    }

    private static List<X509Certificate> read(byte[] chain) throws GeneralSecurityException {
        var in = ByteBuffer.wrap(chain);
        int count = in.get();
        if (count < 1 || count > CERTIFICATES_MAX) {
            throw new GeneralSecurityException(count + " certificates are not 1 to " + CERTIFICATES_MAX);
        }
        var factory = CertificateFactory.getInstance("X.509");
        var certificates = new ArrayList<X509Certificate>();
        for (int i = 0; i < count; i++) {
            int length = in.getShort() & 0xffff;
            if (length > in.remaining()) {
                throw new GeneralSecurityException("a certificate of " + length + " bytes exceeds the " + in.remaining() + " that are left");
            }
            var encoded = new byte[length];
            in.get(encoded);
            certificates.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(encoded)));
        }
        return certificates;
    }
}
