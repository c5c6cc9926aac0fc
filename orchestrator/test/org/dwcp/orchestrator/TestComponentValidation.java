// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.orchestrator.flags.StoredFlags;
import org.dwcp.orchestrator.mode.LinkModeDetector;
import org.dwcp.orchestrator.swap.HybridRouting;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

/** One of the five documented tests; its name is part of the requirement. */
@Requirement({"R-048", "R-049", "R-011"})
class TestComponentValidation {
    @Test
    void passesWhenEmptyAndWhenBothAreThereAndNamesWhatIsMissing() {
        SimulatedClock clock = new SimulatedClock();
        Settings settings = Settings.fixed(org.dwcp.api.hybrid.HybridConfig.defaults());
        LinkModeDetector detector = new LinkModeDetector(settings, () -> FlagState.DEFAULT, clock);
        try (HybridRouting routing = new HybridRouting(StoredFlags.inMemory(), detector, settings::hybrid, settings.current().breaker(), clock,
                Optional.empty())) {
            ModeAwareAdapter adapter = routing.adapter();
            assertThat(adapter.validate()).isEmpty();

            var registered = adapter.register(Greeter.TRANSPORT, Greeter.saying("v1"), Greeter.saying("v3"));
            assertThat(adapter.validate()).isEmpty();

            registered.close();
            assertThat(adapter.validate()).anyMatch(s -> s.contains("transport") && s.contains("v1"))
                    .anyMatch(s -> s.contains("transport") && s.contains("v3"));
        }
    }
}
