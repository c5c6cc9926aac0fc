// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.node.NodeExecutors;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.migration.depot.Depot;
import org.dwcp.migration.depot.DepotAnswers;
import org.dwcp.migration.depot.DepotSettings;
import org.dwcp.migration.depot.ImageOrders;
import org.dwcp.migration.depot.PackFlows;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.migration.transfer.FileTransfers;
import org.dwcp.migration.transfer.TransferSettings;
import org.dwcp.migration.vm.GuestAnswers;
import org.dwcp.migration.vm.GuestFlows;
import org.dwcp.migration.vm.GuestOrders;
import org.dwcp.migration.vm.GuestSettings;
import org.dwcp.migration.vm.Guests;
import org.dwcp.migration.vm.Launcher;

/** One node: transports t1, t2, t3, encodings as a test adds them, transfers on real files. It can be stopped, killed and started again. */
public final class TestNode implements AutoCloseable {
    private final TestCluster cluster;
    private final NodeId id;
    private final Path home;
    private final FakeAdapter adapter = new FakeAdapter();
    private final FakePeers peers;
    private final Map<String, FakeTransport> transports = new ConcurrentHashMap<>();
    private final Map<String, ProtocolHandler> protocols = new ConcurrentHashMap<>();
    private final ExecutorService cpu = Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().name("cpu-", 0).factory());
    private FlowSettings flows = FlowSettings.DEFAULT;
    private TransferSettings limits = TransferSettings.DEFAULT;
    private UnaryOperator<Disk> disks = disk -> disk;
    private MortalDisk disk;
    private FlowNode node;
    private FileTransfers transfers;
    private Depot depot;
    private DepotAnswers answers;
    private ImageOrders images;
    private DepotSettings keeps = DepotSettings.DEFAULT;
    private Guests guests;
    private GuestAnswers guestAnswers;
    private GuestOrders machines;
    private Launcher launcher = (words, log) -> {
        throw new IOException("this node starts nothing");
    };
    private volatile boolean mute;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean up;

    TestNode(TestCluster cluster, NodeId id, Path home) {
        this.cluster = cluster;
        this.id = id;
        this.home = home;
        peers = new FakePeers(cluster, id);
        for (String name : new String[] {"t1", "t2", "t3"}) {
            FakeTransport transport = new FakeTransport(cluster, id, name);
            transports.put(name, transport);
            adapter.route(Transport.SLOT).add(name, transport);
        }
        adapter.route(Encoding.SLOT);
    }

    public NodeId id() {
        return id;
    }

    public FakeAdapter adapter() {
        return adapter;
    }

    public FakePeers peers() {
        return peers;
    }

    public FakeTransport transport(String name) {
        return transports.get(name);
    }

    public FakeRoute<Transport> transports() {
        return adapter.route(Transport.SLOT);
    }

    public FakeRoute<Encoding> encodings() {
        return adapter.route(Encoding.SLOT);
    }

    /** Protocols by name; a test may add its own. */
    public Map<String, ProtocolHandler> protocols() {
        return protocols;
    }

    public FileTransfers transfers() {
        return transfers;
    }

    public FlowNode flowNode() {
        return node;
    }

    public Path inbox() {
        return folder("inbox");
    }

    public Path home() {
        return home;
    }

    public boolean isUp() {
        return up;
    }

    /** Settings for the next start. */
    public TestNode with(FlowSettings changed) {
        flows = changed;
        return this;
    }

    /** Settings for the next start. */
    public TestNode with(TransferSettings changed) {
        limits = changed;
        return this;
    }

    /** The transports' names. */
    public Collection<FakeTransport> allTransports() {
        return transports.values();
    }

    /** Wraps the disk at the next start. */
    public TestNode withDisk(UnaryOperator<Disk> wrap) {
        disks = wrap;
        return this;
    }

    public TestNode start() {
        disk = new MortalDisk(disks.apply(Disk.REAL));
        node = new FlowNode(new SystemClock(), new SeededRandom(), new Cpu(), peers, adapter, flows);
        depot = new Depot(new SystemClock(), new Folders(), keeps);
        answers = new DepotAnswers(depot);
        PackFlows packs = new PackFlows(node, depot, disk);
        guests = new Guests(new SystemClock(), new Folders(), launcher, GuestSettings.DEFAULT);
        guestAnswers = new GuestAnswers(guests);
        transfers = new FileTransfers(node, new Folders(), disk, limits, List.of(packs, new GuestFlows(node, guests)));
        machines = new GuestOrders(node, this::call, guests, () -> NetworkMode.INTERNET);
        images = new ImageOrders(node, this::call, depot, packs);
        protocols.put("dwcp.flow", transfers.acceptor());
        up = true;
        cluster.changed(this);
        return this;
    }

    /** Calls of this node end where the other, or this one, is down; nothing else goes wrong with them here. */
    private byte[] call(NodeId peer, String method, byte[] body, Duration timeout) {
        TestNode other = cluster.find(peer);
        if (!up || !other.up || mute || other.mute) {
            throw new TransferException(DwcpException.Kind.UNAVAILABLE, peer + " cannot be reached");
        }
        calls.incrementAndGet();
        return method.equals(GuestAnswers.METHOD) ? other.guestAnswers.handle(id, body) : other.answers.handle(id, body);
    }

    public AtomicInteger calls() {
        return calls;
    }

    /** Starts guests for this node from its next start on. */
    public TestNode with(Launcher starts) {
        launcher = starts;
        return this;
    }

    /** Lets no call of this node, or to it, come through; and that again. */
    public void mute(boolean silent) {
        mute = silent;
    }

    public GuestOrders machines() {
        return machines;
    }

    public ImageOrders images() {
        return images;
    }

    public Depot depot() {
        return depot;
    }

    public DepotAnswers answers() {
        return answers;
    }

    /** Settings for the next start. */
    public TestNode with(DepotSettings changed) {
        keeps = changed;
        return this;
    }

    /** Stops in good order. */
    public void stop() {
        up = false;
        images.close();
        machines.close();
        transfers.close();
        guests.close();
        depot.close();
        protocols.clear();
        cluster.changed(this);
    }

    /** Dies: channels break, and from this moment nothing reaches the disk any more; a write under way is torn. */
    public void kill() {
        up = false;
        transports.values().forEach(transport -> transport.cutAll(id + " died"));
        disk.dead = true;
        protocols.clear();
        images.close();
        machines.close();
        transfers.close();
        guests.close();
        depot.close();
        cluster.changed(this);
    }

    @Override
    public void close() {
        if (up) {
            stop();
        }
        cpu.shutdownNow();
    }

    private Path folder(String name) {
        try {
            return Files.createDirectories(home.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Folders implements NodeFolders {
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

    static final class SeededRandom implements NodeRandom {
        @Override
        public RandomGenerator stream(String purpose) {
            return RandomGeneratorFactory.of("L64X128MixRandom").create(purpose.hashCode());
        }
    }

    /** Writes until its node dies; then half of the write that finds out. */
    private static final class MortalDisk implements Disk {
        private final Disk real;
        private volatile boolean dead;

        MortalDisk(Disk real) {
            this.real = real;
        }

        @Override
        public long usableBytes(Path folder) throws IOException {
            return real.usableBytes(folder);
        }

        @Override
        public void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
            if (dead) {
                if (bytes.remaining() > 1) {
                    real.write(file, bytes.slice(bytes.position(), bytes.remaining() / 2), position);
                }
                throw new IOException("this node is dead");
            }
            real.write(file, bytes, position);
        }
    }
}
