// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

import org.dwcp.api.hybrid.FlowMove;

/**
 * The flows that swaps have moved.
 *
 * @param moves newest last
 */
public record FlowMoveTable(List<FlowMove> moves) implements View {
    /** Copies the list. */
    public FlowMoveTable {
        moves = List.copyOf(moves);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("at", "slot", "flow", "from", "to", ">first byte after");
        moves.forEach(move -> table.row(Text.moment(move.at()), move.slot(), move.key(), move.from(), move.to(), Text.duration(move.sinceDecision())));
        return table.isEmpty() ? "no running flow was moved yet" : table.render(screen);
    }
}
