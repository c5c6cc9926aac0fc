// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.manager.StandaloneManagers;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

/** One of the five documented tests; its name is part of the requirement. */
@Requirement({"R-045", "R-049", "R-010"})
class TestModeAwareAdapter {
    @Test
    void servesV1UntilTheModeIsKnownThenWhatTheModeAsksFor() {
        try (HybridManager manager = new StandaloneManagers(new SimulatedClock()).create(Optional.empty())) {
            manager.register(Greeter.TRANSPORT, Greeter.saying("v1"), Greeter.saying("v3"));
            Greeter greeter = manager.get(Greeter.TRANSPORT);
            assertThat(greeter.greet()).isEqualTo("v1");

            manager.switchMode(NetworkMode.INTERNET, "test");
            assertThat(greeter.greet()).isEqualTo("v3");

            manager.switchMode(NetworkMode.DATACENTER, "test");
            assertThat(greeter.greet()).isEqualTo("v1");

            manager.switchMode(NetworkMode.HYBRID, "test");
            assertThat(greeter.greet()).isEqualTo("v3");
        }
    }
}
