// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.vm.Guest;

/**
 * The guests that a node has descriptions of.
 *
 * @param node   the node
 * @param guests by name
 */
public record GuestTable(NodeId node, List<Guest> guests) implements View {
    /** Copies the list. */
    public GuestTable {
        guests = List.copyOf(guests);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("guest", "state", "owner", ">generation", "");
        for (var guest : guests) {
            table.row(guest.name(), guest.state(), guest.owner().isEmpty() ? "-" : guest.owner(), guest.generation(), Text.line(guest.detail()));
        }
        return table.isEmpty() ? node + " has no guest; describe one in etc/vms/NAME.vm" : table.render(screen);
    }
}
