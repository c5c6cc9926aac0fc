// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.health;

import java.time.Duration;

import org.dwcp.api.Check;

/**
 * When a provider is taken out, when it is tried again and how often it is probed. Immutable.
 *
 * @param errorsThreshold counted failures in a row that open the breaker, 1 to 1,000; default 3
 * @param backoff         time from opening to the first trial, 10 ms to 10 min; default 1 s
 * @param backoffMax      most that the doubled time may grow to; default 10 s
 * @param probeInterval   time between probes of a healthy provider, 100 ms to 1 h; default 30 s
 * @param probeTimeout    longest time of one probe, 10 ms to 1 min; default 5 s
 */
public record BreakerSettings(int errorsThreshold, Duration backoff, Duration backoffMax, Duration probeInterval, Duration probeTimeout) {
    /** The documented defaults. */
    public static final BreakerSettings DEFAULT = new BreakerSettings(3, Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(30),
            Duration.ofSeconds(5));

    /** Refuses values out of range, naming key, value and limits. */
    public BreakerSettings {
        Check.argument(errorsThreshold >= 1 && errorsThreshold <= 1_000, "threshold.errors %d is not in 1..1000", errorsThreshold);
        within("backoff.ms", backoff, Duration.ofMillis(10), Duration.ofMinutes(10));
        within("backoff.ms.max", backoffMax, backoff, Duration.ofHours(1));
        within("health.interval.ms", probeInterval, Duration.ofMillis(100), Duration.ofHours(1));
        within("probe.timeout.ms", probeTimeout, Duration.ofMillis(10), Duration.ofMinutes(1));
    }

    private static void within(String key, Duration value, Duration min, Duration max) {
        Check.argument(value != null && value.compareTo(min) >= 0 && value.compareTo(max) <= 0, "%s %s is not between %s and %s", key, value, min,
                max);
    }
}
