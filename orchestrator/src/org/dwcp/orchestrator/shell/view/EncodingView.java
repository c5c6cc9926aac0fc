// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

import org.dwcp.api.encoding.EncodingStats;

/**
 * One encoding with what it has encoded and how it chose.
 *
 * @param stats counts since it started
 */
public record EncodingView(EncodingStats stats) implements View {
    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        var saved = stats.rawBytes() == 0 ? "" : String.format(Locale.ROOT, "   saved %.1f %%", 100 - 100.0 * stats.payloadBytes() / stats.rawBytes());
        lines.add("encoding " + stats.provider() + "   blocks " + stats.blocks() + "   bytes " + stats.rawBytes() + " to " + stats.payloadBytes() + saved);
        if (!stats.choices().isEmpty()) {
            var table = new Table("chosen", ">blocks");
            stats.choices().entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()).thenComparing(Map.Entry.comparingByKey()))
                    .forEach(choice -> table.row(choice.getKey(), choice.getValue()));
            lines.add(table.render(screen));
            lines.add("last block: " + stats.reason());
        }
        return String.join("\n", lines);
    }
}
