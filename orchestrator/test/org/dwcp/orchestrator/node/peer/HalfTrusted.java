// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;

/** A stranger that has got hold of the cluster's authority certificate, which is no secret: it trusts the cluster, the cluster not it. */
record HalfTrusted(NodeIdentity stranger, NodeIdentity member) implements NodeIdentity {
    @Override
    public NodeId id() {
        return stranger.id();
    }

    @Override
    public String cluster() {
        return member.cluster();
    }

    @Override
    public List<X509Certificate> certificates() {
        return stranger.certificates();
    }

    @Override
    public PrivateKey privateKey() {
        return stranger.privateKey();
    }

    @Override
    public List<X509Certificate> authorities() {
        return member.authorities();
    }

    @Override
    public SSLContext tls() {
        try {
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store(stranger), new char[0]);
            var trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("authority", member.authorities().getFirst());
            var trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyStore store(NodeIdentity identity) throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", identity.privateKey(), new char[0], identity.certificates().toArray(Certificate[]::new));
        return store;
    }

    @Override
    public NodeId peerOf(List<X509Certificate> certificates) throws CertificateException {
        return member.peerOf(certificates);
    }
}
