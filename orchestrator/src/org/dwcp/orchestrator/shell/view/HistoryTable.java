// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

import org.dwcp.api.hybrid.SwapRecord;

/**
 * The last swaps.
 *
 * @param swaps newest last
 */
public record HistoryTable(List<SwapRecord> swaps) implements View {
    /** Copies the list. */
    public HistoryTable {
        swaps = List.copyOf(swaps);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("at", "id", "slot", "from", "to", ">share", "*outcome", ">commit", ">drain", ">aborted", "trigger", "reason");
        for (var swap : swaps) {
            table.row(Text.moment(swap.at()), swap.id(), swap.slot(), swap.from().isEmpty() ? "-" : swap.from(), swap.to().isEmpty() ? "-" : swap.to(),
                    swap.share() + " %", swap.outcome(), Text.duration(swap.toCommit()), Text.duration(swap.drain()), swap.aborted(), swap.trigger(),
                    swap.error().isEmpty() ? swap.reason() : swap.reason() + ": " + swap.error());
        }
        return table.isEmpty() ? "no swap yet" : table.render(screen);
    }
}
