// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.Settings;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/**
 * The node's routing as a service. Immediate, because providers must find their way into the table before the first consumer asks. It never goes
 * away because of Config Admin: rankings wait until that comes back.
 */
@Component(service = {HybridOrchestrator.class, HybridRouting.class}, immediate = true)
public final class OrchestratorComponent extends HybridRouting {
    private final AtomicReference<ConfigurationAdmin> configurations;
    private final ProviderTracker tracker;

    /** Called by Declarative Services. */
    @Activate
    public OrchestratorComponent(BundleContext bundles, @Reference FeatureFlags flags, @Reference ModeDetector detector, @Reference NodeClock clock,
            @Reference Settings settings, @Reference ServiceComponentRuntime components) {
        AtomicReference<ConfigurationAdmin> admin = new AtomicReference<>();
        configurations = admin;
        super(flags, detector, settings::hybrid, () -> settings.current().links(), () -> settings.current().breaker(), clock, () -> Optional.ofNullable(admin.get()), true);
        tracker = new ProviderTracker(bundles, this, new ComponentPids(components)::of);
        tracker.open();
        start();
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindConfigurations(ConfigurationAdmin admin) {
        configurations.set(admin);
        rankings().publish();
    }

    void unbindConfigurations(ConfigurationAdmin admin) {
        configurations.compareAndSet(admin, null);
    }

    @Deactivate
    void deactivate() {
        stop();
        tracker.close();
        close();
    }
}
