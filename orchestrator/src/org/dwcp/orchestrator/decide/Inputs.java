// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.NetworkMode;

/**
 * Everything a decision depends on. Immutable.
 *
 * @param flags     flags, pins and rollouts
 * @param mode      the node's mode
 * @param detected  false until the first detection or override
 * @param slots     names of all slots, also of those without providers
 * @param links     modes of the links that have one of their own, by peer
 * @param providers the installed providers of all slots, in any order; names are unique within a slot
 */
public record Inputs(FlagState flags, NetworkMode mode, boolean detected, List<String> slots, Map<NodeId, LinkMode> links,
        List<ProviderFacts> providers) {
    /** Copies the lists. */
    public Inputs {
        Objects.requireNonNull(flags);
        Objects.requireNonNull(mode);
        slots = List.copyOf(slots);
        links = Collections.unmodifiableMap(new TreeMap<>(links));
        providers = List.copyOf(providers);
    }
}
