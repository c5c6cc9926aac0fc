// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.List;

/**
 * The provider bundles of this node, and what the deploy folder refused.
 *
 * @param plugins one entry a provider, a bundle without one, or a refused file
 */
public record PluginTable(List<Row> plugins) implements View {
    /**
     * One entry.
     *
     * @param bundle   symbolic name of the bundle, empty text when the file could not be read
     * @param version  version of the bundle
     * @param jar      file in the deploy folder, empty text for a bundle of the node's own
     * @param slot     slot of the provider, empty text for none
     * @param provider name of the provider, empty text for none
     * @param state    how the routing sees the provider, or how the file stands
     * @param share    percentage of keys it serves
     * @param note     why it was refused, or what to know
     */
    public record Row(String bundle, String version, String jar, String slot, String provider, String state, int share, String note) {
    }

    /** Copies the list. */
    public PluginTable {
        plugins = List.copyOf(plugins);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("slot", "provider", "*state", ">share", "bundle", "version", "from", "note");
        var lines = new ArrayList<String>();
        for (var row : plugins) {
            table.row(dash(row.slot()), dash(row.provider()), row.state(), row.provider().isEmpty() ? "-" : row.share() + " %", dash(row.bundle()),
                    dash(row.version()), row.jar().isEmpty() ? "node" : "deploy/" + row.jar(), row.note());
        }
        lines.add(table.isEmpty() ? "no provider is installed; put a provider's jar into deploy/" : table.render(screen));
        plugins.stream().filter(row -> !row.jar().isEmpty() && !row.provider().isEmpty() && row.share() == 0)
                .forEach(row -> lines.add("promote: dwcp promote " + row.slot() + " " + row.provider() + " --share 10"));
        return String.join("\n", lines);
    }

    private static String dash(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
