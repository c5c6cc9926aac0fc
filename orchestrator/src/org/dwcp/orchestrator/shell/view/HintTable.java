// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.node.PeerInfo;

/**
 * Where nodes say by gossip that they are, and where they are reached.
 *
 * @param hints  addresses, in order of node
 * @param peers  what the peer book has, by node
 */
public record HintTable(List<GossipValue> hints, Map<NodeId, PeerInfo> peers) implements View {
    /** Copies the collections. */
    public HintTable {
        hints = List.copyOf(hints);
        peers = Map.copyOf(peers);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("node", "says it is at", "peer at", "*state");
        for (var hint : hints) {
            var peer = Optional.ofNullable(peers.get(hint.owner()));
            table.row(hint.owner(), GossipView.text(hint).replace('\n', ' '), peer.map(p -> p.host() + ":" + p.port()).orElse("no peer"),
                    peer.map(p -> p.online() ? "ONLINE" : "OFFLINE").orElse("-"));
        }
        return table.isEmpty() ? "no node has said where it is" : table.render(screen);
    }
}
