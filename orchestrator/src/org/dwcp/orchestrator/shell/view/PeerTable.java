// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;

/**
 * The peers.
 *
 * @param peers in order of name
 * @param modes mode of the link to each, as far as known; without any there is no such column
 */
public record PeerTable(List<PeerInfo> peers, Map<NodeId, String> modes) implements View {
    /** Copies the collections. */
    public PeerTable {
        peers = List.copyOf(peers);
        modes = Map.copyOf(modes);
    }

    /** Makes a table without modes. */
    PeerTable(List<PeerInfo> peers) {
        this(peers, Map.of());
    }

    @Override
    public String render(Screen screen) {
        var table = modes.isEmpty() ? new Table("peer", "address", "*state", ">round trip", "since", "providers or problem")
                : new Table("peer", "address", "*state", ">round trip", "mode", "since", "providers or problem");
        for (var peer : peers) {
            var providers = peer.providers().stream().map(p -> p.name()).collect(Collectors.joining(" "));
            var cells = new ArrayList<Object>(List.of(peer.id(), peer.host() + ":" + peer.port(), peer.online() ? "ONLINE" : "OFFLINE",
                    Text.rtt(peer.rttNs()), Text.moment(peer.since()), peer.online() ? providers : peer.problem()));
            if (!modes.isEmpty()) {
                cells.add(4, modes.getOrDefault(peer.id(), "-"));
            }
            table.row(cells.toArray());
        }
        return table.isEmpty() ? "no peers; add one with 'dwcp peers add NAME HOST:PORT'" : table.render(screen);
    }
}
