// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;

/**
 * What a command that moves traffic did, or would do.
 *
 * @param command what was asked for
 * @param dryRun  true when nothing was changed
 * @param before  the slots concerned as they were
 * @param after   the same slots as they are now, or would be
 * @param swaps   the swaps made
 * @param undo    command that brings back what was
 * @param note    what a reader must know besides, empty text for nothing
 */
public record Change(String command, boolean dryRun, List<SlotStatus> before, List<SlotStatus> after, List<SwapRecord> swaps, String undo, String note)
        implements View {
    /** Copies the lists. */
    public Change {
        before = List.copyOf(before);
        after = List.copyOf(after);
        swaps = List.copyOf(swaps);
    }

    @Override
    public boolean good() {
        return swaps.stream().noneMatch(swap -> swap.outcome() == SwapRecord.Outcome.UNDONE);
    }

    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        lines.add(dryRun ? "dry run, nothing was changed: " + command : command);
        if (!swaps.isEmpty()) {
            lines.add(swaps(screen));
        }
        lines.add(shares(screen));
        if (!note.isEmpty()) {
            lines.add("note: " + note);
        }
        lines.add("undo: " + undo);
        return String.join("\n", lines);
    }

    private String swaps(Screen screen) {
        var table = new Table("slot", "from", "to", ">share", "*outcome", ">commit", "error");
        for (var swap : swaps) {
            table.row(swap.slot(), swap.from().isEmpty() ? "-" : swap.from(), swap.to().isEmpty() ? "-" : swap.to(), swap.share() + " %",
                    swap.outcome(), Text.duration(swap.toCommit()), swap.error());
        }
        return table.render(screen);
    }

    private String shares(Screen screen) {
        var table = new Table("slot", "provider", ">before", dryRun ? ">would be" : ">now");
        for (var slot : after) {
            for (var provider : slot.providers()) {
                var was = share(slot.slot(), provider.name());
                if (was != provider.share()) {
                    table.row(slot.slot(), provider.name(), was + " %", provider.share() + " %");
                }
            }
        }
        return table.isEmpty() ? "no share " + (dryRun ? "would change" : "changed") : table.render(screen);
    }

    private int share(String slot, String provider) {
        return before.stream().filter(s -> s.slot().equals(slot)).flatMap(s -> s.providers().stream()).filter(p -> p.name().equals(provider))
                .mapToInt(p -> p.share()).findFirst().orElse(0);
    }
}
