// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.KeyManagementException;
import java.security.SecureRandom;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * A context whose engines and sockets speak TLS 1.3 only and ask the other side for a certificate. The JDK's own "TLSv1.3" context also
 * enables 1.2 and asks nobody: each user would have to remember two settings, and one who forgets would not notice.
 */
final class Tls13Context extends SSLContext {
    private static final String[] PROTOCOLS = {"TLSv1.3"};

    private Tls13Context(SSLContext inner) {
        super(new Spi(inner), inner.getProvider(), "TLSv1.3");
    }

    static SSLContext around(SSLContext inner) {
        return new Tls13Context(inner);
    }

    private static final class Spi extends SSLContextSpi {
        private final SSLContext inner;

        Spi(SSLContext inner) {
            this.inner = inner;
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random) throws KeyManagementException {
            throw new KeyManagementException("the node's TLS context is initialised already");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new Sockets(inner.getSocketFactory());
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return new ServerSockets(inner.getServerSocketFactory());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return strict(inner.createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return strict(inner.createSSLEngine(host, port));
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return inner.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return inner.getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return strict(inner.getDefaultSSLParameters());
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return strict(inner.getSupportedSSLParameters());
        }

        private static SSLEngine strict(SSLEngine engine) {
            engine.setEnabledProtocols(PROTOCOLS);
            engine.setNeedClientAuth(true);
            return engine;
        }

        private static SSLParameters strict(SSLParameters parameters) {
            parameters.setProtocols(PROTOCOLS);
            parameters.setNeedClientAuth(true);
            return parameters;
        }
    }

    private static Socket strict(Socket socket) {
        var tls = (SSLSocket) socket;
        tls.setEnabledProtocols(PROTOCOLS);
        tls.setNeedClientAuth(true);
        return tls;
    }

    private static final class Sockets extends SSLSocketFactory {
        private final SSLSocketFactory inner;

        Sockets(SSLSocketFactory inner) {
            this.inner = inner;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return inner.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return inner.getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket() throws IOException {
            return strict(inner.createSocket());
        }

        @Override
        public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
            return strict(inner.createSocket(socket, host, port, autoClose));
        }

        @Override
        public Socket createSocket(Socket socket, InputStream consumed, boolean autoClose) throws IOException {
            return strict(inner.createSocket(socket, consumed, autoClose));
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return strict(inner.createSocket(host, port));
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return strict(inner.createSocket(host, port, localHost, localPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return strict(inner.createSocket(host, port));
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
            return strict(inner.createSocket(host, port, localHost, localPort));
        }
    }

    private static final class ServerSockets extends SSLServerSocketFactory {
        private final SSLServerSocketFactory inner;

        ServerSockets(SSLServerSocketFactory inner) {
            this.inner = inner;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return inner.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return inner.getSupportedCipherSuites();
        }

        @Override
        public SSLServerSocket createServerSocket() throws IOException {
            return strict(inner.createServerSocket());
        }

        @Override
        public SSLServerSocket createServerSocket(int port) throws IOException {
            return strict(inner.createServerSocket(port));
        }

        @Override
        public SSLServerSocket createServerSocket(int port, int backlog) throws IOException {
            return strict(inner.createServerSocket(port, backlog));
        }

        @Override
        public SSLServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
            return strict(inner.createServerSocket(port, backlog, address));
        }

        private static SSLServerSocket strict(ServerSocket socket) {
            var tls = (SSLServerSocket) socket;
            tls.setEnabledProtocols(PROTOCOLS);
            tls.setNeedClientAuth(true);
            return tls;
        }
    }
}
