// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import java.util.Optional;

import org.dwcp.api.hybrid.ComponentRegistry;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridManagerFactory;
import org.dwcp.api.node.NodeClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The factory as a service; managers that were left open are closed with it. */
@Component(service = HybridManagerFactory.class)
public final class ManagerFactoryComponent implements HybridManagerFactory {
    private final StandaloneManagers managers;

    /** Called by Declarative Services. */
    @Activate
    public ManagerFactoryComponent(@Reference NodeClock clock) {
        managers = new StandaloneManagers(clock);
    }

    @Deactivate
    void deactivate() {
        managers.close();
    }

    @Override
    public HybridManager create(Optional<HybridConfig> config) {
        return managers.create(config);
    }

    @Override
    public ComponentRegistry registry(HybridManager manager) {
        return managers.registry(manager);
    }
}
