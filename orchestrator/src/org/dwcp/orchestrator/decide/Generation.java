// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.Collection;

/** What a provider is in the mode's mapping and in the fallback chain, read from its {@link org.dwcp.api.Swappable#MODES}. */
public enum Generation {
    /** In memory: the fallback of last resort. */
    V0,
    /** For the datacenter. */
    V1,
    /** For the internet. */
    V3,
    /** A third party's: by pin, rollout and fallback, or by ranking among its like. */
    OTHER;

    static Generation of(Collection<String> modes) {
        for (Generation generation : new Generation[] {V0, V1, V3}) {
            if (modes.contains(generation.label())) {
                return generation;
            }
        }
        return OTHER;
    }

    /** Returns the name as it stands in {@code dwcp.modes}; {@code other} for a third party's. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
