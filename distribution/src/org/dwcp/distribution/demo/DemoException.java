// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

/** The demonstration cannot go on; the message says why in one line. */
final class DemoException extends Exception {
    private static final long serialVersionUID = 1L;

    DemoException(String message) {
        super(message);
    }
}
