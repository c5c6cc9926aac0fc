// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.manager.StandaloneManagers;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

/** One of the five documented tests; its name is part of the requirement. */
@Requirement({"R-047", "R-049"})
class TestModeChangeCallback {
    @Test
    void isCalledWithTheNewModeAfterASwitch() throws InterruptedException {
        try (HybridManager manager = new StandaloneManagers(new SimulatedClock()).create(Optional.empty())) {
            BlockingQueue<ModeChange> told = new LinkedBlockingQueue<>();
            manager.orchestrator().onModeChange(told::add);

            manager.switchMode(NetworkMode.INTERNET, "by hand");

            ModeChange change = told.poll(10, TimeUnit.SECONDS);
            assertThat(change).isNotNull();
            assertThat(change.oldMode()).isEqualTo(NetworkMode.HYBRID);
            assertThat(change.newMode()).isEqualTo(NetworkMode.INTERNET);
            assertThat(change.reason()).contains("by hand");
        }
    }
}
