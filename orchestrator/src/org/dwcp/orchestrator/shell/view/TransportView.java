// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.TransportStats;

/**
 * One transport with all that it counts.
 *
 * @param stats       counts since it started, and how it works here
 * @param goodputBps  bits of frames a second, both ways, over the last half second
 * @param modeChanges changes of the node's mode since start
 * @param peers       by peer
 * @param channels    by channel: of a flow, a call or another protocol
 */
public record TransportView(TransportStats stats, long goodputBps, long modeChanges, List<PeerFigures> peers, List<ChannelStats> channels)
        implements View {
    /** Copies the lists. */
    public TransportView {
        peers = List.copyOf(peers);
        channels = List.copyOf(channels);
    }

    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        lines.add("transport " + stats.provider() + "   goodput " + Text.bits(goodputBps) + "   mode changes " + modeChanges);
        var counts = new Table("", ">now", ">since start");
        counts.row("channels", stats.channelsOpen(), stats.channelsTotal());
        counts.row("lanes", stats.lanesOpen(), stats.lanesTotal());
        counts.row("frames sent", "", stats.framesSent());
        counts.row("bytes sent", "", stats.bytesSent());
        counts.row("frames received", "", stats.framesReceived());
        counts.row("bytes received", "", stats.bytesReceived());
        lines.add(counts.render(screen));
        lines.add("how: " + words(stats.traits()));
        var errors = new TreeMap<>(stats.errors());
        errors.values().removeIf(count -> count == 0);
        lines.add("errors: " + (errors.isEmpty() ? "none" : words(errors)));
        lines.add(new PeerFiguresTable(peers).render(screen));
        if (!channels.isEmpty()) {
            var table = new Table("protocol", "peer", ">lanes", ">frames sent", ">bytes sent", ">frames received", ">bytes received");
            channels.forEach(channel -> table.row(channel.protocol(), channel.peer(), channel.lanes(), channel.framesSent(), channel.bytesSent(),
                    channel.framesReceived(), channel.bytesReceived()));
            lines.add(table.render(screen));
        }
        return String.join("\n", lines);
    }

    private static String words(Map<String, ?> map) {
        return new TreeMap<>(map).entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(", "));
    }
}
