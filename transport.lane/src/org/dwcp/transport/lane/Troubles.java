// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import javax.net.ssl.SSLException;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.TransportException;

import io.netty.handler.codec.DecoderException;

/** Turns what Netty and TLS throw into what the API may show: text and kind, never a class of the library. No state. */
final class Troubles {
    private Troubles() {
    }

    static TransportException explain(Throwable cause) {
        var root = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (root instanceof TransportException known) {
            return known;
        }
        if (root instanceof SSLException) {
            return new TransportException(Kind.REJECTED, "TLS refused: " + text(root) + "; are both nodes of one cluster?");
        }
        return new TransportException(Kind.UNAVAILABLE, text(root));
    }

    private static String text(Throwable cause) {
        var message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }
}
