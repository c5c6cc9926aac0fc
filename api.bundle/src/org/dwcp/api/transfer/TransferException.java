// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import org.dwcp.api.DwcpException;

/**
 * A transfer could not be begun or finished.
 * {@snippet :
 * TransferException full = new TransferException(org.dwcp.api.DwcpException.Kind.REJECTED, "disk of lisbon is full: 3 GB needed, 1 GB free");
 * }
 */
public final class TransferException extends DwcpException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param kind    what the caller can do
     * @param message what failed, the value, the limit, what to do
     */
    public TransferException(Kind kind, String message) {
        super(kind, message);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param kind    what the caller can do
     * @param message what failed, the value, the limit, what to do
     * @param cause   a JDK or API exception
     */
    public TransferException(Kind kind, String message, Throwable cause) {
        super(kind, message, cause);
    }
}
