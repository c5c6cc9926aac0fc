// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImageVersion;

/**
 * The versions of images that a node keeps.
 *
 * @param node     who keeps them
 * @param versions by name, newest first
 */
public record ImageTable(NodeId node, List<ImageVersion> versions) implements View {
    /** Copies the list. */
    public ImageTable {
        versions = List.copyOf(versions);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("image", "version", ">size", ">chunks", "kept since");
        for (var version : versions) {
            table.row(version.name(), Text.version(version.sha256()), Text.bytes(version.bytes()), version.chunks(), Text.moment(version.kept()));
        }
        return table.isEmpty() ? node + " keeps no image" : table.render(screen);
    }
}
