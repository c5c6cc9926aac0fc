// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.manager.StandaloneManagers;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

/** One of the five documented tests; its name is part of the requirement. */
@Requirement({"R-046", "R-049", "R-018"})
class TestHybridManager {
    @Test
    void initialisesRegistersStartsGivesCountsAndStopsWithoutAutoDetect() {
        HybridConfig d = HybridConfig.defaults();
        HybridConfig byHand = new HybridConfig(true, false, d.detectionInterval(), d.datacenterLatencyThreshold(),
                d.datacenterBandwidthThresholdBps(), d.internetLatencyThreshold(), d.internetBandwidthThresholdBps(), d.hysteresis(),
                d.cooldownPeriod(), d.gracefulTransition(), d.drainTimeout());
        try (HybridManager manager = new StandaloneManagers(new SimulatedClock()).create(Optional.of(byHand))) {
            manager.initialize();
            manager.register(Greeter.TRANSPORT, Greeter.saying("v1"), Greeter.saying("v3"));
            manager.start();

            assertThat(manager.get(Greeter.TRANSPORT).greet()).isEqualTo("v1");
            assertThat(manager.mode()).isEqualTo(NetworkMode.HYBRID);
            assertThat(manager.stats().asMap()).containsEntry("current_mode", "hybrid").containsEntry("mode_changes", 0L);
            assertThat(manager.list()).extracting(s -> s.slot()).containsExactly("transport");

            manager.stop();
            assertThat(manager.orchestrator().isRunning()).isFalse();
        }
    }
}
