// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import org.dwcp.orchestrator.decide.Decision;

import java.util.List;
import java.util.Map;

import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.hybrid.NetworkMode;

/** The one volatile field that every call reads and only the switchboard writes. */
public final class Board {
    private volatile RoutingTable table;
    private final FlowMeter flows;

    /** Begins with an empty table. */
    public Board(ModeReport mode, NodeClock clock) {
        this.flows = new FlowMeter(clock);
        this.table = new RoutingTable(0, mode, new Decision(NetworkMode.HYBRID, false, Map.of()), List.of());
    }

    /** Returns what flows tell of their progress. */
    public FlowMeter flows() {
        return flows;
    }

    /** Returns the table in force. */
    public RoutingTable table() {
        return table;
    }

    /** Puts a table in force and retires what it has no longer. Called by one thread at a time, with tables that descend from the one in force. */
    public void publish(RoutingTable next) {
        RoutingTable before = table;
        table = next;
        before.retireAllBut(next);
    }
}
