// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;

import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationPlugin;

/**
 * Lets the command line and the environment win over configuration files: the property {@code dwcp.config.PID/key} replaces the key in the
 * configuration of that PID on its way to the component (OSGi Compendium 104.9). What is stored stays as it was, so an override is gone with the
 * start that had it. The launcher does this, because it must be in place before the first component reads its configuration.
 */
final class Overrides {
    private final Map<String, Map<String, String>> byPid;

    /**
     * Picks the overrides out of a node's properties.
     *
     * @param properties all of them; one without PID or key is no override
     */
    Overrides(Map<String, String> properties) {
        byPid = new HashMap<>();
        properties.forEach((name, value) -> {
            var cut = name.indexOf('/');
            if (name.startsWith(Settings.CONFIG) && cut > Settings.CONFIG.length() && cut + 1 < name.length()) {
                byPid.computeIfAbsent(name.substring(Settings.CONFIG.length(), cut), pid -> new HashMap<>()).put(name.substring(cut + 1), value);
            }
        });
    }

    Map<String, Map<String, String>> byPid() {
        return byPid;
    }

    /** Called when Config Admin has started. */
    void apply(BundleContext context) throws IOException {
        var reference = context.getServiceReference(ConfigurationAdmin.class);
        var admin = context.getService(reference);
        for (var override : byPid.entrySet()) {
            var values = override.getValue();
            ConfigurationPlugin plugin = (target, properties) -> values.forEach(properties::put);
            context.registerService(ConfigurationPlugin.class, plugin,
                    new Hashtable<>(Map.of(ConfigurationPlugin.CM_TARGET, new String[] {override.getKey()})));
            var configuration = admin.getConfiguration(override.getKey(), "?");
            if (configuration.getProperties() == null) {
                configuration.update(new Hashtable<>()); // a plugin is asked only about a configuration that there is
            } else {
                configuration.update(); // for those who have read it already
            }
            LogSetup.LOG.info("configuration overridden pid={} keys={}", override.getKey(), values.keySet());
        }
        context.ungetService(reference);
    }
}
