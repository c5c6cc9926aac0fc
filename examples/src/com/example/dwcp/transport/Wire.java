// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;

import javax.net.ssl.SSLSocket;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;

/**
 * One TLS 1.3 connection. It is always ended by closing the TCP socket below: closing the TLS socket would wait for a writer that is stuck. That an end is
 * in order is said by the frames, not by TLS.
 */
final class Wire implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final Socket tcp;
    private final SSLSocket tls;

    private Wire(Socket tcp, SSLSocket tls) {
        this.tcp = tcp;
        this.tls = tls;
        tls.setEnabledProtocols(new String[] {"TLSv1.3"});
    }

    static Wire toServer(Socket tcp, NodeIdentity identity) throws IOException {
        var tls = (SSLSocket) identity.tls().getSocketFactory().createSocket(tcp, "", tcp.getPort(), true);
        tls.setUseClientMode(true);
        return new Wire(tcp, tls);
    }

    static Wire toClient(Socket tcp, NodeIdentity identity) throws IOException {
        var tls = (SSLSocket) identity.tls().getSocketFactory().createSocket(tcp, "", tcp.getPort(), true);
        tls.setUseClientMode(false);
        tls.setNeedClientAuth(true);
        return new Wire(tcp, tls);
    }

    /** Shakes hands; gives the name in the other end's certificate, which TLS has verified. */
    NodeId handshake(NodeIdentity identity) throws IOException, CertificateException {
        tls.startHandshake();
        var chain = new ArrayList<X509Certificate>();
        for (var certificate : tls.getSession().getPeerCertificates()) {
            chain.add((X509Certificate) certificate);
        }
        return identity.peerOf(chain);
    }

    /** Bounds each read; zero for no bound. */
    void patience(Duration patience) throws IOException {
        tcp.setSoTimeout((int) patience.toMillis());
    }

    DataInputStream in() throws IOException {
        return new DataInputStream(new BufferedInputStream(tls.getInputStream(), BUFFER_BYTES));
    }

    DataOutputStream out() throws IOException {
        return new DataOutputStream(new BufferedOutputStream(tls.getOutputStream(), BUFFER_BYTES));
    }

    @Override
    public void close() {
        try {
            tcp.close();
        } catch (IOException e) {
            // It is closed either way.
        }
    }
}
