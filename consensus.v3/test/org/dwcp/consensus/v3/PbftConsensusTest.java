// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.consensus.v3.core.Settings;
import org.dwcp.consensus.v3.node.Hellos;
import org.dwcp.consensus.v3.node.NodeSettings;
import org.dwcp.consensus.v3.node.PbftReplica;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.consensus.ConsensusContract;
import org.dwcp.testkit.consensus.Recorder;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.transport.lane.LanePolicy;
import org.dwcp.transport.lane.LaneSettings;
import org.dwcp.transport.lane.LaneTransport;
import org.junit.jupiter.api.Test;

/** Four members with a real transport each: TLS over sockets of this machine, votes on this machine's disk. */
@Requirement({"R-066", "R-211", "R-215"})
class PbftConsensusTest extends ConsensusContract {
    private static final NodeSettings SETTINGS = new NodeSettings(new Settings(16, 64, 8, 256, 512 << 10, 256, 20_000, 100_000, 1_000, 100), 16_384,
            64L << 20, 30_000, NodeSettings.Quarantine.AUTO);

    private final TestCluster cluster = new TestCluster();
    private final Map<NodeId, TestNode> nodes = new HashMap<>();
    private final Map<Consensus, LaneTransport> transports = new HashMap<>();

    @Override
    protected int nodes() {
        return 4;
    }

    @Override
    protected Consensus start(NodeId id) {
        var node = nodes.computeIfAbsent(id, name -> cluster.node(name.value()));
        var transport = new LaneTransport(new LaneSettings("transport.test", new LaneSettings.Listen("127.0.0.1", 0),
                new LaneSettings.Limits(1, 100, 100, 4 << 20, Duration.ofSeconds(5)),
                new LaneSettings.Tcp(LaneSettings.Natives.OFF, "", 0, 0, LaneSettings.Pacing.NONE, Duration.ofSeconds(15)), LanePolicy.fixed(1),
                java.util.Set.of(), Map.of()), node.identity(), node.peers(), node.clock(), node::handler);
        node.advertise("transport", "transport.test", transport.port());
        return start(node, transport);
    }

    private PbftConsensus start(TestNode node, LaneTransport transport) {
        var provider = new PbftConsensus(SETTINGS, node.clock(), (peer, handler) -> transport.open(peer, PbftReplica.PROTOCOL, handler,
                new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(5))));
        node.handle(PbftReplica.PROTOCOL, provider);
        transports.put(provider, transport);
        return provider;
    }

    @Override
    protected void stop(Consensus provider) {
        ((PbftConsensus) provider).deactivate();
        transports.remove(provider).close();
    }

    @Override
    protected String threadPrefix() {
        return "consensus.v3.";
    }

    @Test
    void refusesThreeMembersAndSaysWhy() throws Exception {
        var three = members().subList(0, 3);
        var spec = new ReplicaSpec("small", 1, org.dwcp.api.consensus.Digest.ZERO, three, hosts.get("n0").keys, new byte[0],
                Files.createDirectories(folder.resolve("small")));

        assertThat(hosts.get("n0").provider.tolerance()).isEqualTo(Tolerance.BYZANTINE);
        assertThatThrownBy(() -> hosts.get("n0").provider.open(spec, new Recorder())).isInstanceOf(ConsensusException.class)
                .hasMessageContaining("3f + 1").satisfies(e -> assertThat(((ConsensusException) e).reason())
                        .isEqualTo(ConsensusException.Reason.TOO_FEW_MEMBERS));
    }

    @Test
    @Requirement("R-083")
    void goesOnWithoutItsLeaderAndTakesItBack() {
        propose("n1", "before");
        var leader = hosts.get("n1").replica.status().leader().orElseThrow().value();
        var other = leader.equals("n1") ? "n2" : "n1";
        shutDown(leader);

        propose(other, "meanwhile");

        assertThat(hosts.get(other).replica.status().figures().get("view.changes.count")).isPositive();
        comeBack(leader);
        assertThat(read(leader)).endsWith("meanwhile");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get(leader).machine.entries()).isEqualTo(hosts.get(other).machine.entries()));
    }

    /** The bundle is replaced while the transport stays: channels that the others opened to the old one must not stay deaf. */
    @Test
    void hearsTheOthersAgainAfterItsProviderWasReplaced() {
        propose("n0", "before");
        var host = hosts.get("n3");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(host.machine.entries()).contains("before"));
        ((PbftConsensus) host.provider).deactivate();
        host.provider = start(nodes.get(NodeId.of("n3")), transports.remove(host.provider));
        openReplica("n3");

        propose("n0", "after");

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(host.machine.entries()).contains("before", "after"));
    }

    @Test
    void bringsAMemberBackByStateWhenTheOthersHaveForgottenTheBatches() {
        propose("n0", "first");
        shutDown("n3");
        for (int round = 0; round < 80; round++) {
            propose("n0", "away-" + round);
        }
        comeBack("n3");
        propose("n0", "last");

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hosts.get("n3").machine.entries()).contains("first", "away-79")
                .isSubsetOf(hosts.get("n0").machine.entries()));
        assertThat(hosts.get("n3").replica.status().figures().get("state.transfers.count")).isPositive();
    }

    @Test
    void refusesToGoOnWithADamagedLog() throws Exception {
        for (int round = 0; round < 5; round++) {
            propose("n0", "kept-" + round);
        }
        shutDown("n0");
        var log = folder.resolve("n0/group/log");
        var bytes = Files.readAllBytes(log);
        bytes[bytes.length / 3] ^= 1;
        Files.write(log, bytes);
        hosts.get("n0").provider = start(NodeId.of("n0"));

        assertThatThrownBy(() -> openReplica("n0")).isInstanceOf(ConsensusException.class).hasMessageContaining("remove this member")
                .satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(ConsensusException.Reason.STORAGE));
    }

    @Test
    @Requirement("R-244")
    void changesMembersWhenTwoAskForTheSame() throws Exception {
        propose("n0", "begin");
        var fewer = members();
        var joins = org.dwcp.testkit.consensus.TestKeys.of("n4");
        var wanted = new java.util.ArrayList<>(fewer);
        wanted.add(joins.self());
        var provider = start(NodeId.of("n4"));
        try {
            var machine = new Recorder();
            provider.join(new ReplicaSpec("group", 1, org.dwcp.api.consensus.Digest.of("genesis".getBytes(StandardCharsets.US_ASCII)), fewer, joins,
                    new byte[0], Files.createDirectories(folder.resolve("n4"))), machine);
            var first = hosts.get("n0").replica.changeMembers(wanted).toCompletableFuture();
            var second = hosts.get("n1").replica.changeMembers(wanted).toCompletableFuture();

            assertThat(first.get(60, TimeUnit.SECONDS)).isEqualTo(List.copyOf(wanted));
            assertThat(second.get(60, TimeUnit.SECONDS)).isEqualTo(List.copyOf(wanted));
            propose("n0", "with five");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(machine.entries()).contains("begin", "with five"));
        } finally {
            stop(provider);
        }
    }

    /** A member sends rubbish: the others see it, keep it on record, agree, and order that it is shut out. */
    @Test
    @Requirement("R-244")
    void shutsOutAMemberThatSendsRubbish() {
        propose("n0", "before");
        var liar = NodeId.of("n3");
        var wire = transports.get(hosts.get("n3").provider);
        var hello = Hellos.of(spec("n3", "group", new byte[0]));
        for (String victim : List.of("n0", "n1")) {
            try (var channel = wire.open(NodeId.of(victim), PbftReplica.PROTOCOL, (from, frame) -> { },
                    new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(10)))) {
                channel.send(java.nio.ByteBuffer.wrap(hello));
                channel.send(java.nio.ByteBuffer.wrap(new byte[] {0, 1, 99, 3, 4, 5}));
            }
        }

        await().atMost(PATIENCE).untilAsserted(() -> List.of("n0", "n1", "n2").forEach(name ->
                assertThat(hosts.get(name).replica.status().figures().get("members.quarantined.count")).as(name).isEqualTo(1)));
        assertThat(folder.resolve("n0/group/evidence.txt")).content().contains(liar + " BAD_SIGNATURE malformed");
        propose("n2", "after");
        assertThat(read("n1")).endsWith("after");
    }

    /** One member alone that calls another a liar changes nothing. */
    @Test
    @Requirement("R-244")
    void shutsNobodyOutOnOneMembersWord() {
        propose("n0", "before");
        var hello = Hellos.of(spec("n3", "group", new byte[0]));
        try (var channel = transports.get(hosts.get("n3").provider).open(NodeId.of("n0"), PbftReplica.PROTOCOL, (from, frame) -> { },
                new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(10)))) {
            channel.send(java.nio.ByteBuffer.wrap(hello));
            channel.send(java.nio.ByteBuffer.wrap(new byte[] {0, 1, 99, 3, 4, 5}));
        }
        await().atMost(PATIENCE).until(() -> hosts.get("n0").replica.status().figures().get("quarantines.count") > 0);

        for (int round = 0; round < 10; round++) {
            propose("n" + round % 4, "round-" + round);
        }
        hosts.values().forEach(host -> assertThat(host.replica.status().figures().get("members.quarantined.count")).isZero());
    }

    /** What is prepared before a switch is used after it: the members wait for no handshakes then. */
    @Test
    void beginsOverTheWaysThatWerePrepared() throws Exception {
        var opened = new java.util.concurrent.atomic.AtomicInteger();
        var providers = new HashMap<String, PbftConsensus>();
        for (String name : hosts.keySet()) {
            var transport = transports.get(hosts.get(name).provider);
            var provider = new PbftConsensus(SETTINGS, nodes.get(NodeId.of(name)).clock(), (peer, handler) -> {
                opened.incrementAndGet();
                return transport.open(peer, PbftReplica.PROTOCOL, handler, new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(5)));
            });
            nodes.get(NodeId.of(name)).handle(PbftReplica.PROTOCOL, provider);
            providers.put(name, provider);
        }
        try {
            var preparations = new java.util.ArrayList<org.dwcp.api.consensus.Preparation>();
            providers.forEach((name, provider) -> preparations.add(provider.prepare(spec(name, "next", new byte[0]))));
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(opened).hasValue(12));
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(preparations).extracting(org.dwcp.api.consensus.Preparation::missing).containsOnly(""));
            var machine = new Recorder();
            var first = providers.get("n0").open(spec("n0", "next", new byte[0]), machine);
            var answer = first.propose("one".getBytes(StandardCharsets.UTF_8)).toCompletableFuture(); // comes to the others before they have begun
            for (String name : List.of("n1", "n2", "n3")) {
                providers.get(name).open(spec(name, "next", new byte[0]), new Recorder());
            }
            preparations.forEach(org.dwcp.api.consensus.Preparation::close);

            answer.get(60, TimeUnit.SECONDS);

            assertThat(machine.entries()).containsExactly("one");
            assertThat(opened).as("no way was opened anew").hasValue(12);
        } finally {
            providers.values().forEach(PbftConsensus::deactivate);
        }
    }

    @Test
    void closesTheWaysOfAPreparationThatIsLetGo() {
        var provider = (PbftConsensus) hosts.get("n0").provider;
        var ways = new java.util.concurrent.CopyOnWriteArrayList<org.dwcp.api.transport.Channel>();
        var wire = transports.get(provider);
        try (var spares = new Spares(List.of(NodeId.of("n1"), NodeId.of("n2"), NodeId.of("nobody")), 2, (peer, handler) -> {
            var way = wire.open(peer, PbftReplica.PROTOCOL, handler, new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(5)));
            ways.add(way);
            return way;
        })) {
            await().atMost(PATIENCE).until(() -> spares.missing().isEmpty());
        }
        assertThat(ways).hasSize(2).noneMatch(org.dwcp.api.transport.Channel::isOpen);
    }
}
