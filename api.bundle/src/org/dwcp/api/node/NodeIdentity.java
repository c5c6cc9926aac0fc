// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.SSLContext;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Who this node is and whom it trusts. Every connection between nodes is TLS 1.3 (RFC 8446) with certificates on both sides, issued by the
 * cluster's authority; the node's name stands in the certificate as DNS name. Thread-safe.
 * {@snippet :
 * static String self(NodeIdentity identity) {
 *     return identity.id().value();
 * }
 * }
 */
@ProviderType
public interface NodeIdentity {
    /**
     * Gives this node's name.
     *
     * @return the id
     */
    NodeId id();

    /**
     * Gives the name of the cluster: the SHA-256 of the authority's certificate, first 16 hexadecimal digits.
     *
     * @return 16 characters
     */
    String cluster();

    /**
     * Gives this node's certificate and those that lead to the authority.
     *
     * @return own certificate first
     */
    List<X509Certificate> certificates();

    /**
     * Gives the key of the own certificate, for TLS libraries.
     *
     * @return the private key; never log or send it
     */
    PrivateKey privateKey();

    /**
     * Gives the authorities that a peer's certificate must come from.
     *
     * @return at least one
     */
    List<X509Certificate> authorities();

    /**
     * Gives a context for JDK sockets: TLS 1.3, own certificate, trust in {@link #authorities()}.
     *
     * @return always the same context
     */
    SSLContext tls();

    /**
     * Reads the node's name from a certificate that TLS has verified.
     *
     * @param certificates the peer's chain, own certificate first
     * @return the peer's name
     * @throws CertificateException when it names no node; close the connection
     */
    NodeId peerOf(List<X509Certificate> certificates) throws CertificateException;
}
