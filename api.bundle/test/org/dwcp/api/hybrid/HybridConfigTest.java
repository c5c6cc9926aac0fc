// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dwcp.api.Refusals.assertRejected;

import java.time.Duration;

import org.junit.jupiter.api.Test;

/** Each bound of the orchestrator's configuration, at the limit and one past it. */
class HybridConfigTest {
    private static final HybridConfig D = HybridConfig.defaults();
    private static final Duration NS = Duration.ofNanos(1);

    @Test
    void defaultsAreTheDocumentedOnes() {
        assertThat(D).isEqualTo(new HybridConfig(true, true, Duration.ofSeconds(10), Duration.ofMillis(10), 1_000_000_000L, Duration.ofMillis(50),
                1_000_000_000L, 0.1, Duration.ofSeconds(30), true, Duration.ofSeconds(10)));
    }

    @Test
    void detectionIntervalIs10MsTo1H() {
        assertThat(interval(Duration.ofMillis(10)).detectionInterval()).isEqualTo(Duration.ofMillis(10));
        assertThat(interval(Duration.ofHours(1)).detectionInterval()).isEqualTo(Duration.ofHours(1));
        assertRejected(() -> interval(Duration.ofMillis(10).minus(NS)), "detection.interval");
        assertRejected(() -> interval(Duration.ofHours(1).plus(NS)), "detection.interval", "PT1H");
        assertRejected(() -> interval(null), "detection.interval null");
    }

    @Test
    void latencyThresholdsAreInOrderAndAtMostAMinute() {
        assertThat(latencies(NS, NS).datacenterLatencyThreshold()).isEqualTo(NS);
        assertThat(latencies(Duration.ofMinutes(1), Duration.ofMinutes(1)).internetLatencyThreshold()).isEqualTo(Duration.ofMinutes(1));
        assertRejected(() -> latencies(Duration.ZERO, NS), "datacenter.latency.threshold");
        assertRejected(() -> latencies(Duration.ofMinutes(1).plus(NS), Duration.ofMinutes(2)), "datacenter.latency.threshold");
        assertRejected(() -> latencies(Duration.ofMillis(2), Duration.ofMillis(1)), "internet.latency.threshold");
        assertRejected(() -> latencies(NS, Duration.ofMinutes(1).plus(NS)), "internet.latency.threshold");
    }

    @Test
    void bandwidthThresholdsAreAboveZero() {
        assertThat(bandwidths(1, 1).internetBandwidthThresholdBps()).isEqualTo(1);
        assertRejected(() -> bandwidths(0, 1), "datacenter.bandwidth.threshold 0");
        assertRejected(() -> bandwidths(1, 0), "internet.bandwidth.threshold 0");
    }

    @Test
    void hysteresisIs0ToOneHalf() {
        assertThat(hysteresis(0).hysteresis()).isZero();
        assertThat(hysteresis(0.5).hysteresis()).isEqualTo(0.5);
        assertRejected(() -> hysteresis(-0.001), "hysteresis -0.001");
        assertRejected(() -> hysteresis(0.501), "hysteresis 0.501");
        assertRejected(() -> hysteresis(Double.NaN), "hysteresis NaN");
    }

    @Test
    void cooldownIs0To1HAndDrain0To10Min() {
        assertThat(waits(Duration.ZERO, Duration.ZERO).cooldownPeriod()).isZero();
        assertThat(waits(Duration.ofHours(1), Duration.ofMinutes(10)).drainTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertRejected(() -> waits(NS.negated(), Duration.ZERO), "cooldown.period");
        assertRejected(() -> waits(Duration.ofHours(1).plus(NS), Duration.ZERO), "cooldown.period");
        assertRejected(() -> waits(Duration.ZERO, NS.negated()), "drain.timeout");
        assertRejected(() -> waits(Duration.ZERO, Duration.ofMinutes(10).plus(NS)), "drain.timeout");
    }

    private static HybridConfig interval(Duration interval) {
        return new HybridConfig(true, true, interval, D.datacenterLatencyThreshold(), 1, D.internetLatencyThreshold(), 1, 0.1, D.cooldownPeriod(),
                true, D.drainTimeout());
    }

    private static HybridConfig latencies(Duration datacenter, Duration internet) {
        return new HybridConfig(true, true, D.detectionInterval(), datacenter, 1, internet, 1, 0.1, D.cooldownPeriod(), true, D.drainTimeout());
    }

    private static HybridConfig bandwidths(long datacenter, long internet) {
        return new HybridConfig(true, true, D.detectionInterval(), D.datacenterLatencyThreshold(), datacenter, D.internetLatencyThreshold(), internet,
                0.1, D.cooldownPeriod(), true, D.drainTimeout());
    }

    private static HybridConfig hysteresis(double hysteresis) {
        return new HybridConfig(true, true, D.detectionInterval(), D.datacenterLatencyThreshold(), 1, D.internetLatencyThreshold(), 1, hysteresis,
                D.cooldownPeriod(), true, D.drainTimeout());
    }

    private static HybridConfig waits(Duration cooldown, Duration drain) {
        return new HybridConfig(true, true, D.detectionInterval(), D.datacenterLatencyThreshold(), 1, D.internetLatencyThreshold(), 1, 0.1, cooldown,
                true, drain);
    }
}
