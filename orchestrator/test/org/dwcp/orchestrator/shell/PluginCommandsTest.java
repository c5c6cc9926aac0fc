// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.orchestrator.deploy.Plugin;
import org.dwcp.orchestrator.shell.view.PluginTable;
import org.dwcp.orchestrator.shell.view.Screen;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;

class PluginCommandsTest {
    private ServiceReference<?>[] references;

    private static Bundle bundle(long id, String name) {
        return FakeNode.fake(Bundle.class, Map.of("getBundleId", a -> id, "getSymbolicName", a -> name, "getVersion", a -> Version.parseVersion("3.1.4")));
    }

    private static ServiceReference<?> service(String provider, Bundle from) {
        return FakeNode.fake(ServiceReference.class, Map.of("getProperty", a -> a[0].equals(Swappable.PROVIDER) ? provider : null, "getBundle", a -> from));
    }

    private PluginTable table(Plugin... deployed) {
        var manager = FakeNode.fake(HybridManager.class, Map.of("list", a -> List.of(Fixtures.transport(70))));
        var context = FakeNode.fake(BundleContext.class, Map.of("getAllServiceReferences", a -> references));
        return (PluginTable) new PluginCommands(manager, () -> List.of(deployed), context).plugins(false);
    }

    private static Optional<PluginTable.Row> row(PluginTable table, String provider) {
        return table.plugins().stream().filter(row -> row.provider().equals(provider)).findFirst();
    }

    @Test
    void namesTheBundleOfAProviderAndTheJarItCameIn() {
        references = new ServiceReference<?>[] {service("transport.v3", bundle(7, "org.dwcp.transport.v3")), service("transport.v1", bundle(8, "org.dwcp.transport.v1")),
                service("gone", null)};

        var table = table(new Plugin("wan.jar", Plugin.State.ACTIVE, "org.dwcp.transport.v3", "3.1.4", 7, List.of("transport transport.v3"), ""));

        assertThat(row(table, "transport.v3")).hasValueSatisfying(row -> {
            assertThat(row.bundle()).isEqualTo("org.dwcp.transport.v3");
            assertThat(row.version()).isEqualTo("3.1.4");
            assertThat(row.jar()).isEqualTo("wan.jar");
            assertThat(row.state()).isEqualTo("ACTIVE");
            assertThat(row.note()).isEqualTo("mode internet");
        });
        assertThat(row(table, "transport.v1")).hasValueSatisfying(row -> assertThat(row.jar()).isEmpty());
        assertThat(row(table, "transport.v0")).hasValueSatisfying(row -> {
            assertThat(row.bundle()).as("a plain object").isEmpty();
            assertThat(row.version()).isEqualTo("0.0.0");
        });
    }

    @Test
    void listsWhatDrainsAndWhatWasRefused() {
        references = new ServiceReference<?>[] {service("transport.v3", bundle(7, "org.dwcp.transport.v3"))};

        var table = table(new Plugin("wan.jar", Plugin.State.DRAINING, "org.dwcp.transport.v3", "3.1.4", 7, List.of(), "3 leases are open"),
                new Plugin("bad.jar", Plugin.State.REFUSED, "", "", -1, List.of(), "no bundle"));

        assertThat(row(table, "transport.v3")).hasValueSatisfying(row -> {
            assertThat(row.state()).isEqualTo("DRAINING");
            assertThat(row.note()).isEqualTo("3 leases are open");
        });
        assertThat(table.plugins()).anySatisfy(row -> {
            assertThat(row.jar()).isEqualTo("bad.jar");
            assertThat(row.state()).isEqualTo("REFUSED");
        });
        assertThat(table.render(Screen.PLAIN)).contains("deploy/bad.jar", "deploy/wan.jar", "node");
    }

    @Test
    void worksWhereNobodyProvidesAnything() throws InvalidSyntaxException {
        references = null;

        assertThat(row(table(), "transport.v3")).hasValueSatisfying(row -> assertThat(row.bundle()).isEmpty());
        assertThat(new PluginTable(List.of()).render(Screen.PLAIN)).startsWith("no provider is installed; put a provider's jar into deploy/");
    }
}
