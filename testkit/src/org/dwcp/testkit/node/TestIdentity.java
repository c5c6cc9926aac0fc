// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;

/** An identity issued by a {@link TestAuthority}. Immutable. */
public final class TestIdentity implements NodeIdentity {
    private static final int DNS_NAME = 2; // RFC 5280, GeneralName

    private final NodeId id;
    private final PrivateKey key;
    private final List<X509Certificate> certificates;
    private final List<X509Certificate> authorities;
    private final SSLContext tls;

    TestIdentity(NodeId id, PrivateKey key, List<X509Certificate> certificates, List<X509Certificate> authorities) {
        this.id = id;
        this.key = key;
        this.certificates = List.copyOf(certificates);
        this.authorities = List.copyOf(authorities);
        tls = newContext();
    }

    @Override
    public NodeId id() {
        return id;
    }

    @Override
    public String cluster() {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(authorities.getFirst().getEncoded());
            return HexFormat.of().formatHex(digest).substring(0, 16);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public List<X509Certificate> certificates() {
        return certificates;
    }

    @Override
    public PrivateKey privateKey() {
        return key;
    }

    @Override
    public List<X509Certificate> authorities() {
        return authorities;
    }

    @Override
    public SSLContext tls() {
        return tls;
    }

    @Override
    public NodeId peerOf(List<X509Certificate> chain) throws CertificateException {
        var names = Optional.ofNullable(chain.getFirst().getSubjectAlternativeNames()).orElse(List.of());
        return names.stream().filter(name -> name.getFirst().equals(DNS_NAME)).map(List::getLast).map(String.class::cast).findFirst()
                .map(NodeId::of).orElseThrow(() -> new CertificateException("certificate has no DNS name"));
    }

    private SSLContext newContext() {
        try {
            var password = "test".toCharArray();
            var store = emptyStore();
            store.setKeyEntry(id.value(), key, password, certificates.toArray(Certificate[]::new));
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(storeOf(authorities));
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot make a TLS context for " + id, e);
        }
    }

    private static KeyStore storeOf(Collection<X509Certificate> trusted) throws GeneralSecurityException, IOException {
        var store = emptyStore();
        for (var certificate : trusted) {
            store.setCertificateEntry(certificate.getSerialNumber().toString(), certificate);
        }
        return store;
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
