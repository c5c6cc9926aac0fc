// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

import org.dwcp.api.DwcpException;
import org.dwcp.api.node.NodeExecutors;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.distribution.rdma.OneTransport;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.migration.transfer.FileTransfers;
import org.dwcp.migration.transfer.TransferSettings;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestConfig;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.transport.lane.LaneTransport;
import org.dwcp.transport.v1.rdma.RdmaSockets;
import org.dwcp.transport.v1.rdma.Rsockets;

/**
 * What runs in the guest of the RDMA lab: two nodes with the real transport.v1 and the real file transfers, one process. Their TCP goes over the
 * loopback interface, their RDMA over the device of eth0, so that eth0 can be taken away. Arguments: address of the device, a folder.
 */
public final class RdmaGuest {
    private static final Duration PATIENCE = Duration.ofSeconds(100);
    /** Patient: the first TLS handshake of an emulated processor takes half a minute when its host is busy. */
    private static final FlowSettings FLOWS = new FlowSettings(256 << 10, 16L << 20, 32L << 20, 32L << 20, 16L << 20, 32L << 20, 16L << 20, 16, 16, Duration.ofSeconds(60),
            Duration.ofSeconds(60), Duration.ofSeconds(20), Duration.ofSeconds(60));
    private static final TestClock CLOCK = new TestClock();
    private static final long START_NS = CLOCK.nanoTime();

    private RdmaGuest() {
    }

    /** A node: its transport, and what sends and takes files over it. */
    private static final class Node implements AutoCloseable {
        private final TestNode node;
        private final LaneTransport transport;
        private final FileTransfers transfers;
        private final Path folder;
        private final java.util.concurrent.ExecutorService cpu = Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().factory());

        Node(TestNode node, String device, Path folder, String... trusted) {
            this.node = node;
            this.folder = folder;
            Map<String, Object> values = new HashMap<>(Map.of("listen_host", "0.0.0.0", "rdma_host", device, "trusted_peers", trusted,
                    "handshake_timeout_ms", 60_000L, "silence_timeout_ms", 30_000L, "rdma_backoff_ms", 1_000L, "lanes", 32));
            var config = TestConfig.of(DatacenterTransport.Config.class, values);
            transport = new LaneTransport(DatacenterSettings.from(config), node.identity(), node.peers(), node.clock(), node::handler,
                    new DatacenterWays(config).fabrics());
            node.advertise("transport", DatacenterSettings.PROVIDER, transport.port());
            var flows = new FlowNode(node.clock(), node.random(), new Cpu(cpu), node.peers(),
                    new OneTransport(DatacenterSettings.PROVIDER, transport), FLOWS);
            transfers = new FileTransfers(flows, new Folders(folder), Disk.REAL, TransferSettings.DEFAULT);
            node.handle("dwcp.flow", transfers.acceptor());
        }

        String trait(String name) {
            return transport.stats().orElseThrow().traits().getOrDefault(name, "");
        }

        long sentOverRdma() {
            var words = trait("rdma.bytes");
            return words.isEmpty() ? rdmaSeen : (rdmaSeen = Long.parseLong(words.split(" ")[0]));
        }

        private volatile long rdmaSeen;

        @Override
        public void close() {
            transfers.close();
            transport.close();
            cpu.shutdownNow();
        }
    }

    private record Cpu(Executor cpu) implements NodeExecutors {
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

    /** Runs the lab. */
    public static void main(String[] arguments) throws Exception {
        var folder = Path.of(arguments[1]);
        var cluster = new TestCluster();
        var nodeA = cluster.node("a");
        var nodeB = cluster.node("b");
        var nodeC = cluster.node("c");
        try (var a = new Node(nodeA, arguments[0], folder.resolve("a"), "b"); var b = new Node(nodeB, arguments[0], folder.resolve("b"), "a")) {
            say("libraries " + a.trait("rdma.libraries") + ", device " + a.trait("rdma"));
            await("both listen over RDMA", () -> !b.trait("rdma.port").equals("0") && !a.trait("rdma.port").equals("0"));
            warmUp(a, b);
            send(a, b, "first", 8 << 20, 1);
            check(a.sentOverRdma() >= 8 << 20, "all bytes went over RDMA: " + a.trait("rdma.bytes"));
            passed("transfer over RDMA");
            try (var c = new Node(nodeC, arguments[0], folder.resolve("c"), "b")) {
                strangers(b, c, arguments[0]);
            }
            passed("strangers are refused");
            breakInTheMiddle(a, b);
            passed("fallback in mid-transfer");
        }
        await("threads end", () -> Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().startsWith(DatacenterSettings.PROVIDER)));
        passed("nothing is left after the stop");
        System.exit(0); // what failed is on the terminal already, and nothing else may keep this machine running
    }

    /** Has the classes of TLS loaded, so that the ticket comes in time. */
    private static void warmUp(Node a, Node b) throws IOException {
        b.node.handle("warm", opened -> (channel, frame) -> { });
        for (int round = 1; a.trait("rdma.lanes").startsWith("0 open, 0 "); round++) {
            check(round <= 5, "a channel over RDMA opens");
            a.transport.open(b.node.id(), "warm", (channel, frame) -> { }, new OpenOptions(OpenOptions.Order.ORDERED, PATIENCE)).close();
            say("opened, rdma lanes " + a.trait("rdma.lanes") + ", barred " + a.trait("rdma.peers.barred"));
        }
    }

    /** Members of the cluster that are not trusted, and who has no ticket. */
    private static void strangers(Node b, Node c, String device) throws IOException {
        try {
            c.transport.open(b.node.id(), "dwcp.flow", (channel, frame) -> { }, new OpenOptions(OpenOptions.Order.UNORDERED, PATIENCE));
            check(false, "b talks to c, which it does not trust");
        } catch (DwcpException e) {
            say("c was refused: " + e.getMessage());
        }
        long before = b.transport.stats().orElseThrow().errors().get("handshake.failed");
        var sockets = new Rsockets().open();
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            int port = Integer.parseInt(b.trait("rdma.port"));
            int socket = sockets.connect(new java.net.InetSocketAddress(device, port), new RdmaSockets.Tuning(64 << 10, 10));
            var numbers = new int[] {socket};
            wait(sockets, numbers, RdmaSockets.OUT);
            sockets.connected(socket);
            var hello = arena.allocate(36);
            hello.asByteBuffer().putInt(0x44575431); // the right beginning, and a ticket that nobody gave
            check(sockets.send(socket, hello.address(), 36) == 36, "the stranger's hello is on its way");
            wait(sockets, numbers, RdmaSockets.IN);
            check(sockets.receive(socket, hello.address(), 36) == 0, "the stranger hears nothing and is closed");
            new Rsockets().closing().accept(socket);
        }
        sockets.close();
        await("it is counted", () -> b.transport.stats().orElseThrow().errors().get("handshake.failed") > before);
    }

    private static void wait(RdmaSockets sockets, int[] numbers, int what) throws IOException {
        long endNs = CLOCK.nanoTime() + PATIENCE.toNanos();
        var interests = new int[1];
        do {
            interests[0] = what;
            sockets.await(numbers, interests, 1, 1_000);
        } while (interests[0] == 0 && CLOCK.nanoTime() - endNs < 0);
    }

    /** The device goes away while a file is on its way. */
    private static void breakInTheMiddle(Node a, Node b) throws Exception {
        long before = a.sentOverRdma();
        long all = a.transport.stats().orElseThrow().bytesSent();
        int bytes = 32 << 20;
        var file = write(a, "second", bytes, 2);
        var transfer = a.transfers.send(file, b.node.id(), new TransferOptions("second", PATIENCE));
        await("a part is there", () -> a.sentOverRdma() > before + bytes / 8 || transfer.status().state().ended());
        check(!transfer.status().state().ended(), "the transfer is under way: " + transfer.status());
        new ProcessBuilder("ip", "link", "set", "eth0", "down").inheritIO().start().waitFor();
        say("eth0 is down after " + (a.sentOverRdma() - before) + " bytes over RDMA");
        done(transfer, file, b);
        long overRdma = a.sentOverRdma() - before;
        long overTcp = a.transport.stats().orElseThrow().bytesSent() - all - overRdma;
        say("second: " + overRdma + " bytes over RDMA, " + overTcp + " over TCP, moves " + transfer.status().moves() + ", rdma now: " + a.trait("rdma"));
        check(overRdma < bytes && overTcp > 0, "both carried a part");
        check(a.transport.stats().orElseThrow().errors().get("shortcut.failed") > 0, "the failure is counted");
    }

    // ---- files

    private static void send(Node from, Node to, String name, int bytes, long seed) throws Exception {
        var file = write(from, name, bytes, seed);
        long startNs = CLOCK.nanoTime();
        done(from.transfers.send(file, to.node.id(), new TransferOptions(name, PATIENCE)), file, to);
        say(name + ": " + bytes + " bytes in " + Duration.ofNanos(CLOCK.nanoTime() - startNs).toMillis() + " ms, " + from.trait("rdma.bytes"));
    }

    private static void done(Transfer transfer, Path file, Node to) throws Exception {
        var status = transfer.await(PATIENCE);
        check(status.state() == TransferStatus.State.DONE, "the transfer is done: " + status);
        check(hash(file).equals(hash(to.folder.resolve("inbox").resolve(file.getFileName()))), "the hash is right");
    }

    private static Path write(Node at, String name, int bytes, long seed) throws IOException {
        var content = new byte[bytes];
        new SplittableRandom(seed).nextBytes(content);
        return Files.write(Files.createDirectories(at.folder.resolve("out")).resolve(name), content);
    }

    private static String hash(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    // ---- telling

    private static void await(String what, BooleanSupplier fact) throws IOException {
        long endNs = CLOCK.nanoTime() + PATIENCE.toNanos();
        try {
            while (!fact.getAsBoolean()) {
                check(CLOCK.nanoTime() - endNs < 0, what);
                CLOCK.sleep(Duration.ofMillis(20));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static void check(boolean holds, String what) throws IOException {
        if (!holds) {
            say("FAILED " + what);
            throw new IOException("not true: " + what);
        }
    }

    private static void passed(String what) {
        System.out.println("LAB passed " + what);
    }

    private static void say(String what) {
        System.out.printf("LAB %.1f s: %s%n", (CLOCK.nanoTime() - START_NS) / 1e9, what);
    }
}
