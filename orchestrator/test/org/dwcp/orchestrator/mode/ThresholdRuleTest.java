// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dwcp.api.hybrid.NetworkMode.DATACENTER;
import static org.dwcp.api.hybrid.NetworkMode.HYBRID;
import static org.dwcp.api.hybrid.NetworkMode.INTERNET;
import static org.dwcp.orchestrator.mode.Bench.conditions;

import java.util.Map;

import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThresholdRuleTest {
    private static final double[] RTT_MS = {0.1, 1, 8.9, 9, 9.1, 9.9, 10, 10.1, 11, 11.1, 30, 44.9, 45, 49.9, 50, 50.1, 55, 55.1, 200, 500};
    private static final double[] GBPS = {0.01, 0.5, 0.89, 0.9, 0.91, 0.99, 1, 1.01, 1.1, 1.11, 10, 100};

    private final Settings settings = new Settings(Map.of(), name -> null);
    private final ThresholdRule rule = new ThresholdRule(settings::hybrid);

    private NetworkMode raw(double rttMs, double gbps) {
        return ThresholdRule.raw(settings.hybrid(), conditions(rttMs, gbps));
    }

    private NetworkMode from(NetworkMode current, double rttMs, double gbps) {
        return rule.decide(current, conditions(rttMs, gbps)).mode();
    }

    /** The expected mode is written as the documents say it, from the numbers of the table, not from the rule's code. */
    @Test
    @Requirement({"R-007", "R-051", "R-052", "R-062", "R-063", "R-074"})
    void everyCellOfTheGridHasTheModeThatTheRulePredicts() {
        for (double rtt : RTT_MS) {
            for (double gbps : GBPS) {
                NetworkMode expected = rtt < 10 && gbps > 1 ? DATACENTER : rtt > 50 && gbps < 1 ? INTERNET : HYBRID;
                assertThat(raw(rtt, gbps)).as("%s ms, %s Gbit/s", rtt, gbps).isEqualTo(expected);

                NetworkMode entered = rtt < 9 && gbps > 1.1 ? DATACENTER : rtt > 55 && gbps < 0.9 ? INTERNET : HYBRID;
                assertThat(from(HYBRID, rtt, gbps)).as("from hybrid: %s ms, %s Gbit/s", rtt, gbps).isEqualTo(entered);

                NetworkMode fromDatacenter = rtt <= 11 && gbps >= 0.9 ? DATACENTER : rtt > 55 && gbps < 0.9 ? INTERNET : HYBRID;
                assertThat(from(DATACENTER, rtt, gbps)).as("from datacenter: %s ms, %s Gbit/s", rtt, gbps).isEqualTo(fromDatacenter);

                NetworkMode fromInternet = rtt >= 45 && gbps <= 1.1 ? INTERNET : rtt < 9 && gbps > 1.1 ? DATACENTER : HYBRID;
                assertThat(from(INTERNET, rtt, gbps)).as("from internet: %s ms, %s Gbit/s", rtt, gbps).isEqualTo(fromInternet);
            }
        }
    }

    @ParameterizedTest
    @Requirement({"R-024", "R-025", "R-026", "R-027"})
    @CsvSource({
        "9.9,  10,   DATACENTER", "10.1, 10,   HYBRID", "10, 10, HYBRID",
        "5,    1.01, DATACENTER", "5,    0.99, HYBRID", "5, 1, HYBRID",
        "50.1, 0.5,  INTERNET",   "49.9, 0.5,  HYBRID", "50, 0.5, HYBRID", "49.9, 1, HYBRID",
        "80,   0.99, INTERNET",   "80,   1.01, HYBRID", "80, 1, HYBRID"})
    void theBoundariesAreWhereTheDocumentsPutThem(double rttMs, double gbps, NetworkMode expected) {
        assertThat(raw(rttMs, gbps)).isEqualTo(expected);
    }

    @ParameterizedTest
    @Requirement({"R-019", "R-024", "R-025", "R-026", "R-027"})
    @CsvSource({
        "datacenter.latency.threshold.ms,    20,   15, 10,  HYBRID,     DATACENTER",
        "datacenter.bandwidth.threshold.bps, 5e8,  5,  0.7, HYBRID,     DATACENTER",
        "internet.latency.threshold.ms,      100,  80, 0.5, INTERNET,   HYBRID",
        "internet.bandwidth.threshold.bps,   1e8,  80, 0.5, INTERNET,   HYBRID"})
    void changingAThresholdMovesItsBoundary(String key, String value, double rttMs, double gbps, NetworkMode before, NetworkMode after) {
        assertThat(from(HYBRID, rttMs, gbps)).isEqualTo(before);

        settings.update(Map.of(key, value));

        assertThat(from(HYBRID, rttMs, gbps)).isEqualTo(after);
    }

    @Test
    @Requirement("R-028")
    void datacenterIsLeftOnlyAboveElevenAndEnteredOnlyBelowNineMilliseconds() {
        assertThat(from(DATACENTER, 11, 10)).isEqualTo(DATACENTER);
        assertThat(from(DATACENTER, 11.01, 10)).isEqualTo(HYBRID);
        assertThat(from(HYBRID, 9, 10)).isEqualTo(HYBRID);
        assertThat(from(HYBRID, 8.99, 10)).isEqualTo(DATACENTER);
    }

    @Test
    @Requirement({"R-028", "R-019"})
    void withoutHysteresisTheBandIsGone() {
        settings.update(Map.of("hysteresis", 0));

        for (NetworkMode current : NetworkMode.values()) {
            for (double rtt : RTT_MS) {
                for (double gbps : GBPS) {
                    assertThat(from(current, rtt, gbps)).isEqualTo(raw(rtt, gbps));
                }
            }
        }
    }

    @Test
    @Requirement({"R-034", "R-051", "R-052"})
    void theReasonNamesInputsRuleAndResult() {
        assertThat(rule.decide(HYBRID, conditions(80, 0.2)).reason())
                .isEqualTo("rtt 80.0 ms, bandwidth 200 Mbit/s: inside > 55.0 ms and < 900 Mbit/s: internet");
        assertThat(rule.decide(DATACENTER, conditions(10.5, 10)).reason())
                .isEqualTo("rtt 10.5 ms, bandwidth 10.0 Gbit/s: within < 11.0 ms and > 900 Mbit/s: datacenter stays");
        assertThat(rule.decide(HYBRID, conditions(30, 0.2)).reason()).isEqualTo("rtt 30.0 ms, bandwidth 200 Mbit/s: neither inside"
                + " < 9.00 ms and > 1.10 Gbit/s (datacenter) nor inside > 55.0 ms and < 900 Mbit/s (internet): hybrid");
    }

    @Test
    void theDefaultsAreThoseOfTheDocuments() {
        assertThat(settings.hybrid()).isEqualTo(HybridConfig.defaults());
    }
}
