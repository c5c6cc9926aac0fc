// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;

import org.dwcp.orchestrator.shell.FakeNode;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentConstants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

class ComponentPidsTest {
    private final Map<String, Object> properties = new HashMap<>();
    private Bundle bundle = FakeNode.fake(Bundle.class, Map.of());
    private ComponentDescriptionDTO description;

    private java.util.Optional<String> pid() {
        ServiceReference<?> reference = FakeNode.fake(ServiceReference.class, Map.of("getProperty", a -> properties.get((String) a[0]), "getBundle", a -> bundle));
        return new ComponentPids(FakeNode.fake(ServiceComponentRuntime.class, Map.of("getComponentDescriptionDTO", a -> description))).of(reference);
    }

    private void described(String... pids) {
        description = new ComponentDescriptionDTO();
        description.configurationPid = pids;
    }

    @Test
    void takesTheLastOfThePidsThatConfigureIt() {
        properties.put(Constants.SERVICE_PID, new String[] {"weak", "strong"});
        assertThat(pid()).contains("strong");
    }

    @Test
    void aServiceThatIsNoComponentHasNone() {
        assertThat(pid()).isEmpty();
    }

    @Test
    void asksTheDescriptionOfAComponentWithoutConfiguration() {
        properties.put(ComponentConstants.COMPONENT_NAME, "org.example.Wan");
        assertThat(pid()).as("no description").contains("org.example.Wan");
        described();
        assertThat(pid()).as("no PID of its own").contains("org.example.Wan");
        description.configurationPid = null;
        assertThat(pid()).contains("org.example.Wan");
        described("first", "org.example.wan");
        assertThat(pid()).contains("org.example.wan");
        described("$");
        assertThat(pid()).as("$ stands for the name").contains("org.example.Wan");
        bundle = null;
        assertThat(pid()).as("its bundle has just gone").contains("org.example.Wan");
    }
}
