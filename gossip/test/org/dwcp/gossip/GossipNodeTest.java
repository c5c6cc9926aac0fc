// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipListener;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Four nodes with real certificates, threads and time; calls go from one to the other directly. */
class GossipNodeTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration HOUR = Duration.ofHours(1);

    private final TestCluster cluster = new TestCluster();
    private final Map<NodeId, GossipNode> nodes = new ConcurrentHashMap<>();
    private List<TestNode> tests;

    @BeforeEach
    void start() {
        tests = IntStream.range(0, 4).mapToObj(i -> cluster.node("n" + i)).toList();
        tests.forEach(this::start);
    }

    private GossipNode start(TestNode test) {
        var settings = new GossipSettings(20, 2, 8, 1_000, 1 << 20);
        var core = new GossipCore(test.id(), settings, new CertificateSeal(test.identity()), test.random().stream("gossip"));
        var node = new GossipNode(settings, core, test.clock(), test.peers(), (peer, frame) -> CompletableFuture.supplyAsync(() -> {
            var there = nodes.get(peer);
            if (there == null) {
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "nobody at " + peer);
            }
            return there.handle(test.id(), frame);
        }, task -> Thread.ofVirtual().start(task)));
        nodes.put(test.id(), node);
        return node;
    }

    @AfterEach
    void stop() {
        nodes.values().forEach(GossipNode::close);
    }

    private GossipNode node(int number) {
        return nodes.get(NodeId.of("n" + number));
    }

    @Test
    @Requirement("R-207")
    void aValueReachesAllIsReplacedAndRemoved() {
        var put = node(0).put("a", "one".getBytes(), HOUR);

        await().atMost(LONG).until(() -> nodes.values().stream().allMatch(node -> node.find(put.owner(), "a").isPresent()));
        var there = node(3).find(put.owner(), "a").orElseThrow();
        assertThat(there).isEqualTo(new GossipValue(put.owner(), "a", put.version(), "one".getBytes(), put.written(), put.expires(), there.hops()));
        assertThat(there.hops()).isPositive();
        assertThat(put.hops()).isZero();

        node(0).put("a", "two".getBytes(), HOUR);
        await().atMost(LONG).until(() -> nodes.values().stream().allMatch(node -> new String(node.list().getFirst().bytes()).equals("two")));

        assertThat(node(0).remove("a")).isTrue();
        assertThat(node(0).remove("a")).isFalse();
        await().atMost(LONG).until(() -> nodes.values().stream().allMatch(node -> node.list().isEmpty()));
        assertThat(node(0).neighbours()).hasSizeBetween(1, 2);
        assertThat(node(1).figures()).containsKeys("values.count", "refused.signature.count", "sent.messages.count");
    }

    @Test
    void listenersHearWhatIsKnownAndWhatChanges() {
        node(0).put("a", "one".getBytes(), HOUR);
        await().atMost(LONG).until(() -> node(1).find(NodeId.of("n0"), "a").isPresent());
        var heard = new CopyOnWriteArrayList<String>();
        var bad = node(1).listen(_ -> {
            throw new IllegalStateException("a listener that fails stops nobody else");
        }, "");
        var registration = node(1).listen(new GossipListener() {
            @Override
            public void changed(GossipValue value) {
                heard.add(value.name() + "=" + new String(value.bytes()));
            }

            @Override
            public void removed(NodeId owner, String name) {
                heard.add(name + " gone");
            }
        }, "a");

        node(0).put("b", "not asked for".getBytes(), HOUR);
        await().atMost(LONG).until(() -> heard.contains("a=one"));
        node(0).put("a", "two".getBytes(), HOUR);
        await().atMost(LONG).until(() -> heard.contains("a=two"));
        node(0).remove("a");
        await().atMost(LONG).until(() -> heard.contains("a gone"));
        registration.close();
        node(0).put("a", "three".getBytes(), HOUR);
        await().atMost(LONG).until(() -> node(1).find(NodeId.of("n0"), "a").isPresent());
        assertThat(heard).containsExactly("a=one", "a=two", "a gone");
        bad.close();
    }

    @Test
    void aNodeThatWasAwayCatchesUp() {
        tests.get(3).goOffline();
        nodes.remove(NodeId.of("n3")).close();
        node(0).put("a", "while you were away".getBytes(), HOUR);
        await().atMost(LONG).until(() -> node(1).find(NodeId.of("n0"), "a").isPresent());

        start(tests.get(3));
        tests.get(3).goOnline();

        await().atMost(LONG).until(() -> node(3).find(NodeId.of("n0"), "a").isPresent());
    }

    @Test
    void refusesWrongArgumentsByName() {
        assertThatThrownBy(() -> node(0).put("No Name", new byte[0], HOUR)).isInstanceOf(DwcpException.class).hasMessageContaining("name 'No Name'");
        assertThatThrownBy(() -> node(0).put("a", new byte[Gossip.VALUE_BYTES_MAX + 1], HOUR)).isInstanceOf(DwcpException.class).hasMessageContaining("16385 bytes exceeds 16384");
        assertThatThrownBy(() -> node(0).put("a", new byte[0], Duration.ofSeconds(9))).isInstanceOf(DwcpException.class).hasMessageContaining("life");
        assertThatThrownBy(() -> node(0).put("a", new byte[0], Gossip.LIFE_MAX.plusMillis(1))).isInstanceOf(DwcpException.class);
        node(0).put("a", new byte[Gossip.VALUE_BYTES_MAX], Gossip.LIFE_MAX);
    }

    @Test
    @Requirement("R-071")
    void answersWhatIsNoFrameWithARefusalAndCountsIt() {
        assertThatThrownBy(() -> node(0).handle(NodeId.of("n1"), new byte[] {7})).isInstanceOf(DwcpException.class).hasMessageContaining("version 7");
        assertThat(node(0).figures()).containsEntry("refused.malformed.count", 1L);
    }

    @Test
    void aStopLeavesNoThread() {
        var before = threads();
        var node = start(cluster.node("n9"));
        assertThat(threads()).hasSize(before.size() + 2);

        node.close();
        node.close();

        await().atMost(LONG).until(() -> threads().size() == before.size());
        nodes.remove(NodeId.of("n9"));
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("gossip.")).toList();
    }

    @Test
    void whatWaitsForAPeerIsBounded() {
        var outbox = new Outbox();
        int taken = 0;
        while (outbox.add(new byte[100_000])) {
            taken++;
        }

        assertThat(taken).isEqualTo(Outbox.WAITING_BYTES_MAX / 100_000);
        assertThat(outbox.next().orElseThrow()).hasSize(1 + 5 * 100_000);
        assertThat(outbox.next()).isEmpty();
        outbox.done();
        assertThat(outbox.next().orElseThrow()).hasSize(1 + 5 * 100_000);
        assertThat(outbox.isIdle()).isFalse();
        outbox.clear();
        outbox.done();
        assertThat(outbox.isIdle()).isTrue();
    }
}
