// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

/** A file is refused for what other bundles bring, or do not bring: it is tried again when one comes or goes. */
final class Blocked extends Refused {
    private static final long serialVersionUID = 1L;

    Blocked(String reason) {
        super(reason);
    }
}
