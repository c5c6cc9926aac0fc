// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;

/** Sees the nodes of a {@link TestCluster}: online while they are up, with the providers they have. */
final class FakePeers implements Peers {
    private final TestCluster cluster;
    private final NodeId self;
    private final List<Consumer<PeerInfo>> listeners = new CopyOnWriteArrayList<>();

    FakePeers(TestCluster cluster, NodeId self) {
        this.cluster = cluster;
        this.self = self;
    }

    @Override
    public NodeId self() {
        return self;
    }

    @Override
    public List<PeerInfo> list() {
        return cluster.nodes().stream().filter(node -> !node.id().equals(self)).map(FakePeers::info).toList();
    }

    private static PeerInfo info(TestNode node) {
        List<ProviderAdvert> adverts = node.adapter().slots().stream().flatMap(slot -> slot.providers().stream()).map(FakePeers::advert).toList();
        return new PeerInfo(node.id(), "localhost", 1, node.isUp(), Instant.EPOCH, 0, adverts, node.isUp() ? "" : "connection refused");
    }

    private static ProviderAdvert advert(ProviderInfo info) {
        return new ProviderAdvert(info.slot(), info.name(), info.version(), info.capabilities(), 0);
    }

    @Override
    public Optional<PeerInfo> find(NodeId peer) {
        return Optional.ofNullable(cluster.find(peer)).map(FakePeers::info);
    }

    @Override
    public void add(NodeId peer, String host, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean remove(NodeId peer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Registration onChange(Consumer<PeerInfo> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void changed(TestNode node) {
        listeners.forEach(listener -> listener.accept(info(node)));
    }
}
