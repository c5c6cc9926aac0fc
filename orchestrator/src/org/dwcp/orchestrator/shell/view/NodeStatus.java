// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.node.PeerInfo;

/**
 * The node on one page.
 *
 * @param node       its name
 * @param cluster    name of its cluster
 * @param uptime     time since its shell started
 * @param mode       its mode and why
 * @param killSwitch true while every slot is forced to v1
 * @param inFlight   leases open now
 * @param slots      every slot
 * @param peers      every peer
 * @param alerts     what needs a look, one sentence each
 */
public record NodeStatus(String node, String cluster, Duration uptime, ModeReport mode, boolean killSwitch, long inFlight, List<SlotStatus> slots,
        List<PeerInfo> peers, List<String> alerts) implements View {
    private static final int BAR_CELLS = 10;
    /** Most peers that are drawn one by one; {@code peers} lists all. Source: chosen; the page should fit a screen. */
    private static final int PEERS_SHOWN_MAX = 8;

    /** Copies the lists. */
    public NodeStatus {
        slots = List.copyOf(slots);
        peers = List.copyOf(peers);
        alerts = List.copyOf(alerts);
    }

    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        lines.add("node     " + node + (cluster.isEmpty() ? "" : "   cluster " + cluster) + "   up " + Text.duration(uptime));
        lines.add("mode     " + mode.mode().label() + (mode.forced() ? " (forced)" : mode.detected() ? "" : " (not detected yet)") + "   "
                + Text.line(mode.reason()));
        lines.add("work     " + inFlight + " in flight" + (killSwitch ? "   KILL SWITCH ON" : ""));
        lines.add("");
        lines.add(slots(screen));
        for (var slot : slots) {
            slot.reasons().stream().filter(reason -> reason.startsWith("rollout")).forEach(reason -> lines.add(slot.slot() + " " + Text.line(reason)));
        }
        lines.add("");
        lines.add(peers(screen));
        alerts.forEach(alert -> lines.add(Paint.state("WARN", screen) + "  " + Text.line(alert)));
        if (alerts.isEmpty()) {
            lines.add(Paint.state("OK", screen) + "  no alerts");
        }
        return String.join("\n", lines);
    }

    private String slots(Screen screen) {
        var table = new Table("slot", "*state", "shares");
        for (var slot : slots) {
            var serving = slot.providers().stream().filter(p -> p.share() > 0)
                    .map(p -> Text.bar(p.share(), BAR_CELLS, screen) + " " + p.share() + " % " + p.name())
                    .collect(Collectors.joining("   "));
            var others = slot.providers().stream().filter(p -> p.share() == 0).map(ProviderInfo::name).collect(Collectors.joining(", "));
            table.row(slot.slot(), serving.isEmpty() ? "FAIL" : "OK",
                    (serving.isEmpty() ? "nothing serves" : serving) + (others.isEmpty() ? "" : "   (0 %: " + others + ")"));
        }
        return table.isEmpty() ? "no slot has a provider" : table.render(screen);
    }

    private String peers(Screen screen) {
        if (peers.isEmpty()) {
            return "no peers; add one with 'dwcp peers add NAME HOST:PORT'";
        }
        var more = peers.size() - PEERS_SHOWN_MAX;
        return new PeerTable(peers.subList(0, Math.min(peers.size(), PEERS_SHOWN_MAX))).render(screen)
                + (more > 0 ? "\nand " + more + " more; see 'dwcp peers'" : "");
    }
}
