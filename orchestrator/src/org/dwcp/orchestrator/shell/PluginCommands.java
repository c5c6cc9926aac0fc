// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.orchestrator.deploy.Plugin;
import org.dwcp.orchestrator.deploy.Plugins;
import org.dwcp.orchestrator.shell.view.PluginTable;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over provider bundles. */
@Component(service = PluginCommands.class)
@GogoCommand(scope = "dwcp", function = "plugins")
@Descriptor("provider bundles")
public final class PluginCommands {
    private final HybridManager manager;
    private final Plugins plugins;
    private final BundleContext context;

    /**
     * Makes the commands.
     *
     * @param manager knows the providers
     * @param plugins knows the deploy folder
     * @param context knows which bundle a provider comes from
     */
    @Activate
    public PluginCommands(@Reference HybridManager manager, @Reference Plugins plugins, BundleContext context) {
        this.manager = manager;
        this.plugins = plugins;
        this.context = context;
    }

    /** Lists provider bundles and what the deploy folder refused. */
    @Descriptor("list provider bundles, what deploy/ refused and why, and how to promote what is new")
    @Usage(examples = {"plugins", "plugins --json"})
    public View plugins(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("nothing") String... words) {
        Words.of("plugins", words, 0, 0, "");
        return new PluginTable(rows(manager.list().stream().flatMap(slot -> slot.providers().stream()).toList(), plugins.list(), bundles())).as(json);
    }

    private static List<PluginTable.Row> rows(List<ProviderInfo> providers, List<Plugin> deployed, Map<String, Bundle> bundles) {
        var rows = new ArrayList<PluginTable.Row>();
        for (var provider : providers) {
            var bundle = bundles.get(provider.name());
            var plugin = deployed.stream().filter(p -> bundle != null && p.bundleId() == bundle.getBundleId()).findFirst();
            rows.add(new PluginTable.Row(bundle == null ? "" : bundle.getSymbolicName(), bundle == null ? provider.version() : bundle.getVersion().toString(),
                    plugin.map(Plugin::jar).orElse(""), provider.slot(), provider.name(),
                    plugin.filter(p -> p.state() == Plugin.State.DRAINING).isPresent() ? "DRAINING" : provider.state().name(), provider.share(),
                    plugin.map(Plugin::note).filter(note -> !note.isEmpty()).orElse(provider.reason())));
        }
        for (var plugin : deployed) {
            if (rows.stream().noneMatch(row -> row.jar().equals(plugin.jar()))) {
                rows.add(new PluginTable.Row(plugin.symbolicName(), plugin.version(), plugin.jar(), "", "", plugin.state().name(), 0, plugin.note()));
            }
        }
        return rows;
    }

    private Map<String, Bundle> bundles() {
        var bundles = new TreeMap<String, Bundle>();
        try {
            var references = context.getAllServiceReferences(null, "(" + Swappable.PROVIDER + "=*)");
            for (var reference : references == null ? List.<org.osgi.framework.ServiceReference<?>>of() : List.of(references)) {
                if (reference.getBundle() != null) {
                    bundles.put(String.valueOf(reference.getProperty(Swappable.PROVIDER)), reference.getBundle());
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        return bundles;
    }
}
