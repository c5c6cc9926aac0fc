// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.List;
import java.util.Optional;

import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentConstants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * Finds the PID that configures a service's component. A component that has a configuration says so in {@code service.pid}; one that has none
 * yet is asked for in its description, as its PID need not be its name.
 */
final class ComponentPids {
    private final ServiceComponentRuntime components;

    ComponentPids(ServiceComponentRuntime components) {
        this.components = components;
    }

    /** Returns the PID, or empty for a service that is no component and has none. */
    Optional<String> of(ServiceReference<?> reference) {
        List<String> configured = ProviderTracker.texts(reference.getProperty(Constants.SERVICE_PID));
        if (!configured.isEmpty()) {
            return Optional.of(configured.getLast()); // the last of several is the strongest (Compendium 112.7)
        }
        if (!(reference.getProperty(ComponentConstants.COMPONENT_NAME) instanceof String name)) {
            return Optional.empty();
        }
        Bundle bundle = reference.getBundle();
        ComponentDescriptionDTO description = bundle == null ? null : components.getComponentDescriptionDTO(bundle, name);
        if (description == null || description.configurationPid == null || description.configurationPid.length == 0) {
            return Optional.of(name);
        }
        String pid = description.configurationPid[description.configurationPid.length - 1];
        return Optional.of(pid.equals("$") ? name : pid);
    }
}
