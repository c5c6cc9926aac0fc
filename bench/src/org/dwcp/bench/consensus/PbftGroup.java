// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.consensus.v3.node.Hello;
import org.dwcp.consensus.v3.node.NodeSettings;
import org.dwcp.consensus.v3.node.PbftReplica;
import org.dwcp.testkit.consensus.TestKeys;

/** Members of a PBFT group in this JVM: real keys, real disks; lines are method calls, without sockets and TLS. */
final class PbftGroup implements AutoCloseable {
    /** Keeps the last value of each key. */
    private static final class Values implements EntryMachine {
        private final TreeMap<String, byte[]> values = new TreeMap<>();

        @Override
        public byte[] apply(long index, byte[] entry) {
            values.put(new String(entry, 0, 8, StandardCharsets.US_ASCII), entry);
            return new byte[] {1};
        }

        @Override
        public byte[] query(byte[] query) {
            return new byte[0];
        }

        @Override
        public byte[] snapshot() {
            var out = ByteBuffer.allocate(values.values().stream().mapToInt(value -> value.length + 4).sum());
            values.values().forEach(value -> out.putInt(value.length).put(value));
            return out.array();
        }

        @Override
        public void install(long index, byte[] snapshot) {
            values.clear();
            for (var in = ByteBuffer.wrap(snapshot); in.hasRemaining();) {
                var value = new byte[in.getInt()];
                in.get(value);
                values.put(new String(value, 0, 8, StandardCharsets.US_ASCII), value);
            }
        }
    }

    private static final class RealClock implements NodeClock {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            Thread.sleep(duration);
        }
    }

    /** A line by method call. */
    private final class Call implements Channel {
        private final NodeId from;
        private final int to;
        private Hello hello;

        Call(NodeId from, int to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public NodeId peer() {
            return NodeId.of("n" + to);
        }

        @Override
        public String protocol() {
            return PbftReplica.PROTOCOL;
        }

        @Override
        public String provider() {
            return "call";
        }

        @Override
        public void send(ByteBuffer... parts) {
            if (hello == null) {
                hello = Hello.read(parts[0]);
                return;
            }
            var bytes = new byte[parts[0].remaining()];
            parts[0].get(bytes);
            var replica = replicas.get(to);
            if (replica != null) {
                replica.received(hello, from, bytes);
            }
        }

        @Override
        public boolean trySend(ByteBuffer... parts) {
            send(parts);
            return true;
        }

        @Override
        public void pauseReading() {
        }

        @Override
        public void resumeReading() {
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public ChannelStats stats() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
        }
    }

    private final List<PbftReplica> replicas = new java.util.concurrent.CopyOnWriteArrayList<>();
    private final Path folder;

    PbftGroup(int members) throws IOException {
        folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), "bench-pbft-");
        var keys = new ArrayList<TestKeys>();
        for (int number = 0; number < members; number++) {
            keys.add(TestKeys.of("n" + number));
            replicas.add(null);
        }
        var all = keys.stream().map(TestKeys::self).sorted().toList();
        for (int number = 0; number < members; number++) {
            var self = keys.get(number).self().node();
            var home = Files.createDirectories(folder.resolve(self.value()));
            replicas.set(number, new PbftReplica(new ReplicaSpec("bench", 1, Digest.ZERO, all, keys.get(number), new byte[0], home), new Values(),
                    NodeSettings.DEFAULT, new RealClock(), peer -> new Call(self, Integer.parseInt(peer.value().substring(1))), () -> { }));
        }
    }

    PbftReplica replica(int number) {
        return replicas.get(number);
    }

    void crash(int number) {
        var replica = replicas.set(number, null);
        replica.close();
    }

    @Override
    public void close() throws IOException {
        replicas.stream().filter(replica -> replica != null).forEach(PbftReplica::close);
        try (var files = Files.walk(folder)) {
            for (var path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
