// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.orchestrator.health.BreakerSettings;

/**
 * All settings of the orchestrator at one moment. Immutable; every value is within its limits.
 *
 * @param hybrid              mode and switching
 * @param breaker             when a provider is taken out, tried again and probed
 * @param links               how links follow their modes
 * @param switchesPerHourMax  most automatic switches in any hour
 * @param flappingSwitchesMax mode changes in the window that are still calm
 * @param flappingWindow      the window in which mode changes are counted
 */
public record OrchestratorSettings(HybridConfig hybrid, BreakerSettings breaker, LinkSettings links, int switchesPerHourMax, int flappingSwitchesMax,
        Duration flappingWindow) {

    /** Gives the settings of a node that was told nothing. */
    public static OrchestratorSettings defaults() {
        Map<Setting, Object> values = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            values.put(setting, setting.parse(setting.defaultText()));
        }
        return of(values);
    }

    /** Gives these settings with another configuration of mode and switching. */
    public OrchestratorSettings withHybrid(HybridConfig other) {
        return new OrchestratorSettings(other, breaker, links, switchesPerHourMax, flappingSwitchesMax, flappingWindow);
    }

    /**
     * Puts parsed values together.
     *
     * @throws org.dwcp.api.DwcpException of kind REJECTED when two values contradict each other
     */
    static OrchestratorSettings of(Map<Setting, Object> values) {
        HybridConfig hybrid = new HybridConfig(
                (Boolean) values.get(Setting.ENABLED),
                (Boolean) values.get(Setting.AUTO_DETECT),
                Setting.millis(values.get(Setting.DETECTION_INTERVAL)),
                Setting.millis(values.get(Setting.DATACENTER_LATENCY)),
                whole(values, Setting.DATACENTER_BANDWIDTH),
                Setting.millis(values.get(Setting.INTERNET_LATENCY)),
                whole(values, Setting.INTERNET_BANDWIDTH),
                ((BigDecimal) values.get(Setting.HYSTERESIS)).doubleValue(),
                Setting.millis(values.get(Setting.COOLDOWN_PERIOD)),
                (Boolean) values.get(Setting.GRACEFUL_TRANSITION),
                Setting.millis(values.get(Setting.DRAIN_TIMEOUT)));
        BreakerSettings breaker = new BreakerSettings(
                Math.toIntExact(whole(values, Setting.THRESHOLD_ERRORS)),
                Setting.millis(values.get(Setting.BACKOFF)),
                Setting.millis(values.get(Setting.BACKOFF_MAX)),
                Setting.millis(values.get(Setting.HEALTH_INTERVAL)),
                Setting.millis(values.get(Setting.PROBE_TIMEOUT)));
        LinkSettings links = new LinkSettings((Boolean) values.get(Setting.PER_CONNECTION),
                (Boolean) values.get(Setting.GRADUAL) ? Setting.percents(values.get(Setting.GRADUAL_STEPS)) : List.of(100),
                Setting.millis(values.get(Setting.GRADUAL_DWELL)),
                Math.toIntExact(whole(values, Setting.GRADUAL_WORSE)),
                Setting.millis(values.get(Setting.GRADUAL_RETRY)));
        return new OrchestratorSettings(hybrid, breaker, links,
                Math.toIntExact(whole(values, Setting.SWITCHES_PER_HOUR)),
                Math.toIntExact(whole(values, Setting.FLAPPING_SWITCHES)),
                Setting.millis(values.get(Setting.FLAPPING_WINDOW)));
    }

    private static long whole(Map<Setting, Object> values, Setting setting) {
        return ((BigDecimal) values.get(setting)).longValueExact();
    }
}
