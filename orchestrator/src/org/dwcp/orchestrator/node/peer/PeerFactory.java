// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.util.Dictionary;
import java.util.HashMap;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.osgi.service.cm.ConfigurationException;
import org.osgi.service.cm.ManagedServiceFactory;

/** Follows the configurations of peers. Called by Config Admin from one thread; two configurations may name one peer, then the last to go ends it. */
final class PeerFactory implements ManagedServiceFactory {
    private final Map<String, NodeId> names = new HashMap<>();
    private final PeerDirectory directory;

    PeerFactory(PeerDirectory directory) {
        this.directory = directory;
    }

    @Override
    public String getName() {
        return "peers of this node";
    }

    @Override
    public synchronized void updated(String pid, Dictionary<String, ?> properties) throws ConfigurationException {
        var port = String.valueOf(properties.get(ConfiguredPeers.PORT)).strip();
        if (!port.matches("[0-9]{1,5}")) {
            throw new ConfigurationException(ConfiguredPeers.PORT, "'" + port + "' of " + pid + " is no port; give 1 to 65535");
        }
        try {
            var peer = NodeId.of(String.valueOf(properties.get(ConfiguredPeers.NAME)).strip());
            directory.configure(peer, String.valueOf(properties.get(ConfiguredPeers.HOST)).strip(), Integer.parseInt(port));
            var before = names.put(pid, peer);
            if (before != null && !before.equals(peer)) {
                forgetUnnamed(before);
            }
        } catch (DwcpException e) {
            throw new ConfigurationException(ConfiguredPeers.NAME, pid + ": " + e.getMessage());
        }
    }

    @Override
    public synchronized void deleted(String pid) {
        var before = names.remove(pid);
        if (before != null) {
            forgetUnnamed(before);
        }
    }

    private void forgetUnnamed(NodeId peer) {
        if (!names.containsValue(peer)) {
            directory.forget(peer);
        }
    }
}
