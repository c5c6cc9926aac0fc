// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.List;
import java.util.Optional;

/**
 * One slot with its providers, as {@code show}, {@code list} and {@code why} print it. Immutable snapshot.
 * {@snippet :
 * static String primary(SlotStatus status) {
 *     return status.primary().map(ProviderInfo::name).orElse("none");
 * }
 * }
 *
 * @param slot      name of the slot
 * @param providers in routing order: the first takes what no other takes
 * @param reasons   the reason chain of the decision in force, one sentence a rule, in the order the rules were applied
 * @param generation number of the routing table this was read from
 */
public record SlotStatus(String slot, List<ProviderInfo> providers, List<String> reasons, long generation) {
    /** Copies the lists. */
    public SlotStatus {
        providers = List.copyOf(providers);
        reasons = List.copyOf(reasons);
    }

    /**
     * Gives the provider with the largest share.
     *
     * @return the primary, or empty when none serves
     */
    public Optional<ProviderInfo> primary() {
        return providers.stream().filter(p -> p.share() > 0).reduce((a, b) -> b.share() > a.share() ? b : a);
    }
}
