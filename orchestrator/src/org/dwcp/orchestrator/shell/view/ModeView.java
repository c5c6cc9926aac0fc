// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.Locale;

import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeReport;

/**
 * The node's mode.
 *
 * @param report  the mode and why
 * @param explain true to show the samples
 * @param undo    command that brings back what was, empty text when nothing was changed
 */
public record ModeView(ModeReport report, boolean explain, String undo) implements View {
    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        lines.add("mode   " + report.mode().label() + (report.forced() ? " (forced; end it with 'dwcp mode release')"
                : report.detected() ? "" : " (not detected yet: every slot stays on v1)"));
        lines.add("since  " + Text.moment(report.since()));
        lines.add("why    " + Text.line(report.reason()));
        if (explain) {
            var table = new Table("at", ">round trip", ">bandwidth", ">loss", "measured by");
            report.samples().forEach(sample -> row(table, Text.moment(sample.at()), sample, sample.source()));
            report.average().ifPresent(average -> row(table, "average", average, "the last decision used this"));
            lines.add(table.isEmpty() ? "no samples yet" : table.render(screen));
        }
        if (!undo.isEmpty()) {
            lines.add("undo: " + undo);
        }
        return String.join("\n", lines);
    }

    private static void row(Table table, String at, LinkConditions link, String source) {
        table.row(at, Text.rtt(link.rttNs()), Text.bits(link.bandwidthBps()), String.format(Locale.ROOT, "%.2f %%", link.loss() * 100), source);
    }
}
