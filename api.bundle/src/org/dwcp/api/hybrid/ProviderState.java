// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

/**
 * How a provider stands with the routing.
 * {@snippet :
 * boolean serves = ProviderState.ACTIVE.mayServe();
 * }
 */
public enum ProviderState {
    /** Serves a share of the keys. */
    ACTIVE,
    /** Could serve, has no share now. */
    STANDBY,
    /** Out because its breaker is open. */
    FAILED,
    /** Out because a flag, the kill switch or a rule keeps it out. */
    DISABLED,
    /** Not ready yet, or cannot work on this machine. */
    NOT_READY;

    /**
     * Tells whether work may go there.
     *
     * @return true for ACTIVE and STANDBY
     */
    public boolean mayServe() {
        return this == ACTIVE || this == STANDBY;
    }
}
