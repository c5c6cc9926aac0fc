// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Offers the node's one key to TLS, whoever asks. The JDK's own manager takes keys only out of a key store, which encrypts and decrypts them with
 * ten thousand rounds each: a tenth of a second of every start, for a key that is in memory anyway.
 */
final class OwnKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "node";

    private final Credentials credentials;

    OwnKey(Credentials credentials) {
        this.credentials = credentials;
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
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
        return matching(type);
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
        return matching(type);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
        return aliases(type);
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
        return aliases(type);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return ALIAS.equals(alias) ? credentials.chain().toArray(X509Certificate[]::new) : null;
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return ALIAS.equals(alias) ? credentials.key() : null;
    }

    /** A server is asked for one type after the other, a client for all of them at once. */
    private String matching(String type) {
        return credentials.key().getAlgorithm().equals(type) ? ALIAS : null;
    }

    private String[] aliases(String type) {
        return matching(type) == null ? null : new String[] {ALIAS};
    }
}
