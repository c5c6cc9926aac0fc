// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.orchestrator.shell.FakeNode;
import org.junit.jupiter.api.Test;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

class ConfiguredPeersTest {
    private static final NodeId LISBON = NodeId.of("lisbon");

    private final List<String> calls = new ArrayList<>();
    private Configuration[] found;
    private boolean broken;

    private Configuration configuration(Dictionary<String, Object> properties) {
        return FakeNode.fake(Configuration.class, Map.of("getProperties", a -> properties,
                "updateIfDifferent", a -> {
                    calls.add("update " + new java.util.TreeMap<>((Hashtable<?, ?>) a[0]));
                    return true;
                }, "delete", a -> {
                    calls.add("delete");
                    return null;
                }));
    }

    private ConfiguredPeers peers() {
        return new ConfiguredPeers(FakeNode.fake(ConfigurationAdmin.class, Map.of("listConfigurations", a -> {
            if (broken) {
                sneak(new IOException("disk full"));
            }
            calls.add("list " + a[0]);
            return found;
        }, "getFactoryConfiguration", a -> {
            calls.add("new " + a[1]);
            return configuration(null);
        })));
    }

    @SuppressWarnings("unchecked") // a proxy may throw what its interface declares; a lambda may not
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private static Hashtable<String, Object> properties(Map<String, Object> values) {
        return new Hashtable<>(values);
    }

    @Test
    void makesAConfigurationForANewPeer() {
        peers().save(LISBON, "192.0.2.7", 7400);

        assertThat(calls).containsExactly("list (&(service.factoryPid=org.dwcp.Peer)(name=lisbon))", "new lisbon", "update {host=192.0.2.7, name=lisbon, port=7400}");
    }

    @Test
    void changesTheConfigurationThatIsThereAndKeepsWhatElseItSays() {
        found = new Configuration[] {configuration(properties(Map.of("name", "lisbon", "host", "old", "felix.fileinstall.filename", "etc/org.dwcp.Peer~lisbon.cfg")))};

        peers().save(LISBON, "192.0.2.7", 7400);

        assertThat(calls.getLast()).isEqualTo("update {felix.fileinstall.filename=etc/org.dwcp.Peer~lisbon.cfg, host=192.0.2.7, name=lisbon, port=7400}");
    }

    @Test
    void deletesEveryConfigurationOfAPeer() {
        found = new Configuration[] {configuration(properties(Map.of("name", "lisbon"))),
                configuration(properties(Map.of("name", "lisbon", "felix.fileinstall.filename", "etc/org.dwcp.Peer~lisbon.cfg")))};

        peers().delete(LISBON);

        assertThat(calls).filteredOn("delete"::equals).hasSize(2);
        found = null;
        calls.clear();
        peers().delete(LISBON);
        assertThat(calls).hasSize(1);
    }

    @Test
    void saysThatAPeerHoldsUntilTheNodeStopsWhenItCannotBeKept() {
        broken = true;

        assertThatThrownBy(() -> peers().save(LISBON, "192.0.2.7", 7400)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("configuration of peer lisbon cannot be saved").hasMessageContaining("disk full");
        assertThatThrownBy(() -> peers().delete(LISBON)).isInstanceOf(DwcpException.class).hasMessageContaining("cannot be removed");
    }
}
