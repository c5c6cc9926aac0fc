// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import org.dwcp.api.Swappable;

/**
 * What the decision knows of one installed provider. Immutable.
 *
 * @param slot         name of the slot
 * @param name         name of the provider, unique in the node
 * @param version      its version
 * @param modes        generation and modes it is made for
 * @param capabilities what it can do
 * @param ranking      the ranking its bundle registered it with, not the one that was written for it since
 * @param order        grows with each registration; the older wins between equals
 * @param readiness    what it said last
 * @param failure      why its breaker is open; empty text when it is closed
 */
public record ProviderFacts(String slot, String name, String version, List<String> modes, List<String> capabilities, int ranking, long order,
        Swappable.Readiness readiness, String failure) {
    /** The registered ranking's order: higher first, then older first. */
    static final Comparator<ProviderFacts> BY_RANKING = Comparator.comparingInt(ProviderFacts::ranking).reversed()
            .thenComparingLong(ProviderFacts::order);

    /** Copies the lists. */
    public ProviderFacts {
        Objects.requireNonNull(slot);
        Objects.requireNonNull(name);
        Objects.requireNonNull(version);
        Objects.requireNonNull(readiness);
        Objects.requireNonNull(failure);
        modes = List.copyOf(modes);
        capabilities = List.copyOf(capabilities);
    }

    /** Returns the generation. */
    public Generation generation() {
        return Generation.of(modes);
    }

    /** Tells whether work may go there as far as the provider itself is concerned. */
    public boolean works() {
        return ready() && failure.isEmpty();
    }

    boolean ready() {
        return readiness == Swappable.Readiness.READY;
    }
}
