// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;
import java.util.stream.Collectors;

import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.orchestrator.group.GroupHealth;

/**
 * The replicated groups.
 *
 * @param groups in order of name
 * @param alerts what has been wrong with them for a while
 */
public record GroupTable(List<GroupStatus> groups, List<GroupHealth.Alert> alerts) implements View {
    /** Copies the lists. */
    public GroupTable {
        groups = List.copyOf(groups);
        alerts = List.copyOf(alerts);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("group", "*phase", ">epoch", "provider", ">members", "leader", ">applied", "health", "note");
        for (var group : groups) {
            table.row(group.name(), group.phase(), group.epoch().epoch(), group.epoch().provider(), group.members().size(),
                    group.replica().flatMap(r -> r.leader()).map(Object::toString).orElse("-"), group.replica().map(r -> r.applied()).orElse(0L), health(group), group.note());
        }
        return table.isEmpty() ? "this node hosts no group" : table.render(screen) + alerts.stream()
                .map(alert -> "\n" + Paint.state("WARN", screen) + "  " + alert.group() + ": " + Text.line(alert.finding() + "; " + alert.remedy())).collect(Collectors.joining());
    }

    private String health(GroupStatus group) {
        var kinds = alerts.stream().filter(alert -> alert.group().equals(group.name())).map(GroupHealth.Alert::kind).collect(Collectors.joining(" "));
        return !kinds.isEmpty() ? kinds : group.healthy() ? "ok" : "-";
    }

    @Override
    public boolean good() {
        return groups.stream().allMatch(GroupStatus::healthy);
    }
}
