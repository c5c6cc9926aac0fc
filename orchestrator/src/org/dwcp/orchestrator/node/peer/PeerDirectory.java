// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers of a node and the control connections to them. Knows no OSGi: two of them in one JVM are two nodes. It owns one listening socket,
 * one thread that accepts, one that ticks, one that tells changes, one a peer that dials and two a connection; all are virtual, all are gone
 * when {@link #close} returns.
 */
public final class PeerDirectory implements Peers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerDirectory.class);
    private static final int PORT_MAX = 65_535;
    private static final int BACKLOG = 128;
    private static final int HOST_MAX = 255;
    private static final Duration GOODBYE_TIMEOUT = Duration.ofMillis(700);
    private static final Duration STOP_TIMEOUT = Duration.ofMillis(1_000);
    private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]+");

    private final NodeIdentity identity;
    private final NodeClock clock;
    private final Supplier<List<ProviderAdvert>> providers;
    private final PeerStore store;
    private final String instance;
    private final Instant started;
    private final ServerSocket server;
    private final OwnThreads threads;
    private final ChangeFeed feed;
    private final PeerBook book;
    private final Handshake handshake;
    private final LogGate refusals;
    private final Semaphore wake = new Semaphore(0);
    /** Connections in their handshake, with the time they began. */
    private final Map<Socket, Long> handshakes = new ConcurrentHashMap<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Set<ControlLink> links = ConcurrentHashMap.newKeySet();
    private volatile PeerSettings settings;
    private volatile boolean closed;

    /**
     * Listens, and begins to know peers.
     *
     * @param identity  who this node is
     * @param host      address to listen at; empty text for all of them
     * @param port      port to listen at, 0 for any
     * @param providers what this node has installed now
     * @param store     keeps what {@link #add} is given
     * @param settings  times and limits
     * @throws DwcpException of kind UNAVAILABLE when the port is in use
     */
    public PeerDirectory(NodeIdentity identity, NodeClock clock, NodeRandom random, String host, int port, Supplier<List<ProviderAdvert>> providers,
            PeerStore store, PeerSettings settings) {
        this.identity = identity;
        this.clock = clock;
        this.providers = providers;
        this.store = store;
        this.settings = settings;
        this.started = clock.now();
        var start = random.stream("peers.instance." + started + clock.nanoTime());
        this.instance = HexFormat.of().toHexDigits(start.nextLong());
        this.server = listen(host, port);
        this.threads = new OwnThreads(clock);
        this.feed = new ChangeFeed();
        this.book = new PeerBook(clock, feed, peer -> startDialer(peer, random), PEERS_MAX);
        this.handshake = new Handshake(identity, clock, this::hello);
        this.refusals = new LogGate(clock, LOG_INTERVAL);
        threads.start("node.peers.events", feed);
        threads.start("node.peers.accept", this::accept);
        threads.start("node.peers.tick", this::tick);
        LOG.info("peers listening node={} cluster={} host={} port={}", identity.id(), identity.cluster(), host.isEmpty() ? "*" : host, port());
    }

    private static ServerSocket listen(String host, int port) {
        Check.argument(port >= 0 && port <= PORT_MAX, "control port %d is not in 0..%d", port, PORT_MAX);
        ServerSocket socket = null;
        try {
            socket = new ServerSocket();
            socket.bind(host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(InetAddress.getByName(host), port), BACKLOG);
            return socket;
        } catch (IOException e) {
            closeQuietly(socket);
            var where = host.isEmpty() ? "every address" : host;
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, e instanceof UnknownHostException
                    ? "host " + host + " to listen at is unknown; choose an address of this machine, or none for all"
                    : "control port " + port + " at " + where + " cannot be opened (" + e.getMessage()
                            + "); stop the process that has it, or choose another: --port N, 0 for any", e);
        }
    }

    /** The port this node listens at. */
    public int port() {
        return server.getLocalPort();
    }

    void apply(PeerSettings next) {
        settings = next;
        refresh();
    }

    /** Something about this node's providers may have changed: peers are told soon. */
    public void refresh() {
        wake.release();
    }

    @Override
    public NodeId self() {
        return identity.id();
    }

    @Override
    public List<PeerInfo> list() {
        return book.list();
    }

    @Override
    public Optional<PeerInfo> find(NodeId peer) {
        return peer.equals(self())
                ? Optional.of(new PeerInfo(self(), "127.0.0.1", port(), true, started, 0, local(), ""))
                : book.find(peer);
    }

    @Override
    public void add(NodeId peer, String host, int port) {
        configure(peer, host, port);
        store.save(peer, host, port);
    }

    /** Adds a peer that the configuration names. */
    void configure(NodeId peer, String host, int port) {
        Check.argument(!peer.equals(self()), "peer %s is this node itself; give the name of another node", peer);
        Check.argument(port >= 1 && port <= PORT_MAX, "port %d of peer %s is not in 1..%d; give its control port", port, peer, PORT_MAX);
        Check.argument(host != null && host.length() <= HOST_MAX && HOST.matcher(host).matches(),
                "host '%s' of peer %s is no host name or address", host, peer);
        if (closed) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "the node is stopping; peer " + peer + " was not added");
        }
        book.configure(peer, new PeerBook.Address(host, port))
                .ifPresent(link -> link.leave(ControlMessage.Code.DUPLICATE, "address of " + peer + " has changed"));
    }

    /** Takes up where a node says that it is, see {@link PeerBook#hint}. */
    boolean hint(NodeId peer, List<PeerBook.Address> addresses, int hintsMax) {
        return !closed && !peer.equals(self()) && book.hint(peer, addresses, hintsMax);
    }

    @Override
    public boolean remove(NodeId peer) {
        var known = forget(peer);
        store.delete(peer);
        return known;
    }

    /** Removes a peer that the configuration does not name any more. */
    boolean forget(NodeId peer) {
        var known = book.forget(peer);
        known.flatMap(link -> link).ifPresent(link -> link.leave(ControlMessage.Code.REMOVED, "node " + self() + " has removed this peer"));
        return known.isPresent();
    }

    @Override
    public Registration onChange(Consumer<PeerInfo> listener) {
        return feed.listen(listener);
    }

    private ControlMessage.Hello hello() {
        return new ControlMessage.Hello(self(), identity.cluster(), instance, port(), local());
    }

    private List<ProviderAdvert> local() {
        return Adverts.bounded(providers.get());
    }

    private PeerBook.Dialer startDialer(NodeId peer, NodeRandom random) {
        var dialer = new PeerDialer(peer, book, this::dial, clock, random.stream("peers.redial." + peer), () -> settings);
        threads.start("node.peers.dial-" + peer, dialer);
        return dialer;
    }

    private void accept() {
        while (!closed) {
            try {
                var socket = server.accept();
                if (handshakes.size() >= settings.handshakesMax()) {
                    closeQuietly(socket);
                    refused("handshakes.max=" + settings.handshakesMax() + " connections are in their handshake; closed one more");
                    continue;
                }
                handshakes.put(socket, clock.nanoTime());
                threads.start("node.peers.read", () -> speak(socket));
            } catch (IOException e) {
                if (!closed) {
                    refused("accepting failed (" + e.getMessage() + ")");
                    pause();
                }
            }
        }
    }

    /** Out of file descriptors, for example: does not spin. */
    private void pause() {
        try {
            clock.sleep(settings.redialMin());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void speak(Socket socket) {
        var address = String.valueOf(socket.getRemoteSocketAddress()).replace("/", "");
        try (socket) {
            sockets.add(socket);
            prepare(socket);
            converse(socket, handshake.accepted(socket));
        } catch (IOException | RuntimeException e) {
            refused("connection from " + address + " refused: " + Refusal.text(e, address));
        } finally {
            handshakes.remove(socket);
            sockets.remove(socket);
        }
    }

    private PeerDialer.Ended dial(NodeId peer, PeerBook.Address address) {
        try (var socket = new Socket()) {
            sockets.add(socket);
            try {
                if (closed) {
                    return new PeerDialer.Ended("", Duration.ZERO);
                }
                socket.connect(address.resolve(), (int) settings.handshakeTimeout().toMillis());
                handshakes.put(socket, clock.nanoTime());
                prepare(socket);
                var link = handshake.dialled(socket, peer, address.host());
                var startNs = clock.nanoTime();
                var reason = converse(socket, link);
                return new PeerDialer.Ended(reason, Duration.ofNanos(clock.nanoTime() - startNs));
            } finally {
                handshakes.remove(socket);
                sockets.remove(socket);
            }
        } catch (IOException | RuntimeException e) {
            return new PeerDialer.Ended(closed ? "" : Refusal.text(e, address.toString()), Duration.ZERO);
        }
    }

    private void prepare(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) settings.handshakeTimeout().toMillis());
        if (closed) {
            throw new Refusal("the node is stopping");
        }
    }

    private String converse(Socket socket, ControlLink link) throws IOException {
        socket.setSoTimeout(0);
        handshakes.remove(socket);
        links.add(link);
        var reason = "";
        try {
            settle(link);
            reason = link.converse(book::advert, threads);
            return reason;
        } finally {
            links.remove(link);
            book.gone(link, reason);
        }
    }

    private void settle(ControlLink link) {
        try {
            book.arrived(link).ifPresent(loser -> loser.leave(ControlMessage.Code.DUPLICATE, "the two nodes have a better connection"));
        } catch (Refusal refusal) {
            refused(refusal.getMessage());
            link.leave(ControlMessage.Code.REFUSED, refusal.getMessage());
        }
        if (closed) {
            link.leave(ControlMessage.Code.STOPPING, "node " + self() + " stops");
        }
    }

    private void tick() {
        var pingAtNs = clock.nanoTime();
        try {
            while (!closed) {
                var leftNs = pingAtNs - clock.nanoTime();
                if (leftNs > 0 && wake.tryAcquire(leftNs, TimeUnit.NANOSECONDS)) {
                    wake.drainPermits();
                    var now = local();
                    links.forEach(link -> link.advertise(now));
                    continue;
                }
                var current = settings;
                var now = local();
                links.forEach(link -> link.tick(current, now));
                endLateHandshakes(current.handshakeTimeout().toNanos());
                pingAtNs = clock.nanoTime() + current.pingInterval().toNanos();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The socket's own timeout ends a silent peer; this ends one that drips. */
    private void endLateHandshakes(long timeoutNs) {
        var nowNs = clock.nanoTime();
        handshakes.forEach((socket, startNs) -> {
            if (nowNs - startNs > timeoutNs) {
                closeQuietly(socket);
            }
        });
    }

    private void refused(String what) {
        if (!closed) {
            refusals.pass().ifPresent(held -> LOG.warn("peers {} more={}", Refusal.cut(what), held));
        }
    }

    /** The connections that are up; for tests and diagnosis. */
    Set<ControlLink> connections() {
        return Set.copyOf(links);
    }

    /** The threads that run; for tests and diagnosis. */
    Set<Thread> threads() {
        return threads.running();
    }

    /** Says goodbye, closes every socket and waits for every thread, at most 2 s. Works twice. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        closeQuietly(server);
        book.stop();
        links.forEach(link -> link.leave(ControlMessage.Code.STOPPING, "node " + self() + " stops"));
        wake.release();
        feed.close();
        try {
            threads.await(GOODBYE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sockets.forEach(PeerDirectory::closeQuietly);
        threads.stop(STOP_TIMEOUT);
        LOG.info("peers stopped node={}", self());
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (Exception e) {
            // Closing a plain socket fails only when it is closed already.
        }
    }
}
