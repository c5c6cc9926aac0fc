// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

/**
 * The flags of the nodes, as each tells them by gossip.
 *
 * @param nodes in order of name
 */
public record ClusterFlags(List<Row> nodes) implements View {
    /**
     * One node's.
     *
     * @param node       its name
     * @param killSwitch on, off, or what is wrong with the snapshot
     * @param percentage share of keys that v3 may serve
     * @param same       whether all flags are as on this node
     * @param age        since it was signed
     */
    public record Row(String node, String killSwitch, String percentage, String same, String age) {
    }

    /** Copies the list. */
    public ClusterFlags {
        nodes = List.copyOf(nodes);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("node", "kill switch", ">v3 percent", "as here", ">age");
        nodes.forEach(row -> table.row(row.node(), row.killSwitch(), row.percentage(), row.same(), row.age()));
        return table.isEmpty() ? "no node has told its flags" : table.render(screen);
    }
}
