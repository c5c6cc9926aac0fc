// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.GossipValue;

/**
 * What the nodes tell.
 *
 * @param values     in order of owner and name
 * @param neighbours with whom this node exchanges them
 * @param now        the time
 */
public record GossipTable(List<GossipValue> values, List<NodeId> neighbours, Instant now) implements View {
    private static final int SHOWN_CHARACTERS = 40;

    /** Copies the lists. */
    public GossipTable {
        values = List.copyOf(values);
        neighbours = List.copyOf(neighbours);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("node", "name", ">version", ">age", ">hops", ">bytes", "text");
        for (var value : values) {
            var text = GossipView.text(value);
            table.row(value.owner(), value.name(), value.version(), age(value.written(), now), value.hops(), value.bytes().length,
                    text.length() > SHOWN_CHARACTERS ? text.substring(0, SHOWN_CHARACTERS) + "..." : text);
        }
        return (table.isEmpty() ? "no node tells anything yet" : table.render(screen)) + "\nneighbours: "
                + (neighbours.isEmpty() ? "none" : String.join(" ", neighbours.stream().map(NodeId::value).toList()));
    }

    /** The owner's clock may be ahead. */
    static String age(Instant written, Instant now) {
        var age = Duration.between(written, now);
        return Text.duration(age.isNegative() ? Duration.ZERO : age);
    }
}
