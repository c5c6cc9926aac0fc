// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** What the doctor asks: the framework's registry, and the component runtime. */
class ServicesTest {
    private final List<String> calls = new ArrayList<>();
    private final ServiceReference<?> reference = FakeNode.fake(ServiceReference.class, Map.of());

    private Services services(ServiceReference<?> found, Object service) {
        return Services.of(FakeNode.fake(BundleContext.class, Map.of("getServiceReference", a -> found, "getService", a -> service, "ungetService", a -> {
            calls.add("unget");
            return true;
        })));
    }

    @Test
    void asksAServiceAndLetsItGoEvenWhenTheQuestionFails() {
        assertThat(services(reference, "text").ask(String.class, String::length)).contains(4);
        assertThat(calls).containsExactly("unget");

        assertThatThrownBy(() -> services(reference, "text").ask(String.class, text -> {
            throw new IllegalStateException("no");
        })).isInstanceOf(IllegalStateException.class);
        assertThat(calls).containsExactly("unget", "unget");
    }

    @Test
    void answersNothingForAServiceThatIsNotThereOrHasJustGone() {
        assertThat(services(null, "text").ask(String.class, String::length)).isEmpty();
        assertThat(services(reference, null).ask(String.class, String::length)).isEmpty();
        assertThat(calls).isEmpty();
    }

    private static ComponentConfigurationDTO configuration(int state, String failure, UnsatisfiedReferenceDTO... missing) {
        var configuration = new ComponentConfigurationDTO();
        configuration.state = state;
        configuration.failure = failure;
        configuration.unsatisfiedReferences = missing;
        return configuration;
    }

    private static UnsatisfiedReferenceDTO missing(String name) {
        var missing = new UnsatisfiedReferenceDTO();
        missing.name = name;
        return missing;
    }

    @Test
    void findsWhatFailedAndWhatWaitsForWhat() {
        var description = new ComponentDescriptionDTO();
        description.name = "org.dwcp.transport.v3.WanTransport";
        var clock = new ReferenceDTO();
        clock.name = "clock";
        clock.interfaceName = "org.dwcp.api.node.NodeClock";
        description.references = new ReferenceDTO[] {new ReferenceDTO(), clock};
        description.references[0].name = "other";
        var runtime = FakeNode.fake(ServiceComponentRuntime.class, Map.of("getComponentDescriptionDTOs", a -> List.of(description),
                "getComponentConfigurationDTOs", a -> List.of(
                        configuration(ComponentConfigurationDTO.FAILED_ACTIVATION, "java.lang.IllegalArgumentException: port 70000 is not in 0..65535\n\tat x"),
                        configuration(ComponentConfigurationDTO.UNSATISFIED_REFERENCE, null, missing("clock"), missing("unheard")),
                        configuration(ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION, null),
                        configuration(ComponentConfigurationDTO.ACTIVE, null))));

        var faults = ComponentFaults.of(runtime);

        assertThat(faults.failed()).containsExactly("org.dwcp.transport.v3.WanTransport: port 70000 is not in 0..65535");
        assertThat(faults.waiting()).containsOnly(Map.entry("service org.dwcp.api.node.NodeClock", List.of("WanTransport")),
                Map.entry("service unheard", List.of("WanTransport")),
                Map.entry("configuration of org.dwcp.transport.v3.WanTransport", List.of("WanTransport")));
        assertThat(ComponentFaults.reason("\tat only.a.Frame")).isEqualTo("\tat only.a.Frame");
    }
}
