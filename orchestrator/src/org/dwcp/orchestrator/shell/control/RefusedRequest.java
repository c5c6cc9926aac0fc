// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

/** A request that is not carried out; the message goes to the client. */
class RefusedRequest extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedRequest(String message) {
        super(message);
    }
}
