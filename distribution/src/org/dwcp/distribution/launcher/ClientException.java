// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

/** A command could not be handed to a node; the message says why in one line. */
final class ClientException extends Exception {
    private static final long serialVersionUID = 1L;

    ClientException(String message) {
        super(message);
    }
}
