// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;

import javax.net.ssl.SSLException;

import org.junit.jupiter.api.Test;

class RefusalTest {
    private static String text(Throwable failure) {
        return Refusal.text(failure, "porto:7400");
    }

    private static SSLException tls(String message, Throwable cause) {
        return new SSLException(message, cause);
    }

    @Test
    void saysForEachFailureOfTheNetworkWhatToDo() {
        assertThat(text(new Refusal("not of this cluster"))).isEqualTo("not of this cluster");
        assertThat(text(new ConnectException("refused"))).startsWith("nothing answers at porto:7400");
        assertThat(text(new UnknownHostException("porto"))).isEqualTo("host of porto:7400 is unknown; correct the address");
        assertThat(text(new NoRouteToHostException())).startsWith("no route to porto:7400");
        assertThat(text(new SocketTimeoutException())).startsWith("no answer from porto:7400 in time");
        assertThat(text(new EOFException())).isEqualTo("porto:7400 closed the connection");
        assertThat(text(new IOException("reset\nby peer"))).isEqualTo("connection with porto:7400 broke (reset by peer)");
    }

    @Test
    void findsTheReasonBehindAFailureOfTls() {
        assertThat(text(tls("x", new IOException(new CertificateExpiredException())))).contains("has expired");
        assertThat(text(tls("x", new CertificateNotYetValidException()))).contains("is not valid yet");
        assertThat(text(tls("x", new CertPathValidatorException("no")))).contains("is not from this cluster's authority");
        assertThat(text(tls("x", new CertificateException("no")))).contains("is not from this cluster's authority");
        assertThat(text(tls("PKIX path building failed", null))).contains("is not from this cluster's authority");
        assertThat(text(tls("Received fatal alert: bad_certificate", null))).contains("refuses this node's certificate");
        assertThat(text(tls("Received fatal alert: handshake_failure", null))).startsWith("TLS 1.3 with porto:7400 failed");
        assertThat(text(tls("plaintext connection?", null))).contains("does not speak TLS");
        assertThat(text(tls("Unsupported or unrecognized SSL message", null))).contains("does not speak TLS");
        assertThat(text(tls(null, null))).isEqualTo("TLS 1.3 with porto:7400 failed (null)");
    }

    @Test
    void looksAtSoManyCausesAndNoMore() {
        Throwable deep = new CertificateExpiredException();
        for (int i = 0; i < 15; i++) {
            deep = tls("x", deep);
        }
        assertThat(text(deep)).as("the sixteenth").contains("has expired");
        assertThat(text(tls("x", deep))).as("the seventeenth").startsWith("TLS 1.3 with");
    }

    @Test
    void cutsWhatAPeerMayHaveChosen() {
        assertThat(Refusal.cut("x".repeat(300))).hasSize(300);
        assertThat(Refusal.cut("x".repeat(301))).hasSize(303).endsWith("...");
    }
}
