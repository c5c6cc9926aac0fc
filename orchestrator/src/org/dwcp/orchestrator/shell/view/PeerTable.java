// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;
import java.util.stream.Collectors;

import org.dwcp.api.node.PeerInfo;

/**
 * The peers.
 *
 * @param peers in order of name
 */
public record PeerTable(List<PeerInfo> peers) implements View {
    /** Copies the list. */
    public PeerTable {
        peers = List.copyOf(peers);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("peer", "address", "*state", ">round trip", "since", "providers or problem");
        for (var peer : peers) {
            var providers = peer.providers().stream().map(p -> p.name()).collect(Collectors.joining(" "));
            table.row(peer.id(), peer.host() + ":" + peer.port(), peer.online() ? "ONLINE" : "OFFLINE", Text.rtt(peer.rttNs()),
                    Text.moment(peer.since()), peer.online() ? providers : peer.problem());
        }
        return table.isEmpty() ? "no peers; add one with 'dwcp peers add NAME HOST:PORT'" : table.render(screen);
    }
}
