// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.ProviderState;

/**
 * Who serves what in every slot, and why. Immutable.
 *
 * @param mode     the mode it was decided for
 * @param detected as in the inputs
 * @param slots    per slot name, in order of name
 */
public record Decision(NetworkMode mode, boolean detected, Map<String, OfSlot> slots) {
    /** Copies the map. */
    public Decision {
        Objects.requireNonNull(mode);
        slots = Collections.unmodifiableMap(new TreeMap<>(slots));
    }

    /**
     * One slot.
     *
     * @param slot    its name
     * @param entries every installed provider; the larger share first, then in order of fallback, then those that are out
     * @param split   how its keys are spread
     * @param reasons one sentence for each rule that had an effect, in the order of the rules
     */
    public record OfSlot(String slot, List<Entry> entries, Split split, List<String> reasons) {
        /** Copies the lists. */
        public OfSlot {
            Objects.requireNonNull(slot);
            Objects.requireNonNull(split);
            entries = List.copyOf(entries);
            reasons = List.copyOf(reasons);
        }

        /** Returns the name of the provider with the largest share, or empty text when none serves. */
        public String primary() {
            return entries.isEmpty() || entries.getFirst().share() == 0 ? "" : entries.getFirst().provider().name();
        }

        /** Returns a provider's entry. */
        public Optional<Entry> entry(String provider) {
            return entries.stream().filter(e -> e.provider().name().equals(provider)).findFirst();
        }

        /** Returns a provider's share in percent, 0 for one that is not installed. */
        public int share(String provider) {
            return entry(provider).map(Entry::share).orElse(0);
        }
    }

    /**
     * One provider in its slot.
     *
     * @param provider what was known of it
     * @param share    percentage of the keys, 0 to 100
     * @param state    how it stands
     * @param reason   why, in words
     */
    public record Entry(ProviderFacts provider, int share, ProviderState state, String reason) {
    }
}
