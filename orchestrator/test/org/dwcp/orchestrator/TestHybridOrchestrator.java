// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.manager.StandaloneManagers;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

/** One of the five documented tests; its name is part of the requirement. */
@Requirement({"R-044", "R-049", "R-001"})
class TestHybridOrchestrator {
    @Test
    void beginsInHybridStartsAndStopsAlsoTwice() {
        try (HybridManager manager = new StandaloneManagers(new SimulatedClock()).create(Optional.empty())) {
            HybridOrchestrator orchestrator = manager.orchestrator();
            assertThat(orchestrator.mode().mode()).isEqualTo(NetworkMode.HYBRID);
            assertThat(orchestrator.isRunning()).isFalse();

            orchestrator.start();
            assertThat(orchestrator.isRunning()).isTrue();

            orchestrator.stop();
            orchestrator.stop();
            assertThat(orchestrator.isRunning()).isFalse();
            assertThat(orchestrator.mode().mode()).isEqualTo(NetworkMode.HYBRID);
        }
    }
}
