// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

import org.dwcp.api.consensus.GroupStatus;

/**
 * The replicated groups.
 *
 * @param groups in order of name
 */
public record GroupTable(List<GroupStatus> groups) implements View {
    /** Copies the list. */
    public GroupTable {
        groups = List.copyOf(groups);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("group", "*phase", ">epoch", "provider", ">members", "leader", ">applied", "note");
        for (var group : groups) {
            table.row(group.name(), group.phase(), group.epoch().epoch(), group.epoch().provider(), group.members().size(),
                    group.replica().flatMap(r -> r.leader()).map(Object::toString).orElse("-"), group.replica().map(r -> r.applied()).orElse(0L), group.note());
        }
        return table.isEmpty() ? "this node hosts no group" : table.render(screen);
    }

    @Override
    public boolean good() {
        return groups.stream().allMatch(GroupStatus::healthy);
    }
}
