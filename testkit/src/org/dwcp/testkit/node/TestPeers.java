// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;

/** One node's view of a {@link TestCluster}. The cluster decides who is in; adding and removing here is refused. Thread-safe. */
public final class TestPeers implements Peers {
    private final TestCluster cluster;
    private final NodeId self;

    TestPeers(TestCluster cluster, NodeId self) {
        this.cluster = cluster;
        this.self = self;
    }

    @Override
    public NodeId self() {
        return self;
    }

    @Override
    public List<PeerInfo> list() {
        return cluster.ids().stream().filter(id -> !id.equals(self)).flatMap(id -> cluster.find(self, id).stream()).toList();
    }

    @Override
    public Optional<PeerInfo> find(NodeId peer) {
        return cluster.find(self, peer);
    }

    @Override
    public void add(NodeId peer, String host, int port) {
        throw new DwcpException(DwcpException.Kind.REJECTED, "a test cluster's members are fixed; add " + peer + " by TestCluster.node");
    }

    @Override
    public boolean remove(NodeId peer) {
        throw new DwcpException(DwcpException.Kind.REJECTED, "a test cluster's members are fixed; take " + peer + " off line instead");
    }

    @Override
    public Registration onChange(Consumer<PeerInfo> listener) {
        return cluster.onChange(self, listener);
    }
}
