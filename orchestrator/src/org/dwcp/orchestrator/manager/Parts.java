// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.orchestrator.mode.Detection;
import org.dwcp.orchestrator.swap.RoutingFigures;

/**
 * What a manager is made of.
 *
 * @param orchestrator commands
 * @param adapter      routes
 * @param figures      what the routing counts
 * @param detection    what the detector counts
 * @param flags        feature flags
 * @param settings     configuration
 * @param clock        time
 */
record Parts(HybridOrchestrator orchestrator, ModeAwareAdapter adapter, RoutingFigures figures, Detection detection, FeatureFlags flags,
        Settings settings, NodeClock clock) {
}
