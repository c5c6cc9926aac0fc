// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

/** Bytes that are no message of ours. Never leaves the bundle. */
public final class MalformedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong with them. */
    public MalformedException(String message) {
        super(message, null, false, false); // peers can trigger it: no stack to fill
    }
}
