// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;

/**
 * The identity that a key and its certificates give. Building one proves that they belong together, that the authority issued them and that
 * they are valid now; so what exists can be used. Immutable.
 */
public final class CertifiedIdentity implements NodeIdentity {
    private static final int CLUSTER_BYTES = 8;
    /** Type of a DNS name in {@link X509Certificate#getSubjectAlternativeNames()}; RFC 5280, section 4.2.1.6. */
    private static final int DNS_NAME = 2;

    private final Credentials credentials;
    private final NodeId id;
    private final String cluster;
    private final SSLContext tls;

    CertifiedIdentity(Credentials credentials, Instant now) {
        this.credentials = credentials;
        var own = credentials.own();
        try {
            this.id = nameIn(own);
            own.checkValidity(Date.from(now));
            own.verify(credentials.chain().getLast().getPublicKey());
            this.cluster = fingerprint(credentials.chain().getLast());
            this.tls = context(credentials);
        } catch (CertificateExpiredException e) {
            throw refused("certificate of " + subject(own) + " expired at " + own.getNotAfter().toInstant()
                    + "; enroll the node again: dwcp enroll NAME --home HOME --out DIR, then dwcp join", e);
        } catch (CertificateNotYetValidException e) {
            throw refused("certificate of " + subject(own) + " is valid from " + own.getNotBefore().toInstant() + " and it is " + now
                    + " now; set the machine's clock", e);
        } catch (GeneralSecurityException e) {
            throw refused("certificate of " + subject(own) + " cannot be used (" + e.getMessage() + "); enroll the node again", e);
        }
    }

    Credentials credentials() {
        return credentials;
    }

    /** Time until the own certificate ends. */
    Duration lifeLeft(Instant now) {
        return Duration.between(now, credentials.own().getNotAfter().toInstant());
    }

    @Override
    public NodeId id() {
        return id;
    }

    @Override
    public String cluster() {
        return cluster;
    }

    @Override
    public List<X509Certificate> certificates() {
        return credentials.chain();
    }

    @Override
    public PrivateKey privateKey() {
        return credentials.key();
    }

    @Override
    public List<X509Certificate> authorities() {
        return credentials.authorities();
    }

    @Override
    public SSLContext tls() {
        return tls;
    }

    @Override
    public NodeId peerOf(List<X509Certificate> certificates) throws CertificateException {
        if (certificates.isEmpty()) {
            throw new CertificateException("the peer sent no certificate");
        }
        return nameIn(certificates.getFirst());
    }

    @Override
    public String toString() {
        return "node " + id + " of cluster " + cluster;
    }

    /** A certificate names a node by exactly one DNS name; with more, it would depend on the reader who the peer is. */
    private static NodeId nameIn(X509Certificate certificate) throws CertificateException {
        var names = certificate.getSubjectAlternativeNames();
        var dns = names == null ? List.<String>of()
                : names.stream().filter(name -> Integer.valueOf(DNS_NAME).equals(name.get(0))).map(name -> (String) name.get(1)).toList();
        if (dns.size() != 1) {
            throw new CertificateException("certificate of " + subject(certificate) + " has " + dns.size() + " DNS names, a node's has one");
        }
        try {
            return NodeId.of(dns.getFirst());
        } catch (DwcpException e) {
            throw new CertificateException("certificate of " + subject(certificate) + " names no node: " + e.getMessage());
        }
    }

    private static SSLContext context(Credentials credentials) throws GeneralSecurityException {
        try {
            var trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            for (var index = 0; index < credentials.authorities().size(); index++) {
                trusted.setCertificateEntry("authority-" + index, credentials.authorities().get(index));
            }
            var trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[] {new OwnKey(credentials)}, trust.getTrustManagers(), null);
            return Tls13Context.around(context);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static String fingerprint(X509Certificate certificate) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()), 0, CLUSTER_BYTES);
    }

    private static String subject(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    private static DwcpException refused(String message, Exception cause) {
        return new DwcpException(DwcpException.Kind.REJECTED, message, cause);
    }
}
