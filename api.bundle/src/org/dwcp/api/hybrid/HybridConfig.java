// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Duration;

import org.dwcp.api.Check;

/**
 * The orchestrator's configuration. Immutable; the no-argument {@link #defaults()} suits every environment.
 * {@snippet :
 * HybridConfig config = HybridConfig.defaults();
 * java.time.Duration interval = config.detectionInterval(); // 10 s
 * }
 *
 * @param enabled                       false: start runs no detection and the mode never changes; default true
 * @param autoDetect                    false: no automatic switch, manual ones still work; default true
 * @param detectionInterval             time between detections, 10 ms to 1 h; default 10 s
 * @param datacenterLatencyThreshold    DATACENTER is below this; default 10 ms
 * @param datacenterBandwidthThresholdBps DATACENTER is above this, bit/s; default 1e9
 * @param internetLatencyThreshold      INTERNET is above this; default 50 ms
 * @param internetBandwidthThresholdBps INTERNET is below this, bit/s; default 1e9
 * @param hysteresis                    share by which a threshold must be passed, 0 to 0.5; default 0.1
 * @param cooldownPeriod                least time between two automatic switches, 0 to 1 h; default 30 s
 * @param gracefulTransition            true: calls in flight end before an automatic switch; default true
 * @param drainTimeout                  longest wait for calls and leases, 0 to 10 min; default 10 s
 */
public record HybridConfig(boolean enabled, boolean autoDetect, Duration detectionInterval, Duration datacenterLatencyThreshold,
        long datacenterBandwidthThresholdBps, Duration internetLatencyThreshold, long internetBandwidthThresholdBps, double hysteresis,
        Duration cooldownPeriod, boolean gracefulTransition, Duration drainTimeout) {

    /** Refuses values out of range, naming key, value and limits. */
    public HybridConfig {
        within("detection.interval", detectionInterval, Duration.ofMillis(10), Duration.ofHours(1));
        within("datacenter.latency.threshold", datacenterLatencyThreshold, Duration.ofNanos(1), Duration.ofMinutes(1));
        within("internet.latency.threshold", internetLatencyThreshold, datacenterLatencyThreshold, Duration.ofMinutes(1));
        within("cooldown.period", cooldownPeriod, Duration.ZERO, Duration.ofHours(1));
        within("drain.timeout", drainTimeout, Duration.ZERO, Duration.ofMinutes(10));
        Check.argument(datacenterBandwidthThresholdBps > 0, "datacenter.bandwidth.threshold %d bit/s is not above 0",
                datacenterBandwidthThresholdBps);
        Check.argument(internetBandwidthThresholdBps > 0, "internet.bandwidth.threshold %d bit/s is not above 0", internetBandwidthThresholdBps);
        Check.argument(hysteresis >= 0 && hysteresis <= 0.5, "hysteresis %s is not in 0..0.5", hysteresis);
    }

    /**
     * Gives the documented defaults.
     *
     * @return the configuration of a node that was told nothing
     */
    public static HybridConfig defaults() {
        return new HybridConfig(true, true, Duration.ofSeconds(10), Duration.ofMillis(10), 1_000_000_000L, Duration.ofMillis(50), 1_000_000_000L,
                0.1, Duration.ofSeconds(30), true, Duration.ofSeconds(10));
    }

    private static void within(String key, Duration value, Duration min, Duration max) {
        Check.argument(value != null && value.compareTo(min) >= 0 && value.compareTo(max) <= 0, "%s %s is not between %s and %s", key, value, min,
                max);
    }
}
