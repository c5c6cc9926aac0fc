// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.node.NodeExecutors;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.migration.transfer.FileTransfers;
import org.dwcp.migration.transfer.TransferSettings;

/** A node that talks to one in another process. {@link #main} is that process: it says its port and runs until it is killed. */
public final class SocketNode implements AutoCloseable {
    private static final FlowSettings FLOWS = new FlowSettings(64 << 10, 2 << 20, 16 << 20, 16 << 20, 16 << 20, 64 << 20, 64 << 20, 64, 64, Duration.ofSeconds(2), Duration.ofSeconds(5),
            Duration.ofSeconds(5), Duration.ofSeconds(30));

    private final ExecutorService cpu = Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().factory());
    private final SocketTransport transport;
    private final FileTransfers transfers;
    private volatile int peerPort;

    /** Starts a node named {@code self} that knows one named {@code peer}. */
    public SocketNode(Path home, NodeId self, NodeId peer) throws IOException {
        FakeAdapter adapter = new FakeAdapter();
        ProtocolHandler[] flows = new ProtocolHandler[1];
        transport = new SocketTransport(self, _ -> peerPort, protocol -> Optional.ofNullable(protocol.equals("dwcp.flow") ? flows[0] : null));
        adapter.route(Transport.SLOT).add("socket", transport);
        adapter.route(Encoding.SLOT);
        FlowNode node = new FlowNode(new SystemClock(), new TestNode.SeededRandom(), new Cpu(), new TwoPeers(self, peer), adapter, FLOWS);
        transfers = new FileTransfers(node, new Folders(home), Disk.REAL, TransferSettings.DEFAULT);
        flows[0] = transfers.acceptor();
    }

    /** Tells where the other process listens. */
    public void peerPort(int port) {
        peerPort = port;
    }

    public FileTransfers transfers() {
        return transfers;
    }

    @Override
    public void close() throws IOException {
        transfers.close();
        transport.close();
        cpu.shutdownNow();
    }

    /** Arguments: home, own name, peer's name. */
    public static void main(String[] arguments) throws Exception {
        SocketNode node = new SocketNode(Path.of(arguments[0]), NodeId.of(arguments[1]), NodeId.of(arguments[2]));
        System.out.println("port " + node.transport.port());
        System.in.read(); // ends with the process that started it
        node.close();
    }

    private final class Cpu implements NodeExecutors {
        @Override
        public Executor cpu() {
            return cpu;
        }

        @Override
        public int cpuThreads() {
            return 2;
        }
    }

    private record Folders(Path home) implements NodeFolders {
        private Path folder(String name) {
            try {
                return Files.createDirectories(home.resolve(name));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Path etc() {
            return folder("etc");
        }

        @Override
        public Path data(String part) {
            return folder("data/" + part);
        }

        @Override
        public Path deploy() {
            return folder("deploy");
        }

        @Override
        public Path inbox() {
            return folder("inbox");
        }
    }

    private record TwoPeers(NodeId self, NodeId peer) implements Peers {
        private static PeerInfo info(NodeId id) {
            return new PeerInfo(id, "localhost", 1, true, Instant.EPOCH, 0, List.of(new ProviderAdvert("transport", "socket", "1.0.0", List.of(), 1)), "");
        }

        @Override
        public List<PeerInfo> list() {
            return List.of(info(peer));
        }

        @Override
        public Optional<PeerInfo> find(NodeId id) {
            return id.equals(peer) || id.equals(self) ? Optional.of(info(id)) : Optional.empty();
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
}
