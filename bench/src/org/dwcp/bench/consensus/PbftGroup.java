// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.consensus.TestKeys;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.transport.lane.LanePolicy;
import org.dwcp.transport.lane.LaneSettings;
import org.dwcp.transport.lane.LaneTransport;

/** Members of a PBFT group in this JVM, without the virtual log above: the provider with its defaults, TLS over sockets of this machine, synced disks. */
final class PbftGroup implements AutoCloseable {
    /** A member's machine: {@link Values} entry by entry. */
    private record Machine(Values values) implements EntryMachine {
        @Override
        public byte[] apply(long index, byte[] entry) {
            return values.apply(entry);
        }

        @Override
        public byte[] query(byte[] query) {
            return values.query(query);
        }

        @Override
        public byte[] snapshot() {
            return values.snapshot();
        }

        @Override
        public void install(long index, byte[] snapshot) {
            values.install(snapshot);
        }
    }

    private final List<LaneTransport> transports = new ArrayList<>();
    private final List<Object> providers = new ArrayList<>();
    private final List<Replica> replicas = new ArrayList<>();
    private final Path folder;

    PbftGroup(int members) throws IOException, ReflectiveOperationException {
        Components.quiet();
        folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), "bench-pbft-");
        var cluster = new TestCluster();
        var keys = new ArrayList<TestKeys>();
        for (int number = 0; number < members; number++) {
            keys.add(TestKeys.of("n" + number));
        }
        var all = keys.stream().map(TestKeys::self).sorted().toList();
        for (int number = 0; number < members; number++) {
            var node = cluster.node("n" + number);
            var transport = new LaneTransport(new LaneSettings("transport.bench", new LaneSettings.Listen("127.0.0.1", 0),
                    new LaneSettings.Limits(1, 100, 100, 16 << 20, Duration.ofSeconds(5)),
                    new LaneSettings.Tcp(LaneSettings.Natives.AUTO, "", 0, 0, LaneSettings.Pacing.NONE, Duration.ofSeconds(15)), LanePolicy.fixed(1),
                    Set.of(), Map.of()), node.identity(), node.peers(), node.clock(), node::handler);
            node.advertise("transport", "transport.bench", transport.port());
            var provider = Components.start("org.dwcp.consensus.v3.PbftConsensus", Map.of(), node.clock(),
                    new Routes<Transport>(Map.of("transport.bench", transport)));
            node.handle("dwcp.pbft", (ProtocolHandler) provider);
            transports.add(transport);
            providers.add(provider);
        }
        for (int number = 0; number < members; number++) {
            var home = Files.createDirectories(folder.resolve("n" + number));
            replicas.add(((Consensus) providers.get(number)).open(new ReplicaSpec("bench", 1, Digest.ZERO, all, keys.get(number), new byte[0], home),
                    new Machine(new Values())));
        }
    }

    Replica replica(int number) {
        return replicas.get(number);
    }

    /** The member that leads. */
    int leader() throws InterruptedException {
        while (true) {
            for (int number = 0; number < replicas.size(); number++) {
                if (replicas.get(number).status().role() == ReplicaStatus.Role.LEADER) {
                    return number;
                }
            }
            Thread.sleep(10);
        }
    }

    /** Ends a member without a word to the others. */
    void crash(int number) throws ReflectiveOperationException {
        Components.stop(providers.get(number));
        transports.get(number).close();
    }

    @Override
    public void close() throws IOException, ReflectiveOperationException {
        for (int number = 0; number < providers.size(); number++) {
            crash(number);
        }
        Members.deleteTree(folder);
    }
}
