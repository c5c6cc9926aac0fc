// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

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

/** A connection that one end does not want, with a text that tells an operator what to do. Expected in operation, so it carries no stack. */
final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int CAUSES_MAX = 16;
    private static final int TEXT_MAX = 300;

    Refusal(String reason) {
        super(reason);
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }

    /** Says in words why a connection to or from an address failed. */
    static String text(Throwable failure, String address) {
        if (failure instanceof Refusal) {
            return failure.getMessage();
        }
        if (failure instanceof ConnectException) {
            return "nothing answers at " + address + " (connection refused); start the node there or correct its address";
        }
        if (failure instanceof UnknownHostException) {
            return "host of " + address + " is unknown; correct the address";
        }
        if (failure instanceof NoRouteToHostException) {
            return "no route to " + address + "; check network and firewall";
        }
        if (failure instanceof SocketTimeoutException) {
            return "no answer from " + address + " in time; check network and firewall, and that a node listens there";
        }
        if (failure instanceof EOFException) {
            return address + " closed the connection";
        }
        if (failure instanceof SSLException) {
            return tls((SSLException) failure, address);
        }
        return cut("connection with " + address + " broke (" + failure.getMessage() + ")");
    }

    private static String tls(SSLException failure, String address) {
        Throwable cause = failure;
        for (var depth = 0; cause != null && depth < CAUSES_MAX; depth++, cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return "certificate of the node at " + address + " has expired; enroll that node again";
            }
            if (cause instanceof CertificateNotYetValidException) {
                return "certificate of the node at " + address + " is not valid yet; compare the clocks of both machines";
            }
        }
        if (hasPathFailure(failure)) {
            return "certificate of the node at " + address + " is not from this cluster's authority; enroll that node here, or correct the address";
        }
        var text = String.valueOf(failure.getMessage());
        if (text.contains("alert") && text.contains("certificate")) {
            return cut("the node at " + address + " refuses this node's certificate (" + text
                    + "); both must be enrolled by the same authority and their clocks be right");
        }
        if (text.contains("plaintext") || text.contains("Unsupported or unrecognized SSL message")) {
            return "what answers at " + address + " does not speak TLS; correct the port";
        }
        return cut("TLS 1.3 with " + address + " failed (" + text + ")");
    }

    private static boolean hasPathFailure(Throwable failure) {
        var cause = failure;
        for (var depth = 0; cause != null && depth < CAUSES_MAX; depth++, cause = cause.getCause()) {
            if (cause instanceof CertPathValidatorException || cause instanceof CertificateException
                    || String.valueOf(cause.getMessage()).startsWith("PKIX path")) {
                return true;
            }
        }
        return false;
    }

    /** A peer chooses part of these texts: keep them short and on one line. */
    static String cut(String text) {
        var line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= TEXT_MAX ? line : line.substring(0, TEXT_MAX) + "...";
    }
}
