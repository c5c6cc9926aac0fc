// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.api.consensus.StateMachine;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.LinkShaper;
import org.dwcp.transport.lane.LanePolicy;
import org.dwcp.transport.lane.LaneSettings;
import org.dwcp.transport.lane.LaneTransport;

/**
 * Nodes in this JVM that run a group as users run it: the virtual log over Raft or PBFT with their defaults, TLS 1.3 between the members over sockets of this
 * machine, votes synced to this machine's disk. Left out are the framework and the routing; questions between members are method calls.
 */
final class Members implements AutoCloseable {
    static final String RAFT = "consensus.v1";
    static final String PBFT = "consensus.v3";
    static final String GROUP = "bench";
    private static final Map<String, String> CLASSES = Map.of(RAFT, "org.dwcp.consensus.v1.RaftConsensus", PBFT, "org.dwcp.consensus.v3.PbftConsensus");

    /** One of them. */
    final class Node {
        private final TestNode node;
        private final LaneTransport transport;
        private final Map<String, Consensus> providers = new LinkedHashMap<>();
        private Object groups;
        private CallHandler questions;
        private Group group;
        private boolean up = true;

        Node(TestNode node, List<String> names) throws Exception {
            this.node = node;
            transport = new LaneTransport(new LaneSettings("transport.bench", new LaneSettings.Listen("127.0.0.1", 0),
                    new LaneSettings.Limits(1, 100, 100, 16 << 20, Duration.ofSeconds(5)),
                    new LaneSettings.Tcp(LaneSettings.Natives.AUTO, "", 0, 0, LaneSettings.Pacing.NONE, Duration.ofSeconds(15)), LanePolicy.fixed(1),
                    Set.of(), Map.of()), node.identity(), node.peers(), node.clock(), node::handler);
            node.advertise("transport", "transport.bench", from(transport.port()));
            for (var name : names) {
                var provider = (Consensus) Components.start(CLASSES.get(name), name.equals(RAFT) ? Map.of("listen_host", "127.0.0.1") : Map.of(),
                        node.identity(), node.peers(), node.clock(), node.random(), folders(), new Routes<Transport>(Map.of("transport.bench", transport)));
                Components.warmUp(provider);
                node.advertise("consensus", name, provider.port() == 0 ? 0 : from(provider.port()));
                if (provider instanceof ProtocolHandler handler) {
                    node.handle("dwcp.pbft", handler);
                }
                providers.put(name, provider);
            }
            Calls calls = (peer, method, body, timeout) -> {
                var asked = nodes.get(peer);
                if (asked == null || !asked.up || asked.questions == null) {
                    throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "no way to " + peer);
                }
                return asked.questions.handle(node.id(), body);
            };
            groups = Components.start("org.dwcp.consensus.log.GroupsComponent", Map.of(), node.identity(), node.clock(), node.random(), folders(), calls,
                    node.peers(), new Routes<>(Map.copyOf(providers)), Components.context(service -> questions = (CallHandler) service));
            if (groups instanceof CallHandler handler) {
                questions = handler;
            }
        }

        /** The near end of the way to a port of this node. */
        private int from(int port) {
            if (oneWay.isZero()) {
                return port;
            }
            var link = new LinkShaper(node.clock(), port);
            link.delay(oneWay);
            links.add(link);
            return link.port();
        }

        private NodeFolders folders() {
            var home = folder.resolve(node.id().value());
            return new NodeFolders() {
                @Override
                public Path etc() {
                    return home;
                }

                @Override
                public Path data(String part) {
                    try {
                        return Files.createDirectories(home.resolve(part));
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }

                @Override
                public Path deploy() {
                    return home;
                }

                @Override
                public Path inbox() {
                    return home;
                }
            };
        }

        Member self() {
            return ((ConsensusGroups) groups).self();
        }

        Group group() {
            return group;
        }

        NodeId id() {
            return node.id();
        }

        boolean leads() {
            return up && group.status().replica().map(ReplicaStatus::role).filter(ReplicaStatus.Role.LEADER::equals).isPresent();
        }

        /** Ends it, without a word to the others. */
        void stop() throws ReflectiveOperationException {
            if (up) {
                up = false;
                for (var provider : providers.values()) {
                    Components.stop(provider);
                }
                transport.close();
                Components.stop(groups);
            }
        }
    }

    private final Path folder;
    private final Duration oneWay;
    private final List<LinkShaper> links = new ArrayList<>();
    private final Map<NodeId, Node> nodes = new ConcurrentHashMap<>();
    private final List<Node> inOrder = new ArrayList<>();

    /**
     * Starts nodes and a group of all of them.
     *
     * @param size      how many
     * @param begins    the provider that it begins with
     * @param providers what each node has
     * @param machine   makes a member's state machine
     */
    Members(int size, String begins, List<String> providers, java.util.function.Supplier<? extends StateMachine> machine) throws Exception {
        this(size, begins, providers, machine, Duration.ZERO);
    }

    /** Also with members that are apart: {@code oneWay} is how long a byte is on its way from one to another, half a round trip. */
    Members(int size, String begins, List<String> providers, java.util.function.Supplier<? extends StateMachine> machine, Duration oneWay) throws Exception {
        this.oneWay = oneWay;
        Components.quiet();
        folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), "bench-consensus-");
        var cluster = new TestCluster();
        for (int number = 0; number < size; number++) {
            var node = new Node(cluster.node("n" + number), providers);
            nodes.put(node.id(), node);
            inOrder.add(node);
        }
        var members = inOrder.stream().map(Node::self).sorted().toList();
        for (var node : inOrder) {
            node.group = ((ConsensusGroups) node.groups).host(new GroupSpec(GROUP, begins, members, 10_000, 0), machine.get());
        }
        leader();
    }

    List<Node> nodes() {
        return inOrder;
    }

    /** The member that leads, once there is one. */
    Node leader() throws InterruptedException {
        while (true) {
            for (var node : inOrder) {
                if (node.leads()) {
                    return node;
                }
            }
            Thread.sleep(10);
        }
    }

    @Override
    public void close() throws IOException, ReflectiveOperationException {
        for (var node : inOrder) {
            node.stop();
        }
        links.forEach(LinkShaper::close);
        deleteTree(folder);
    }

    static void deleteTree(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
