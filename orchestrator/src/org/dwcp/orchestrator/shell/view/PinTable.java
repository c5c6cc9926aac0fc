// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

import org.dwcp.api.image.ImagePin;

/**
 * Versions of images that every node keeps.
 *
 * @param pins by name and version
 */
public record PinTable(List<ImagePin> pins) implements View {
    /** Copies the list. */
    public PinTable {
        pins = List.copyOf(pins);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("image", "version", "pinned by", "since", "note");
        for (var pin : pins) {
            table.row(pin.name(), Text.version(pin.sha256()), pin.by(), Text.moment(pin.at()), pin.note());
        }
        return table.isEmpty() ? "no version is pinned" : table.render(screen);
    }
}
