// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.api.Check;

/**
 * Decides, by a fixed order of rules, first match wins: kill switch, pin, failed providers out (fallback v3, v1, third parties, v0), component
 * flag, V3RolloutPercentage, rollout share, the mode's mapping, registered ranking. Pure: the same inputs give the same decision.
 */
public final class Decider {
    /** Most slots of a node. Source: chosen; the documents name seven. */
    public static final int SLOTS_MAX = 256;
    /** Most providers of one slot. Source: chosen; each costs one line on the screen. */
    public static final int PROVIDERS_MAX = 64;

    private Decider() {
    }

    /** Decides all slots. */
    public static Decision decide(Inputs in) {
        Map<String, List<ProviderFacts>> bySlot = new TreeMap<>();
        in.slots().forEach(slot -> bySlot.put(slot, new java.util.ArrayList<>()));
        in.providers().forEach(p -> bySlot.computeIfAbsent(p.slot(), slot -> new java.util.ArrayList<>()).add(p));
        Check.argument(bySlot.size() <= SLOTS_MAX, "%d slots exceed %d; remove unused ones", bySlot.size(), SLOTS_MAX);

        Map<String, Decision.OfSlot> slots = new HashMap<>();
        bySlot.forEach((slot, providers) -> {
            Check.argument(providers.size() <= PROVIDERS_MAX, "%d providers of slot %s exceed %d; uninstall some", providers.size(), slot,
                    PROVIDERS_MAX);
            providers.sort(ProviderFacts.BY_RANKING);
            slots.put(slot, new SlotRules(in, slot, providers).decide());
        });
        return new Decision(in.mode(), in.detected(), slots);
    }

    /** Turns weights in ten-thousandths into whole percents that sum to 100: what serves at all shows at least 1. */
    static Map<String, Integer> percents(Map<String, Integer> weights) {
        Map<String, Integer> shares = new HashMap<>();
        weights.forEach((name, weight) -> {
            if (weight > 0) {
                shares.put(name, Math.max(1, Math.round(weight / 100f)));
            }
        });
        int sum = shares.values().stream().mapToInt(Integer::intValue).sum();
        if (sum > 0 && sum != 100) {
            String largest = shares.keySet().stream().sorted().max(Comparator.comparingInt(weights::get)).orElseThrow();
            shares.merge(largest, 100 - sum, Integer::sum);
        }
        return shares;
    }
}
