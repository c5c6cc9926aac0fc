// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

import org.dwcp.api.DwcpException;

/**
 * A block could not be encoded or a frame not decoded.
 * {@snippet :
 * EncodingException broken = new EncodingException(org.dwcp.api.DwcpException.Kind.REJECTED, "checksum of block is wrong; ask for it again");
 * }
 */
public final class EncodingException extends DwcpException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param kind    what the caller can do
     * @param message what failed, the value, the limit, what to do
     */
    public EncodingException(Kind kind, String message) {
        super(kind, message);
    }
}
