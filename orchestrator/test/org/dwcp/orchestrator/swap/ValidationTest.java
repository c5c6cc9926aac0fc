// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.dwcp.api.Swappable;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Requirement({"R-011", "R-048"})
class ValidationTest {
    private final Rig rig = Rig.stepped();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void passesWhenEmpty() {
        assertThat(rig.adapter.validate()).isEmpty();
    }

    @Test
    void passesWithBothImplementations() {
        rig.adapter.register(Rig.GREETER, new Greeter.Named("v1"), new Greeter.Named("v3"));

        assertThat(rig.adapter.validate()).isEmpty();
    }

    @Test
    void namesWhatDisappeared() {
        rig.provider("greeter.v1", "1.0.0", "v1", new Greeter.Named("v1"));
        ProviderHandle v3 = rig.provider("greeter.v3", "3.0.0", "v3", new Greeter.Named("v3"));

        rig.routing.core().remove(List.of(v3), "its bundle was stopped");

        assertThat(rig.adapter.validate()).singleElement().asString().contains("greeter", "v3");
    }

    @Test
    void namesAProviderThatIsNotReady() {
        rig.provider("greeter.v1", "1.0.0", "v1", new Greeter.Named("v1"));
        Greeter.Bent v3 = new Greeter.Bent("v3");
        v3.readiness = Swappable.Readiness.STARTING;
        rig.provider("greeter.v3", "3.0.0", "v3", v3);

        assertThat(rig.adapter.validate()).singleElement().asString().contains("greeter.v3", "starting");
    }
}
