// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

/** What the deploy folder needs of the routing: take work off a provider, and tell when it is done. */
interface Traffic {
    /**
     * Ends what an operator gave the provider: its rollout, its pin.
     *
     * @param slot     name of the slot
     * @param provider name of the provider
     */
    void release(String slot, String provider);

    /**
     * Counts the work that runs on the provider.
     *
     * @param slot     name of the slot
     * @param provider name of the provider
     * @return open leases
     */
    long leases(String slot, String provider);
}
