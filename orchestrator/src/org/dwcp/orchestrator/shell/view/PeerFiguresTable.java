// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;
import java.util.Locale;

/**
 * What the transports do with each peer.
 *
 * @param figures in order of transport and peer
 */
public record PeerFiguresTable(List<PeerFigures> figures) implements View {
    /** Copies the list. */
    public PeerFiguresTable {
        figures = List.copyOf(figures);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("peer", "transport", ">channels", ">lanes", ">sent", ">received", ">goodput", ">round trip", ">least", ">loss", ">delivery");
        for (var peer : figures) {
            table.row(peer.peer(), peer.transport(), peer.channels(), peer.lanes(), Text.bytes(peer.bytesSent()), Text.bytes(peer.bytesReceived()),
                    Text.bits(peer.goodputBps()), Text.rtt(peer.rttNs()), Text.rtt(peer.rttMinNs()),
                    String.format(Locale.ROOT, "%.3f %%", peer.loss() * 100), Text.bits(peer.deliveryBps()));
        }
        return table.isEmpty() ? "no channel to any peer" : table.render(screen);
    }
}
