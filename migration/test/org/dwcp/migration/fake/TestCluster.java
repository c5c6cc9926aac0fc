// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

import org.dwcp.api.NodeId;

/** Nodes that know each other. */
public final class TestCluster implements AutoCloseable {
    private final Path home;
    private final Map<NodeId, TestNode> nodes = new ConcurrentSkipListMap<>();

    public TestCluster(Path home) {
        this.home = home;
    }

    /** A node that is not started. */
    public TestNode node(String name) {
        return nodes.computeIfAbsent(NodeId.of(name), id -> new TestNode(this, id, home.resolve(name)));
    }

    TestNode find(NodeId id) {
        return nodes.get(id);
    }

    Collection<TestNode> nodes() {
        return nodes.values();
    }

    void changed(TestNode node) {
        nodes.values().forEach(other -> other.peers().changed(node));
    }

    @Override
    public void close() {
        nodes.values().forEach(TestNode::close);
    }
}
