// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
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
     * @param links   how the keys of a peer are spread, where that is another way than for all others
     * @param reasons one sentence for each rule that had an effect, in the order of the rules
     */
    public record OfSlot(String slot, List<Entry> entries, Split split, Map<NodeId, OfLink> links, List<String> reasons) {
        /** Copies the lists. */
        public OfSlot {
            Objects.requireNonNull(slot);
            Objects.requireNonNull(split);
            entries = List.copyOf(entries);
            links = Collections.unmodifiableMap(new TreeMap<>(links));
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

        /** Returns a provider's share in percent of the keys without a link of their own, 0 for one that is not installed. */
        public int share(String provider) {
            return entry(provider).map(Entry::share).orElse(0);
        }

        /** Returns a provider's share in percent of the keys of a peer. */
        public int share(String provider, NodeId peer) {
            OfLink link = links.get(peer);
            return link == null ? share(provider) : link.shares().getOrDefault(provider, 0);
        }

        /** Tells whether a provider serves anything. */
        public boolean serves(String provider) {
            return share(provider) > 0 || links.values().stream().anyMatch(link -> link.shares().getOrDefault(provider, 0) > 0);
        }
    }

    /**
     * The keys of one peer in a slot: some have moved, the rest has not.
     *
     * @param rest    order of those that have not
     * @param moved   order of those that have
     * @param salt    salt of the question who has
     * @param percent share of those that have
     * @param shares  percentage of the peer's keys for each provider that serves any
     */
    public record OfLink(Split rest, Split moved, long salt, int percent, Map<String, Integer> shares) {
        /** Copies the map. */
        public OfLink {
            Objects.requireNonNull(rest);
            Objects.requireNonNull(moved);
            shares = Map.copyOf(shares);
        }

        /** Returns how a key is spread. */
        public Split split(long keyHash) {
            return percent == 100 || percent > 0 && Split.below(keyHash, salt, percent) ? moved : rest;
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
