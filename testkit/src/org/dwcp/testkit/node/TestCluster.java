// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.ProviderAdvert;

/**
 * Nodes of one cluster in one JVM that know each other through a shared table instead of control connections: who is on line and where its
 * providers accept. A detour makes one node see another provider's port elsewhere, so that a link shaper can stand in between. Thread-safe.
 */
public final class TestCluster {
    private static final String LOOPBACK = "127.0.0.1";

    private final TestAuthority authority;
    private final Map<NodeId, Entry> entries = new ConcurrentHashMap<>();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();

    /** Makes a cluster with an authority of its own. */
    public TestCluster() {
        this(new TestAuthority("cluster"));
    }

    /**
     * Makes a cluster.
     *
     * @param authority issues the nodes' certificates
     */
    public TestCluster(TestAuthority authority) {
        this.authority = authority;
    }

    /**
     * Adds a node, on line and with nothing installed.
     *
     * @param name its name
     * @return the node
     */
    public TestNode node(String name) {
        return node(name, authority.issue(NodeId.of(name)));
    }

    /**
     * Adds a node with an identity from elsewhere: an impostor.
     *
     * @param name     the name under which peers find it
     * @param identity what it shows them
     * @return the node
     */
    public TestNode node(String name, TestIdentity identity) {
        var id = NodeId.of(name);
        var entry = new Entry(LOOPBACK);
        entries.put(id, entry);
        return new TestNode(this, id, identity);
    }

    /**
     * Adds a node that runs elsewhere, on line.
     *
     * @param name    its name
     * @param host    its address
     * @param adverts the providers that it has, with their ports there
     * @return its id
     */
    public NodeId distant(String name, String host, List<ProviderAdvert> adverts) {
        var id = NodeId.of(name);
        var entry = new Entry(host);
        entries.put(id, entry);
        adverts.forEach(advert -> advertise(id, advert));
        return id;
    }

    void advertise(NodeId node, ProviderAdvert advert) {
        entries.get(node).adverts.put(advert.name(), advert);
        changed(node);
    }

    void withdraw(NodeId node, String provider) {
        entries.get(node).adverts.remove(provider);
        changed(node);
    }

    void online(NodeId node, boolean online) {
        entries.get(node).online = online;
        changed(node);
    }

    void detour(NodeId viewer, NodeId peer, String provider, int port) {
        entries.get(peer).detours.put(viewer + " " + provider, port);
        changed(peer);
    }

    Registration onChange(NodeId viewer, Consumer<PeerInfo> listener) {
        var watch = new Watch(viewer, listener);
        watches.add(watch);
        return () -> watches.remove(watch);
    }

    private void changed(NodeId node) {
        watches.stream().filter(watch -> !watch.viewer.equals(node)).forEach(watch -> find(watch.viewer, node).ifPresent(watch.listener));
    }

    List<NodeId> ids() {
        return entries.keySet().stream().sorted().toList();
    }

    Optional<PeerInfo> find(NodeId viewer, NodeId peer) {
        return Optional.ofNullable(entries.get(peer)).map(entry -> entry.seenBy(viewer, peer));
    }

    /** Who wants to hear of the others; equal to itself alone, as a listener may come twice. */
    private static final class Watch {
        private final NodeId viewer;
        private final Consumer<PeerInfo> listener;

        Watch(NodeId viewer, Consumer<PeerInfo> listener) {
            this.viewer = viewer;
            this.listener = listener;
        }
    }

    private static final class Entry {
        private final Map<String, ProviderAdvert> adverts = new ConcurrentHashMap<>();
        private final Map<String, Integer> detours = new ConcurrentHashMap<>();
        private final String host;
        private volatile boolean online = true;

        Entry(String host) {
            this.host = host;
        }

        PeerInfo seenBy(NodeId viewer, NodeId self) {
            var seen = new LinkedHashMap<String, ProviderAdvert>();
            adverts.forEach((name, advert) -> seen.put(name, new ProviderAdvert(advert.slot(), name, advert.version(), advert.capabilities(),
                    detours.getOrDefault(viewer + " " + name, advert.port()))));
            return new PeerInfo(self, host, 1, online, Instant.EPOCH, 0, new ArrayList<>(seen.values()), online ? "" : "taken off line by the test");
        }
    }
}
