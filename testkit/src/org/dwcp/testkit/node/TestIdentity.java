// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
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
    private static final char[] PASSWORD = "test".toCharArray();

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

    /**
     * Writes it for another JVM, in one PKCS12 file.
     *
     * @param file made or replaced
     */
    public void save(Path file) {
        try (var out = Files.newOutputStream(file)) {
            var store = storeOf(authorities);
            store.setKeyEntry(id.value(), key, PASSWORD, certificates.toArray(Certificate[]::new));
            store.store(out, PASSWORD);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot write " + file, e);
        }
    }

    /**
     * Reads what another JVM has saved.
     *
     * @param file written by {@link #save}
     * @return the same identity
     */
    public static TestIdentity load(Path file) {
        try (var in = Files.newInputStream(file)) {
            var store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD);
            var authorities = new ArrayList<X509Certificate>();
            String name = null;
            for (var alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    name = alias;
                } else {
                    authorities.add((X509Certificate) store.getCertificate(alias));
                }
            }
            var chain = Arrays.stream(store.getCertificateChain(name)).map(X509Certificate.class::cast).toList();
            return new TestIdentity(NodeId.of(name), (PrivateKey) store.getKey(name, PASSWORD), chain, authorities);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
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
            var store = emptyStore();
            store.setKeyEntry(id.value(), key, PASSWORD, certificates.toArray(Certificate[]::new));
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD);
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
