// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.IOException;
import java.util.Hashtable;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps peers as factory configurations {@code org.dwcp.Peer~NAME}, the same that a file {@code etc/org.dwcp.Peer~NAME.cfg} makes. */
final class ConfiguredPeers implements PeerStore {
    static final String FACTORY_PID = "org.dwcp.Peer";
    static final String NAME = "name";
    static final String HOST = "host";
    static final String PORT = "port";

    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredPeers.class);
    /** Set by File Install on what it read from a file. */
    private static final String FILE = "felix.fileinstall.filename";

    private final ConfigurationAdmin admin;

    ConfiguredPeers(ConfigurationAdmin admin) {
        this.admin = admin;
    }

    @Override
    public void save(NodeId peer, String host, int port) {
        try {
            var found = find(peer);
            var configuration = found.length == 0 ? admin.getFactoryConfiguration(FACTORY_PID, peer.value(), "?") : found[0];
            var properties = configuration.getProperties() == null ? new Hashtable<String, Object>() : configuration.getProperties();
            properties.put(NAME, peer.value());
            properties.put(HOST, host);
            properties.put(PORT, port);
            configuration.updateIfDifferent(properties);
            if (properties.get(FILE) != null) {
                LOG.warn("peer changed node={} the file {} still says otherwise and wins when it is read again", peer, properties.get(FILE));
            }
        } catch (IOException e) {
            throw failed("saved", peer, e);
        }
    }

    @Override
    public void delete(NodeId peer) {
        try {
            for (var configuration : find(peer)) {
                var file = configuration.getProperties().get(FILE);
                configuration.delete();
                if (file != null) {
                    LOG.warn("peer removed node={} delete the file {} too, or it returns at the next start", peer, file);
                }
            }
        } catch (IOException e) {
            throw failed("removed", peer, e);
        }
    }

    private Configuration[] find(NodeId peer) throws IOException {
        try {
            var found = admin.listConfigurations("(&(service.factoryPid=" + FACTORY_PID + ")(" + NAME + "=" + peer.value() + "))");
            return found == null ? new Configuration[0] : found;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e); // a node's name has no character that a filter knows
        }
    }

    private static DwcpException failed(String what, NodeId peer, IOException cause) {
        return new DwcpException(DwcpException.Kind.UNAVAILABLE, "configuration of peer " + peer + " cannot be " + what + " (" + cause
                + "); check the owner and the free space of data/config. It holds until the node stops", cause);
    }
}
