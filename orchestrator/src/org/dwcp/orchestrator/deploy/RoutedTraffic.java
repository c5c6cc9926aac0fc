// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.ProviderInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routing of this node, as the deploy folder sees it. */
final class RoutedTraffic implements Traffic {
    private static final Logger LOG = LoggerFactory.getLogger(RoutedTraffic.class);

    private final HybridManager manager;
    private final FeatureFlags flags;

    RoutedTraffic(HybridManager manager, FeatureFlags flags) {
        this.manager = manager;
        this.flags = flags;
    }

    /** Only what names this provider is ended: a rollout of another one goes on. */
    @Override
    public void release(String slot, String provider) {
        var state = flags.state();
        var rollout = state.rollouts().get(slot);
        var pinned = provider.equals(state.pins().get(slot));
        try {
            if (rollout != null && rollout.provider().equals(provider)) {
                manager.orchestrator().promote(slot, provider, 0, "its bundle is being removed");
            }
            if (pinned) {
                manager.orchestrator().unpin(slot, "the pinned provider's bundle is being removed");
            }
        } catch (DwcpException e) {
            LOG.warn("plugin release failed slot={} provider={} reason=\"{}\"", slot, provider, e.getMessage());
        }
    }

    @Override
    public long leases(String slot, String provider) {
        return manager.list().stream().flatMap(status -> status.providers().stream())
                .filter(info -> info.slot().equals(slot) && info.name().equals(provider)).mapToLong(ProviderInfo::leases).sum();
    }
}
