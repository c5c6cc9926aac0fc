// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.orchestrator.mode.Detection;
import org.dwcp.orchestrator.swap.HybridRouting;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The node's own manager: initialised and started with the node. Immediate, because a node detects its mode whether or not somebody asks. */
@Component(service = {HybridManager.class, ManagerComponent.class}, immediate = true)
public final class ManagerComponent extends RoutedManager {
    /** Called by Declarative Services. */
    @Activate
    public ManagerComponent(@Reference HybridRouting routing, @Reference Detection detection, @Reference FeatureFlags flags,
            @Reference Settings settings, @Reference NodeClock clock) {
        super(new Parts(routing, routing.adapter(), routing.figures(), detection, flags, settings, clock), () -> { }, () -> { });
        initialize();
        start();
    }

    @Deactivate
    void deactivate() {
        super.close();
    }

    /** A consumer cannot take the manager away from the others. */
    @Override
    public void close() {
        throw new DwcpException(DwcpException.Kind.REJECTED, "the node's own manager ends with the node; stop() it, or close one that you created");
    }
}
