// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

import org.dwcp.api.hybrid.SlotStatus;

/**
 * All slots with their providers.
 *
 * @param slots in order of name
 */
public record SlotTable(List<SlotStatus> slots) implements View {
    /** Copies the list. */
    public SlotTable {
        slots = List.copyOf(slots);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("slot", "provider", "version", "*state", ">share", ">leases", "why");
        for (var slot : slots) {
            for (var provider : slot.providers()) {
                table.row(slot.slot(), provider.name(), provider.version(), provider.state(), provider.share() + " %", provider.leases(),
                        provider.reason());
            }
            if (slot.providers().isEmpty()) {
                table.row(slot.slot(), "-", "-", "FAIL", "-", "-", "no provider is installed");
            }
        }
        return table.isEmpty() ? "no slot has a provider" : table.render(screen);
    }
}
