// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import org.dwcp.migration.depot.PackFlows;
import org.dwcp.migration.flow.FlowNode;

/** The node's flows, for the images among the transfers. Inside this bundle only. */
interface PackHost {
    FlowNode flows();

    PackFlows packs();
}
