// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import org.dwcp.api.hybrid.ComponentRegistry;
import org.dwcp.orchestrator.flags.FlagsComponent;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The node's registry of components. */
@Component(service = ComponentRegistry.class)
public final class RegistryComponent extends RoutedComponents {
    /** Called by Declarative Services. */
    @Activate
    public RegistryComponent(@Reference ManagerComponent manager, @Reference FlagsComponent flags) {
        super(manager, flags::notes);
        adoptRunning();
    }

    @Deactivate
    void deactivate() {
        stop();
    }
}
