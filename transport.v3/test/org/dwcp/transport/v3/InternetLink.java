// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestConfig;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;
import org.dwcp.transport.lane.LaneTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The provider at both ends of an emulated wide-area link: both in this JVM, their sockets in two network namespaces. */
abstract class InternetLink {
    private static final int FRAME = 256 << 10;
    static final Duration LONG = Duration.ofSeconds(60);

    private final TestCluster cluster = new TestCluster();
    final TestNode a = cluster.node("a");
    final TestNode b = cluster.node("b");
    final AtomicLong received = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> senders = new ArrayList<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    WanLink link;
    LaneTransport transport;

    /** Everybody is at the far end of the link. */
    private record FarPeers(NodeId self, String host, int port) implements Peers {
        private PeerInfo info(NodeId id) {
            return new PeerInfo(id, host, 1, true, Instant.EPOCH, 0,
                    List.of(new ProviderAdvert("transport", InternetSettings.PROVIDER, "3.0.0", List.of(), port)), "");
        }

        @Override
        public List<PeerInfo> list() {
            return List.of();
        }

        @Override
        public Optional<PeerInfo> find(NodeId id) {
            return Optional.of(info(id));
        }

        @Override
        public void add(NodeId id, String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean remove(NodeId id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Registration onChange(Consumer<PeerInfo> listener) {
            return () -> { };
        }
    }

    @BeforeEach
    void needALink() {
        assumeThat(WanLink.unavailable()).as(() -> WanLink.unavailable().orElse("")).isEmpty();
    }

    @AfterEach
    void stop() throws Exception {
        over.set(true);
        for (var sender : senders) {
            sender.join();
        }
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    final <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }

    private LaneTransport start(End end, TestNode node, Peers peers, Map<String, ?> values) {
        var all = new HashMap<String, Object>(values);
        all.put("listen_host", link.address(end));
        var settings = InternetSettings.from(TestConfig.of(InternetTransport.Config.class, all));
        // Its loops are started here, so their sockets are of this end's namespace as well.
        return keep(link.inside(end, () -> new LaneTransport(settings, node.identity(), peers, node.clock(), node::handler)));
    }

    /** Both ends over a link, and a channel that takes what it gets. */
    final Channel channel(WanCondition condition, Map<String, ?> values) {
        link = keep(WanLink.open(condition));
        b.handle("bulk", opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
        b.handle("echo", opened -> (channel, frame) -> channel.trySend(frame));
        var tb = start(End.B, b, new FarPeers(b.id(), link.address(End.A), 1), Map.of());
        transport = start(End.A, a, new FarPeers(a.id(), link.address(End.B), tb.port()), values);
        return keep(link.inside(End.A, () -> transport.open(b.id(), "bulk", (from, frame) -> { }, new OpenOptions(OpenOptions.Order.UNORDERED, LONG))));
    }

    /** Sends as fast as it can from now on. */
    final void fill(Channel channel) {
        senders.add(Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    channel.send(ByteBuffer.allocate(FRAME));
                }
            } catch (TransportException e) {
                over.set(true); // what was to be shown fails for lack of bytes
            }
        }));
    }

    final void awaitReceived(long more) {
        long goal = received.get() + more;
        await().atMost(LONG).until(() -> received.get() >= goal);
    }
}
