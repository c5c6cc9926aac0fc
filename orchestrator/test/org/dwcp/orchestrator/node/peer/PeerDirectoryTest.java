// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.orchestrator.node.identity.TestIdentities;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PeerDirectoryTest {
    private final TestIdentities cluster = new TestIdentities();
    private final List<TestNode> nodes = new ArrayList<>();
    private TestNode a;
    private TestNode b;

    @BeforeEach
    void start() {
        a = start("a");
        b = start("b");
    }

    @AfterEach
    void stop() {
        nodes.forEach(TestNode::close);
    }

    @Test
    void twoNodesSeeEachOtherThoughOnlyOneKnowsTheOther() {
        b.providers.add(TestNode.advert("transport.v3"));

        a.knows(b);

        await().until(() -> a.isOnline(b.id()) && b.isOnline(a.id()));
        assertThat(a.sees(b).providers()).containsExactly(TestNode.advert("transport.v3"));
        assertThat(a.sees(b).problem()).isEmpty();
        assertThat(b.sees(a).host()).isEqualTo("127.0.0.1");
        assertThat(b.sees(a).port()).isEqualTo(a.directory.port());
        assertThat(b.sees(a).provider("transport.v3")).isEmpty();
    }

    @Test
    void measuresTheRoundTripTime() {
        a.knows(b);

        await().until(() -> a.sees(b).rttNs() > 0 && b.directory.find(a.id()).filter(peer -> peer.rttNs() > 0).isPresent());
    }

    @Test
    void tellsPeersWhatWasInstalledAndRemoved() {
        a.knows(b);
        await().until(() -> a.isOnline(b.id()));

        b.providers.add(TestNode.advert("transport.v3"));
        b.directory.refresh();
        await().until(() -> a.sees(b).provider("transport.v3").isPresent());

        b.providers.clear();
        await().untilAsserted(() -> assertThat(a.sees(b).providers()).as("found by the next ping, without refresh").isEmpty());
    }

    @Test
    void keepsOneConnectionWhenBothDial() {
        a.knows(b);
        b.knows(a);

        await().until(() -> a.isOnline(b.id()) && b.isOnline(a.id()));
        await().untilAsserted(() -> {
            assertThat(a.directory.connections()).hasSize(1);
            assertThat(b.directory.connections()).hasSize(1);
        });
    }

    @Test
    void reconnectsToANodeThatWasStartedAgain() {
        a.knows(b);
        await().until(() -> a.isOnline(b.id()));
        var port = b.directory.port();

        b.close();
        await().until(() -> !a.isOnline(b.id()));
        assertThat(a.sees(b).problem()).isNotEmpty();
        b = new TestNode(cluster.of("b"), port, TestNode.QUICK);
        nodes.add(b);

        await().until(() -> a.isOnline(b.id()) && b.isOnline(a.id()));
        assertThat(a.sees(b).problem()).isEmpty();
    }

    @Test
    void saysWhyAPeerIsNotThere() throws Exception {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }

        a.directory.add(NodeId.of("c"), "127.0.0.1", port);

        await().untilAsserted(() -> assertThat(a.problem(NodeId.of("c"))).contains("nothing answers at 127.0.0.1:" + port));
        assertThat(a.sees(NodeId.of("c")).online()).isFalse();
    }

    @Test
    void findsAPeerAtItsNewAddress() {
        a.directory.add(b.id(), "127.0.0.1", 1);
        await().until(() -> !a.problem(b.id()).isEmpty());

        a.knows(b);

        await().until(() -> a.isOnline(b.id()));
    }

    @Test
    void forgetsAPeerAndClosesItsConnection() {
        a.knows(b);
        await().until(() -> a.isOnline(b.id()) && b.isOnline(a.id()));

        assertThat(a.directory.remove(b.id())).isTrue();

        assertThat(a.directory.find(b.id())).isEmpty();
        assertThat(a.directory.remove(b.id())).isFalse();
        await().untilAsserted(() -> assertThat(b.directory.list()).as("it knew a only because a dialled").isEmpty());
        assertThat(a.directory.list()).isEmpty();
    }

    @Test
    void aConfiguredPeerComesBackWhenOnlyOneEndForgetsTheOther() {
        a.knows(b);
        b.knows(a);
        await().until(() -> a.isOnline(b.id()) && b.isOnline(a.id()));

        a.directory.remove(b.id());

        await().until(() -> a.isOnline(b.id()) && b.isOnline(a.id()));
    }

    @Test
    void answersForItselfWithItsOwnProviders() {
        a.providers.add(TestNode.advert("transport.v1"));

        var self = a.directory.find(a.id()).orElseThrow();

        assertThat(self.host()).isEqualTo("127.0.0.1");
        assertThat(self.port()).isEqualTo(a.directory.port());
        assertThat(self.online()).isTrue();
        assertThat(self.providers()).containsExactly(TestNode.advert("transport.v1"));
        assertThat(a.directory.list()).isEmpty();
    }

    @Test
    void refusesAddressesThatCannotBe() {
        assertThatThrownBy(() -> a.directory.add(a.id(), "127.0.0.1", 1)).isInstanceOf(DwcpException.class).hasMessageContaining("this node itself");
        assertThatThrownBy(() -> a.directory.add(b.id(), "127.0.0.1", 0)).hasMessageContaining("1..65535");
        assertThatThrownBy(() -> a.directory.add(b.id(), "127.0.0.1", 65_536)).hasMessageContaining("1..65535");
        assertThatThrownBy(() -> a.directory.add(b.id(), "", 1)).hasMessageContaining("no host name");
        assertThatThrownBy(() -> a.directory.add(b.id(), "two words", 1)).hasMessageContaining("no host name");
        assertThat(a.directory.list()).isEmpty();
    }

    @Test
    void saysWhichPortIsInUseAndWhatToDo() {
        assertThatThrownBy(() -> new TestNode(cluster.of("c"), a.directory.port(), TestNode.QUICK))
                .isInstanceOf(DwcpException.class)
                .hasMessageContaining("control port " + a.directory.port())
                .hasMessageContaining("--port");
    }

    @Test
    void tellsListenersOfComingChangingAndGoing() {
        var seen = new ConcurrentLinkedQueue<PeerInfo>();
        var registration = a.directory.onChange(seen::add);

        a.knows(b);
        await().until(() -> seen.stream().anyMatch(PeerInfo::online));
        b.providers.add(TestNode.advert("transport.v3"));
        await().until(() -> seen.stream().anyMatch(peer -> peer.provider("transport.v3").isPresent()));
        b.close();
        await().until(() -> seen.stream().anyMatch(peer -> !peer.online() && !peer.problem().isEmpty()));

        registration.close();
        seen.clear();
        a.directory.remove(b.id());
        var last = new ConcurrentLinkedQueue<PeerInfo>();
        a.directory.onChange(last::add);
        a.directory.add(NodeId.of("z"), "127.0.0.1", 1);
        await().until(() -> !last.isEmpty());
        assertThat(seen).as("a closed registration hears nothing").isEmpty();
    }

    @Test
    void aListenerThatThrowsDoesNotStopTheOthers() {
        var seen = new ConcurrentLinkedQueue<PeerInfo>();
        a.directory.onChange(peer -> {
            throw new IllegalStateException("on purpose");
        });
        a.directory.onChange(seen::add);

        a.knows(b);

        await().until(() -> seen.stream().anyMatch(PeerInfo::online));
    }

    @Test
    @Requirement("R-111")
    void leavesNoThreadAndNoSocketWhenItCloses() throws Exception {
        a.knows(b);
        b.knows(a);
        a.directory.add(NodeId.of("gone"), "127.0.0.1", 1);
        await().until(() -> a.isOnline(b.id()) && b.isOnline(a.id()));
        var port = a.directory.port();

        a.close();
        a.close();

        assertThat(a.directory.threads()).isEmpty();
        assertThat(a.directory.connections()).isEmpty();
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
        await().untilAsserted(() -> assertThat(b.problem(a.id())).as("the other end heard why").isNotEmpty());
    }

    @Test
    void aMeshOfFiveFindsItselfFromOneAddress() {
        for (var name : List.of("c", "d", "e")) {
            start(name).knows(a);
        }
        b.knows(a);

        await().untilAsserted(() -> assertThat(a.directory.list()).hasSize(4).allMatch(PeerInfo::online));
    }

    private TestNode start(String name) {
        var node = new TestNode(cluster.of(name));
        nodes.add(node);
        return node;
    }
}
