// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

/** What came is no frame of messages. Its text is for the log. */
final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
        super(message, null, false, false);
    }
}
