// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.orchestrator.node.SeededRandom;
import org.dwcp.orchestrator.node.SystemClock;

/** A node as far as its peers go: a directory on loopback, with short times. */
final class TestNode implements AutoCloseable {
    static final PeerSettings QUICK = new PeerSettings(Duration.ofMillis(50), 20, 20, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMillis(100),
            Duration.ofSeconds(5), 16);

    final List<ProviderAdvert> providers = new CopyOnWriteArrayList<>();
    final PeerDirectory directory;

    TestNode(NodeIdentity identity) {
        this(identity, 0, QUICK);
    }

    TestNode(NodeIdentity identity, int port, PeerSettings settings) {
        directory = new PeerDirectory(identity, new SystemClock(), new SeededRandom(identity.id().hashCode()), "127.0.0.1", port,
                () -> List.copyOf(providers), PeerStore.NONE, settings);
    }

    NodeId id() {
        return directory.self();
    }

    void knows(TestNode other) {
        directory.add(other.id(), "127.0.0.1", other.directory.port());
    }

    PeerInfo sees(TestNode other) {
        return sees(other.id());
    }

    PeerInfo sees(NodeId other) {
        return directory.find(other).orElseThrow(() -> new AssertionError(id() + " does not know " + other));
    }

    boolean isOnline(NodeId other) {
        return directory.find(other).filter(PeerInfo::online).isPresent();
    }

    String problem(NodeId other) {
        return directory.find(other).map(PeerInfo::problem).orElse("");
    }

    static ProviderAdvert advert(String name) {
        return new ProviderAdvert("transport", name, "3.0.0", List.of("tls=1.3"), 40_123);
    }

    @Override
    public void close() {
        directory.close();
    }
}
