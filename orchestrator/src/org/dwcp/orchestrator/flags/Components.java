// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The documented names of the parts and the slots they are, in order of dependency: a part needs only those before it. One table for flags,
 * registry and commands.
 */
public enum Components {
    /** Who is there and where. */
    DISCOVERY("discovery"),
    /** Adaptive multi-stream transport. */
    AMST("transport"),
    /** Hierarchical delta encoding; its flag is called compression. */
    HDE("encoding", "compression"),
    /** Predictive bandwidth allocation. */
    PBA("prediction"),
    /** Adaptive state synchronisation; its flag is called state sync. */
    ASS("sync", "state-sync", "statesync"),
    /** Adaptive consensus protocol. */
    ACP("consensus"),
    /** Intelligent task placement. */
    ITP("placement");

    private final String slot;
    private final List<String> otherNames;

    Components(String slot, String... otherNames) {
        this.slot = slot;
        this.otherNames = List.of(otherNames);
    }

    /** Gives the name of the part's slot. */
    public String slot() {
        return slot;
    }

    /** Gives the part's documented name. */
    public String label() {
        return this == DISCOVERY ? slot : name();
    }

    /** Finds a part by its name, its slot's name or an older name; upper and lower case are alike. */
    public static Optional<Components> of(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(c -> c.slot.equals(wanted) || c.name().equalsIgnoreCase(wanted) || c.otherNames.contains(wanted))
                .findFirst();
    }

    /** Lists every name that {@link #of} understands. */
    public static List<String> names() {
        return Arrays.stream(values())
                .flatMap(c -> java.util.stream.Stream.concat(java.util.stream.Stream.of(c.label(), c.slot).distinct(), c.otherNames.stream()))
                .toList();
    }
}
