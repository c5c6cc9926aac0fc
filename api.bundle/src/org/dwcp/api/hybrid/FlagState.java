// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.Check;

/**
 * All feature flags at one moment; what {@code etc/flags.json} holds. Immutable.
 * {@snippet :
 * FlagState half = FlagState.DEFAULT.withRolloutPercentage(50);
 * FlagState safe = half.withForceV1(true);
 * }
 *
 * @param enableV3            per slot name: false keeps the slot off v3; a slot that is not named is enabled
 * @param v3RolloutPercentage 0 to 100: share of keys that may be served by v3
 * @param forceV1Mode         the kill switch
 * @param enableHybridMode    false: mode HYBRID is never entered
 * @param enableModeDetection false: the mode never changes by itself
 * @param salt                changes who is in the first percent; 1 to 64 characters
 * @param pins                per slot name: provider that takes everything
 * @param rollouts            per slot name: provider, share and plan
 */
public record FlagState(Map<String, Boolean> enableV3, int v3RolloutPercentage, boolean forceV1Mode, boolean enableHybridMode,
        boolean enableModeDetection, String salt, Map<String, String> pins, Map<String, Rollout> rollouts) {
    /** Everything allowed, nothing forced. */
    public static final FlagState DEFAULT = new FlagState(
            Map.of("transport", true, "encoding", true, "prediction", true, "sync", true, "consensus", true, "placement", true),
            100, false, true, true, "dwcp", Map.of(), Map.of());

    /**
     * A share of a slot's keys on one provider.
     *
     * @param provider name of the provider
     * @param share    1 to 100 percent
     * @param id       name of the rollout; salts the hash, so that each rollout has its own first percent
     * @param plan     how its share is raised by itself; empty when it stays
     */
    public record Rollout(String provider, int share, String id, Optional<RolloutPlan> plan) {
        /** Refuses a share outside 1 to 100. */
        public Rollout {
            Objects.requireNonNull(provider);
            Objects.requireNonNull(id);
            Objects.requireNonNull(plan);
            Check.argument(share >= 1 && share <= 100, "rollout share %d is not in 1..100; end the rollout for 0", share);
        }

        /**
         * Makes a rollout whose share stays.
         *
         * @param provider name of the provider
         * @param share    1 to 100 percent
         * @param id       name of the rollout
         */
        public Rollout(String provider, int share, String id) {
            this(provider, share, id, Optional.empty());
        }
    }

    /** Copies the maps in order of name; refuses values out of range. */
    public FlagState {
        Check.argument(v3RolloutPercentage >= 0 && v3RolloutPercentage <= 100,
                "V3RolloutPercentage %d is not in 0..100; give a percentage", v3RolloutPercentage);
        Check.argument(salt != null && !salt.isEmpty() && salt.length() <= 64, "salt '%s' is not 1 to 64 characters long", salt);
        enableV3 = java.util.Collections.unmodifiableMap(new TreeMap<>(enableV3));
        pins = java.util.Collections.unmodifiableMap(new TreeMap<>(pins));
        rollouts = java.util.Collections.unmodifiableMap(new TreeMap<>(rollouts));
    }

    /**
     * Sets one component flag.
     *
     * @param slot    name of the slot
     * @param enabled whether v3 may serve it
     * @return the new state
     */
    public FlagState withEnabled(String slot, boolean enabled) {
        Map<String, Boolean> changed = new TreeMap<>(enableV3);
        changed.put(slot, enabled);
        return new FlagState(changed, v3RolloutPercentage, forceV1Mode, enableHybridMode, enableModeDetection, salt, pins, rollouts);
    }

    /**
     * Sets the percentage.
     *
     * @param percentage 0 to 100
     * @return the new state
     */
    public FlagState withRolloutPercentage(int percentage) {
        return new FlagState(enableV3, percentage, forceV1Mode, enableHybridMode, enableModeDetection, salt, pins, rollouts);
    }

    /**
     * Sets the kill switch.
     *
     * @param on whether every slot is forced to v1
     * @return the new state
     */
    public FlagState withForceV1(boolean on) {
        return new FlagState(enableV3, v3RolloutPercentage, on, enableHybridMode, enableModeDetection, salt, pins, rollouts);
    }

    /**
     * Sets the two mode flags.
     *
     * @param hybrid    whether HYBRID may be entered
     * @param detection whether the mode may change by itself
     * @return the new state
     */
    public FlagState withModes(boolean hybrid, boolean detection) {
        return new FlagState(enableV3, v3RolloutPercentage, forceV1Mode, hybrid, detection, salt, pins, rollouts);
    }

    /**
     * Sets pins and rollouts.
     *
     * @param newPins     per slot name: provider
     * @param newRollouts per slot name: rollout
     * @return the new state
     */
    public FlagState withRouting(Map<String, String> newPins, Map<String, Rollout> newRollouts) {
        return new FlagState(enableV3, v3RolloutPercentage, forceV1Mode, enableHybridMode, enableModeDetection, salt, newPins, newRollouts);
    }

    /**
     * Tells whether v3 may serve a slot at all.
     *
     * @param slot name of the slot
     * @return false when its flag is off
     */
    public boolean enabled(String slot) {
        return enableV3.getOrDefault(slot, true);
    }
}
