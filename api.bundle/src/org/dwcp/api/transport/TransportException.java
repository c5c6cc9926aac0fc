// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import org.dwcp.api.DwcpException;

/**
 * A channel could not be opened, or broke, or refused a frame.
 * {@snippet :
 * TransportException full = new TransportException(org.dwcp.api.DwcpException.Kind.REJECTED, "frame of 2000000 bytes exceeds 1114112; split it");
 * }
 */
public final class TransportException extends DwcpException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param kind    what the caller can do
     * @param message what failed, the value, the limit, what to do
     */
    public TransportException(Kind kind, String message) {
        super(kind, message);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param kind    what the caller can do
     * @param message what failed, the value, the limit, what to do
     * @param cause   a JDK or API exception
     */
    public TransportException(Kind kind, String message, Throwable cause) {
        super(kind, message, cause);
    }
}
