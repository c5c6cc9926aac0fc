// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.orchestrator.decide.Decision;

/** All slots at one moment. Immutable: who read it sees one decision for every slot, never a mix of two. */
public final class RoutingTable {
    private final long generation;
    private final ModeReport mode;
    private final Decision decision;
    private final SlotTable[] slots;

    RoutingTable(long generation, ModeReport mode, Decision decision, List<SlotTable> slots) {
        this.generation = generation;
        this.mode = mode;
        this.decision = decision;
        this.slots = slots.toArray(SlotTable[]::new);
    }

    /** Returns the number of the table; it grows by one with every commit. */
    public long generation() {
        return generation;
    }

    /** Returns the mode it was decided for. */
    public ModeReport mode() {
        return mode;
    }

    /** Returns the decision it carries out. */
    public Decision decision() {
        return decision;
    }

    /** Returns a slot by its index, which never changes. */
    public SlotTable slot(int index) {
        return slots[index];
    }

    /**
     * Makes the table that follows this one. A provider keeps its epoch unless it loses keys, is new, or is asked to be renewed.
     *
     * @param names   names of the slots in order of index; those of this table first
     * @param handles per slot, the installed providers by name
     * @param renewed providers that get a fresh epoch whatever happens to their share
     */
    public RoutingTable next(ModeReport newMode, Decision newDecision, List<String> names, Map<String, Map<String, ProviderHandle>> handles,
            Set<ProviderHandle> renewed) {
        List<SlotTable> next = new ArrayList<>(names.size());
        for (int i = 0; i < names.size(); i++) {
            Decision.OfSlot wanted = newDecision.slots().get(names.get(i));
            SlotTable now = i < slots.length ? slots[i] : null;
            next.add(slot(now, wanted, handles.getOrDefault(names.get(i), Map.of()), renewed));
        }
        return new RoutingTable(generation + 1, newMode, newDecision, next);
    }

    private static SlotTable slot(SlotTable now, Decision.OfSlot wanted, Map<String, ProviderHandle> handles, Set<ProviderHandle> renewed) {
        Map<String, Epoch> epochs = new HashMap<>();
        boolean same = now != null && now.decision().equals(wanted) && now.epochs().size() == handles.size();
        for (ProviderHandle handle : handles.values()) {
            Epoch old = now == null ? null : now.epochs().get(handle.name());
            boolean loses = old != null && loses(now.decision(), wanted, handle.name());
            boolean keeps = old != null && old.handle() == handle && !loses && !renewed.contains(handle);
            epochs.put(handle.name(), keeps ? old : handle.newEpoch());
            same &= keeps;
        }
        return same ? now : new SlotTable(wanted, epochs);
    }

    private static boolean loses(Decision.OfSlot now, Decision.OfSlot wanted, String provider) {
        return now.share(provider) > wanted.share(provider)
                || Stream.concat(now.links().keySet().stream(), wanted.links().keySet().stream())
                        .anyMatch(peer -> now.share(provider, peer) > wanted.share(provider, peer));
    }

    /** Retires the epochs that the next table, which is in force now, has not. */
    void retireAllBut(RoutingTable next) {
        for (int i = 0; i < slots.length; i++) {
            if (next.slots[i] != slots[i]) {
                Map<String, Epoch> kept = next.slots[i].epochs();
                slots[i].epochs().forEach((name, epoch) -> {
                    if (kept.get(name) != epoch) {
                        epoch.retire();
                    }
                });
            }
        }
    }
}
