// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;

import org.dwcp.api.hybrid.SlotStatus;

/**
 * One slot with all that is known of its providers.
 *
 * @param status the slot
 */
public record SlotView(SlotStatus status) implements View {
    @Override
    public String render(Screen screen) {
        var table = new Table("provider", "version", "*state", ">share", ">leases", ">ranking", "modes", "capabilities");
        for (var provider : status.providers()) {
            table.row(provider.name(), provider.version(), provider.state(), provider.share() + " %", provider.leases(), provider.ranking(),
                    String.join(" ", provider.modes()), String.join(" ", provider.capabilities()));
        }
        var lines = new ArrayList<String>();
        lines.add("slot " + status.slot() + "   routing table " + status.generation());
        lines.add(table.isEmpty() ? "no provider is installed" : table.render(screen));
        lines.add("why: 'dwcp why " + status.slot() + "'");
        return String.join("\n", lines);
    }
}
