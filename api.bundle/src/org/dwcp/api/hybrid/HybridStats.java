// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the manager counts. Immutable snapshot.
 * {@snippet :
 * static Object mode(HybridStats stats) {
 *     return stats.asMap().get("current_mode"); // "hybrid"
 * }
 * }
 *
 * @param currentMode      the node's mode
 * @param modeChanges      changes of the mode since start
 * @param modeReasons      last reasons of mode changes, newest last, at most 10
 * @param switchAttempts   swaps asked for
 * @param switchSuccesses  swaps committed
 * @param switchFailures   swaps undone
 * @param callbackFailures callbacks that threw
 * @param inFlight         leases open now, all slots
 * @param uptimePerMode    time spent in each mode since start
 * @param lastModeChange   when the mode changed last
 * @param flapping         true while an alert on excessive switching is raised
 */
public record HybridStats(NetworkMode currentMode, long modeChanges, java.util.List<String> modeReasons, long switchAttempts, long switchSuccesses,
        long switchFailures, long callbackFailures, long inFlight, Map<NetworkMode, Duration> uptimePerMode, Optional<Instant> lastModeChange,
        boolean flapping) {
    /** Copies the collections. */
    public HybridStats {
        modeReasons = java.util.List.copyOf(modeReasons);
        uptimePerMode = Map.copyOf(uptimePerMode);
    }

    /**
     * Gives the figures under their documented names.
     *
     * @return {@code current_mode}, {@code mode_changes} and the others in snake case, in a fixed order
     */
    public Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("current_mode", currentMode.label());
        map.put("mode_changes", modeChanges);
        map.put("mode_reasons", modeReasons);
        map.put("switch_attempts", switchAttempts);
        map.put("switch_successes", switchSuccesses);
        map.put("switch_failures", switchFailures);
        map.put("callback_failures", callbackFailures);
        map.put("in_flight", inFlight);
        uptimePerMode.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(e -> map.put("uptime_seconds_" + e.getKey().label(), e.getValue().toMillis() / 1000.0));
        map.put("last_mode_change", lastModeChange.map(Instant::toString).orElse(""));
        map.put("flapping", flapping);
        return map;
    }
}
