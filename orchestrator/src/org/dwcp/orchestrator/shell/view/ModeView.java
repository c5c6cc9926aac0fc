// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeReport;

/**
 * The node's mode and that of each link.
 *
 * @param report  the mode and why
 * @param links   the same for each link
 * @param explain true to show the samples
 * @param undo    command that brings back what was, empty text when nothing was changed
 */
public record ModeView(ModeReport report, List<LinkReport> links, boolean explain, String undo) implements View {
    /** Copies the list. */
    public ModeView {
        links = List.copyOf(links);
    }

    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        lines.add("mode   " + report.mode().label() + (report.forced() ? " (forced; end it with 'dwcp mode release')"
                : report.detected() ? "" : " (not detected yet: every slot stays on v1)"));
        lines.add("since  " + Text.moment(report.since()));
        lines.add("why    " + Text.line(report.reason()));
        if (explain) {
            lines.add(samples(report.samples(), report.average(), screen));
        }
        if (!links.isEmpty() && !explain) {
            var table = new Table("link", "mode", "since", "why");
            links.forEach(link -> table.row(link.peer(), mode(link), Text.moment(link.since()), Text.line(link.reason())));
            lines.add(table.render(screen));
        }
        for (var link : explain ? links : List.<LinkReport>of()) {
            lines.add("");
            lines.add("link   " + link.peer() + "   " + mode(link) + "   since " + Text.moment(link.since()));
            lines.add("why    " + Text.line(link.reason()));
            link.hints().forEach(hint -> lines.add("hint   " + Text.line(hint)));
            lines.add(samples(link.samples(), link.average(), screen));
        }
        if (!undo.isEmpty()) {
            lines.add("undo: " + undo);
        }
        return String.join("\n", lines);
    }

    private static String mode(LinkReport link) {
        return link.detected() ? link.mode().label() : "not detected yet";
    }

    private static String samples(List<LinkConditions> samples, Optional<LinkConditions> average, Screen screen) {
        var table = new Table("at", ">round trip", ">bandwidth", ">loss", "measured by");
        samples.forEach(sample -> row(table, Text.moment(sample.at()), sample, Text.line(sample.source())));
        average.ifPresent(mean -> row(table, "average", mean, "the last decision used this"));
        return table.isEmpty() ? "no samples yet" : table.render(screen);
    }

    private static void row(Table table, String at, LinkConditions link, String source) {
        table.row(at, Text.rtt(link.rttNs()), Text.bits(link.bandwidthBps()), String.format(Locale.ROOT, "%.2f %%", link.loss() * 100), source);
    }
}
