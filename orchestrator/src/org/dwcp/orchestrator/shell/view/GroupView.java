// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;
import java.util.TreeMap;

import org.dwcp.api.consensus.EpochInfo;
import org.dwcp.api.consensus.GroupStatus;

/**
 * One replicated group.
 *
 * @param status how it is
 * @param epochs its epochs, oldest first
 */
public record GroupView(GroupStatus status, List<EpochInfo> epochs) implements View {
    /** Copies the list. */
    public GroupView {
        epochs = List.copyOf(epochs);
    }

    @Override
    public String render(Screen screen) {
        var text = new StringBuilder("group ").append(status.name()).append("  ").append(Paint.state(status.phase().name(), screen));
        if (!status.note().isEmpty()) {
            text.append("\nnote  ").append(Text.line(status.note()));
        }
        var members = new Table("member", "key");
        status.members().forEach(member -> members.row(member.node(), member.signatureKey().substring(0, 16)));
        var chain = new Table(">epoch", "provider", "survives", ">members", ">sealed at", "certified by");
        epochs.forEach(epoch -> chain.row(epoch.epoch(), epoch.provider(), epoch.tolerance(), epoch.members().size(), epoch.sealedAt() == 0 ? "-" : epoch.sealedAt(),
                String.join(" ", epoch.signers())));
        var figures = new Table("figure", ">value");
        var all = new TreeMap<>(status.figures());
        status.replica().ifPresent(replica -> all.putAll(replica.figures()));
        all.forEach(figures::row);
        return text.append("\n\n").append(members.render(screen)).append("\n\n").append(chain.render(screen)).append("\n\n").append(figures.render(screen)).toString();
    }

    @Override
    public boolean good() {
        return status.healthy();
    }
}
