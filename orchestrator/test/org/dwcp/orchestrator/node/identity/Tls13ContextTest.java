// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

import org.dwcp.api.node.NodeIdentity;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class Tls13ContextTest {
    private final NodeIdentity a = new TestIdentities().of("a");

    @Test
    void everythingTheContextMakesSpeaksOneThreeOnlyAndAsksForACertificate() throws IOException {
        var engine = a.tls().createSSLEngine();
        try (var socket = (SSLSocket) a.tls().getSocketFactory().createSocket();
                var server = (SSLServerSocket) a.tls().getServerSocketFactory().createServerSocket()) {
            assertThat(engine.getEnabledProtocols()).containsExactly("TLSv1.3");
            assertThat(socket.getEnabledProtocols()).containsExactly("TLSv1.3");
            assertThat(server.getEnabledProtocols()).containsExactly("TLSv1.3");
            assertThat(server.getNeedClientAuth()).isTrue();
            engine.setUseClientMode(false);
            assertThat(engine.getNeedClientAuth()).isTrue();
            assertThat(a.tls().getDefaultSSLParameters().getProtocols()).containsExactly("TLSv1.3");
        }
    }

    @Test
    @Requirement("R-492")
    void refusesAnOlderTls() throws Exception {
        assertThatThrownBy(() -> connect("TLSv1.2", a.tls())).isInstanceOf(SSLException.class).hasMessageContaining("protocol_version");
    }

    @Test
    @Requirement("R-493")
    void refusesAClientWithoutACertificate() throws Exception {
        var anonymous = SSLContext.getInstance("TLSv1.3");
        anonymous.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());

        assertThatThrownBy(() -> connect("TLSv1.3", anonymous)).isInstanceOf(IOException.class).hasMessageContaining("certificate_required");
    }

    @Test
    void acceptsANodeOfTheCluster() throws Exception {
        assertThat(connect("TLSv1.3", a.tls())).isEqualTo(7);
    }

    /** Reads one byte from a server of node a. */
    private int connect(String protocol, SSLContext client) throws Exception {
        try (var server = a.tls().getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var done = CompletableFuture.runAsync(() -> {
                try (var accepted = server.accept()) {
                    accepted.getOutputStream().write(7);
                } catch (IOException e) {
                    // The client tells what happened.
                }
            }, executor);
            try (var socket = (SSLSocket) client.getSocketFactory().createSocket(server.getInetAddress(), server.getLocalPort())) {
                socket.setEnabledProtocols(new String[] {protocol});
                socket.startHandshake();
                return socket.getInputStream().read();
            } finally {
                done.get(10, TimeUnit.SECONDS);
            }
        }
    }

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            // Everything is fine here.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // Everything is fine here.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
