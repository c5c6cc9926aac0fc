// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;

/**
 * Both ends of a connection between Raft servers: the node's certificate, and trust in members of a group hosted here alone, by the name in the certificate. Addresses say
 * nothing, so no host name is checked.
 */
final class MemberTls {
    private static final String ALIAS = "node";

    private MemberTls() {
    }

    static X509ExtendedKeyManager keys(NodeIdentity identity) {
        return new OwnKey(identity);
    }

    static X509ExtendedTrustManager trust(NodeIdentity identity, Predicate<NodeId> isMember) {
        return new Trust(identity, isMember);
    }

    private static final class OwnKey extends X509ExtendedKeyManager {
        private final NodeIdentity identity;

        OwnKey(NodeIdentity identity) {
            this.identity = identity;
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return matching(type) ? new String[] {ALIAS} : null;
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return ALIAS;
        }

        @Override
        public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
            return ALIAS;
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return matching(type) ? new String[] {ALIAS} : null;
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return matching(type) ? ALIAS : null;
        }

        @Override
        public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
            return matching(type) ? ALIAS : null;
        }

        private boolean matching(String type) {
            return type.startsWith(identity.privateKey().getAlgorithm()) || type.equals("EC_EC") && identity.privateKey().getAlgorithm().equals("EC");
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return identity.certificates().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.privateKey();
        }
    }

    private static final class Trust extends X509ExtendedTrustManager {
        private final NodeIdentity identity;
        private final Predicate<NodeId> isMember;

        Trust(NodeIdentity identity, Predicate<NodeId> isMember) {
            this.identity = identity;
            this.isMember = isMember;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            try {
                var anchors = identity.authorities().stream().map(authority -> new TrustAnchor(authority, null)).collect(Collectors.toSet());
                var parameters = new PKIXParameters(anchors);
                parameters.setRevocationEnabled(false); // a cluster takes a node out by its member lists
                var withoutAnchors = List.of(chain).stream().filter(certificate -> !identity.authorities().contains(certificate)).toList();
                CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(withoutAnchors), parameters);
            } catch (GeneralSecurityException e) {
                throw new CertificateException("not issued by this cluster: " + e.getMessage(), e);
            }
            var peer = identity.peerOf(List.of(chain));
            if (!isMember.test(peer)) {
                throw new CertificateException("node " + peer + " is no member of a Raft group on " + identity.id());
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return identity.authorities().toArray(X509Certificate[]::new);
        }
    }
}
