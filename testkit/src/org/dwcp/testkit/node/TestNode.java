// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.ProtocolHandler;

/** One node of a {@link TestCluster}: everything that a provider's plain constructor asks for. Thread-safe. */
public final class TestNode {
    private final TestCluster cluster;
    private final NodeId id;
    private final TestIdentity identity;
    private final TestPeers peers;
    private final NodeClock clock = new TestClock();
    private final NodeRandom random;
    private final Map<String, ProtocolHandler> handlers = new ConcurrentHashMap<>();

    TestNode(TestCluster cluster, NodeId id, TestIdentity identity) {
        this.cluster = cluster;
        this.id = id;
        this.identity = identity;
        peers = new TestPeers(cluster, id);
        random = new TestRandom(id.value().hashCode());
    }

    /**
     * Gives the name under which peers find it.
     *
     * @return the id
     */
    public NodeId id() {
        return id;
    }

    /**
     * Gives its key and certificates.
     *
     * @return the identity
     */
    public NodeIdentity identity() {
        return identity;
    }

    /**
     * Gives its view of the cluster.
     *
     * @return the peers
     */
    public Peers peers() {
        return peers;
    }

    /**
     * Gives its clock.
     *
     * @return the real time
     */
    public NodeClock clock() {
        return clock;
    }

    /**
     * Gives its randomness.
     *
     * @return seeded by the node's name
     */
    public NodeRandom random() {
        return random;
    }

    /**
     * Registers a protocol handler, in place of the service registry.
     *
     * @param protocol its name
     * @param handler  accepts channels; replaces one before it
     */
    public void handle(String protocol, ProtocolHandler handler) {
        handlers.put(protocol, handler);
    }

    /**
     * Looks up a protocol handler.
     *
     * @param protocol its name
     * @return the handler, or empty
     */
    public Optional<ProtocolHandler> handler(String protocol) {
        return Optional.ofNullable(handlers.get(protocol));
    }

    /**
     * Lets every node know a provider of this one.
     *
     * @param slot     the slot's name
     * @param provider the provider's name
     * @param port     where it accepts, 0 for nowhere
     */
    public void advertise(String slot, String provider, int port) {
        cluster.advertise(id, new ProviderAdvert(slot, provider, "1.0.0", List.of(), port));
    }

    /**
     * Takes back what {@link #advertise} told.
     *
     * @param provider the provider's name
     */
    public void withdraw(String provider) {
        cluster.withdraw(id, provider);
    }

    /** Makes peers see this node as gone. */
    public void goOffline() {
        cluster.online(id, false);
    }

    /** Makes peers see this node as there. */
    public void goOnline() {
        cluster.online(id, true);
    }

    /**
     * Makes this node see a peer's provider at another port, such as that of a link shaper.
     *
     * @param peer     the peer
     * @param provider the peer's provider
     * @param port     where this node will connect
     */
    public void detour(NodeId peer, String provider, int port) {
        cluster.detour(id, peer, provider, port);
    }
}
