// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import javax.net.ssl.SSLHandshakeException;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.TransportException;
import org.dwcp.api.transport.TransportStats;

/** Listens, opens and accepts. One platform thread accepts; everything else runs on virtual threads that end with their connection. */
final class Endpoint implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Endpoint.class.getName());
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration ACCEPT_RETRY = Duration.ofMillis(200);
    private static final int BACKLOG = 256;

    private final NodeIdentity identity;
    private final Peers peers;
    private final NodeClock clock;
    private final Function<String, Optional<ProtocolHandler>> handlers;
    private final ServerSocket server;
    private final Thread acceptor;
    private final Counters counters = new Counters();
    private final Set<Wire> guests = ConcurrentHashMap.newKeySet();
    /** Open channels, with the handler of those that were accepted. */
    private final Map<PlainChannel, Optional<ProtocolHandler>> channels = new ConcurrentHashMap<>();
    /** Shortest round trip seen, per peer that has a channel. */
    private final Map<NodeId, Long> rttMinNs = new ConcurrentHashMap<>();
    private volatile Settings settings;
    private volatile boolean closed;

    Endpoint(Settings settings, NodeIdentity identity, Peers peers, NodeClock clock, Function<String, Optional<ProtocolHandler>> handlers) {
        this.settings = settings;
        this.identity = identity;
        this.peers = peers;
        this.clock = clock;
        this.handlers = handlers;
        server = listen(settings);
        acceptor = Thread.ofPlatform().name(PlainTransport.PROVIDER_NAME + ".accept-1").daemon().unstarted(this::accept);
        acceptor.setContextClassLoader(null);
        acceptor.start();
    }

    private static ServerSocket listen(Settings settings) {
        try {
            var socket = new ServerSocket();
            try {
                socket.bind(new InetSocketAddress(settings.listenHost(), settings.listenPort()), BACKLOG);
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        } catch (IOException e) {
            throw new TransportException(Kind.UNAVAILABLE, "cannot listen on " + settings.listenHost() + " port " + settings.listenPort() + ": "
                    + e.getMessage() + "; choose another listen.port", e);
        }
    }

    void apply(Settings changed) {
        settings = changed;
    }

    int port() {
        return server.getLocalPort();
    }

    // ---- opening

    Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        Greeting.checkName(protocol);
        try {
            return connect(peer, protocol, handler, options.timeout());
        } catch (TransportException e) {
            counters.count("open.refused");
            throw e;
        } catch (SSLHandshakeException | CertificateException e) {
            counters.count("handshake.failed");
            throw new TransportException(Kind.REJECTED, "peer " + peer + " is not who it should be: " + e.getMessage());
        } catch (IOException e) {
            counters.count("open.failed");
            throw new TransportException(Kind.UNAVAILABLE, "peer " + peer + " cannot be reached within " + options.timeout().toMillis() + " ms: " + e.getMessage());
        }
    }

    private Channel connect(NodeId peer, String protocol, ChannelHandler handler, Duration timeout) throws IOException, CertificateException {
        var end = clock.nanoTime() + timeout.toNanos();
        checkRoom();
        var tcp = new Socket();
        Wire wire = null;
        try {
            tcp.connect(address(peer), (int) left(end).toMillis());
            tcp.setTcpNoDelay(true);
            tcp.setKeepAlive(true);
            wire = Wire.toServer(tcp, identity);
            guests.add(wire);
            wire.patience(left(end));
            var who = wire.handshake(identity);
            if (!who.equals(peer)) {
                throw new TransportException(Kind.REJECTED, "peer " + peer + " is not who it should be: its certificate names " + who);
            }
            var in = wire.in();
            var out = wire.out();
            var asked = clock.nanoTime();
            Greeting.ask(out, protocol);
            wire.patience(left(end));
            Greeting.answered(in);
            rttMinNs.merge(peer, Math.max(1, clock.nanoTime() - asked), Math::min);
            wire.patience(Duration.ZERO);
            var channel = new PlainChannel(peer, protocol, wire, in, out, settings.queueBytesMax(), this::forget);
            admit(channel, Optional.empty());
            channel.start(handler);
            return channel;
        } catch (IOException | CertificateException | RuntimeException e) {
            tcp.close();
            throw e;
        } finally {
            if (wire != null) {
                guests.remove(wire);
            }
        }
    }

    private Duration left(long end) throws IOException {
        var left = end - clock.nanoTime();
        if (left <= 0) {
            throw new IOException("time is over");
        }
        return Duration.ofNanos(left).plusMillis(1); // A socket takes 0 ms for no bound at all.
    }

    private InetSocketAddress address(NodeId peer) {
        if (peer.equals(peers.self())) {
            return server.getInetAddress().isAnyLocalAddress() ? new InetSocketAddress("127.0.0.1", port())
                    : new InetSocketAddress(server.getInetAddress(), port());
        }
        var info = peers.find(peer).filter(PeerInfo::online)
                .orElseThrow(() -> new TransportException(Kind.UNAVAILABLE, "peer " + peer + " is unknown or off line"));
        var port = info.provider(PlainTransport.PROVIDER_NAME).map(advert -> advert.port()).filter(number -> number > 0)
                .orElseThrow(() -> new TransportException(Kind.UNAVAILABLE, "peer " + peer + " has no " + PlainTransport.PROVIDER_NAME));
        return new InetSocketAddress(info.host(), port);
    }

    private void checkRoom() {
        if (closed) {
            throw new TransportException(Kind.UNAVAILABLE, PlainTransport.PROVIDER_NAME + " has stopped");
        }
        if (channels.size() >= settings.channelsMax()) {
            counters.count("channels.full");
            throw new TransportException(Kind.RETRY, channels.size() + " channels are open; close some, or raise channels.max " + settings.channelsMax());
        }
    }

    private void admit(PlainChannel channel, Optional<ProtocolHandler> handler) {
        channels.put(channel, handler);
        counters.opened();
        if (closed) { // It stopped meanwhile, and did not see this one.
            channels.remove(channel);
            throw new TransportException(Kind.UNAVAILABLE, PlainTransport.PROVIDER_NAME + " has stopped");
        }
    }

    private void forget(PlainChannel channel) {
        if (channels.remove(channel) != null) {
            counters.ended(channel.stats());
            if (channels.keySet().stream().noneMatch(other -> other.peer().equals(channel.peer()))) {
                rttMinNs.remove(channel.peer());
            }
        }
    }

    // ---- accepting

    private void accept() {
        while (!closed) {
            try {
                var tcp = server.accept();
                if (guests.size() >= settings.channelsMax()) {
                    counters.count("connections.full");
                    tcp.close();
                } else {
                    welcome(tcp);
                }
            } catch (IOException e) {
                if (!closed && !pause()) {
                    return;
                }
            }
        }
    }

    /** Out of file handles, most likely: it passes, and must not spin. */
    private boolean pause() {
        try {
            clock.sleep(ACCEPT_RETRY);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void welcome(Socket tcp) throws IOException {
        tcp.setTcpNoDelay(true);
        tcp.setKeepAlive(true);
        var wire = Wire.toClient(tcp, identity);
        guests.add(wire);
        if (closed) {
            wire.close();
        }
        var host = start("welcome", () -> receive(wire));
        start("guard", () -> guard(wire, host));
    }

    /** A guest that sends a byte now and then would pass every time-out of a single read. */
    private void guard(Wire wire, Thread host) {
        try {
            if (!host.join(settings.handshakeTimeout())) {
                wire.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void receive(Wire wire) {
        var kept = false;
        try {
            var peer = wire.handshake(identity);
            kept = serve(peer, wire);
        } catch (IOException | CertificateException | RuntimeException e) { // A guest can send anything.
            counters.count("handshake.failed");
            LOG.log(System.Logger.Level.DEBUG, "guest turned away", e);
        } finally {
            guests.remove(wire);
            if (!kept) {
                wire.close();
            }
        }
    }

    private boolean serve(NodeId peer, Wire wire) throws IOException {
        var in = wire.in();
        var out = wire.out();
        var protocol = Greeting.asked(in);
        var channel = new PlainChannel(peer, protocol, wire, in, out, settings.queueBytesMax(), this::forget);
        try {
            checkRoom();
            var handler = protocol.equals(Burst.PROTOCOL) ? Optional.<ProtocolHandler>of(Burst.ANSWER) : handlers.apply(protocol);
            var frames = handler.orElseThrow(() -> new TransportException(Kind.REJECTED, "peer has no protocol " + protocol)).accept(channel);
            admit(channel, handler); // Before the opener knows: from then on it may count on the end of a handler that leaves.
            answer(out, channel);
            channel.start(frames);
            return true;
        } catch (TransportException e) {
            counters.count("channel.refused");
            Greeting.no(out, e);
        } catch (IOException e) {
            throw e;
        } catch (RuntimeException e) {
            counters.count("channel.refused");
            Greeting.no(out, new TransportException(Kind.UNAVAILABLE, "handler of " + protocol + " failed: " + e));
        }
        return false;
    }

    private void answer(DataOutputStream out, PlainChannel channel) throws IOException {
        try {
            Greeting.yes(out);
        } catch (IOException e) {
            forget(channel);
            throw e;
        }
    }

    /** Ends the channels of a handler that leaves. */
    void dismiss(ProtocolHandler handler) {
        channels.forEach((channel, owner) -> {
            if (owner.filter(handler::equals).isPresent()) {
                channel.end(new TransportException(Kind.UNAVAILABLE, "handler of " + channel.protocol() + " has left"));
            }
        });
    }

    // ---- figures

    List<ChannelStats> channels() {
        return channels.keySet().stream().map(PlainChannel::stats).toList();
    }

    Optional<LinkStats> link(NodeId peer) {
        var lanes = (int) channels.keySet().stream().filter(channel -> channel.peer().equals(peer)).count();
        var rtt = rttMinNs.get(peer);
        return lanes == 0 || rtt == null ? Optional.empty() : Optional.of(new LinkStats(peer, rtt, rtt, 0, true, 0, lanes, "handshake"));
    }

    Optional<LinkStats> measure(NodeId peer, Duration duration) {
        return Optional.of(new Burst(this, clock).measure(peer, duration));
    }

    Optional<TransportStats> stats() {
        return Optional.of(counters.stats(channels()));
    }

    void probe() {
        open(peers.self(), Burst.PROTOCOL, (channel, frame) -> { }, OpenOptions.DEFAULT).close();
    }

    // ---- end

    private static Thread start(String role, Runnable work) {
        var thread = Thread.ofVirtual().name(PlainTransport.PROVIDER_NAME + "." + role).unstarted(work);
        thread.setContextClassLoader(null);
        thread.start();
        return thread;
    }

    @Override
    public void close() {
        closed = true;
        try {
            server.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "socket close failed", e);
        }
        acceptor.interrupt();
        guests.forEach(Wire::close);
        var ending = new HashMap<>(channels);
        ending.keySet().forEach(channel -> channel.end(new TransportException(Kind.UNAVAILABLE, PlainTransport.PROVIDER_NAME + " has stopped")));
        var end = clock.nanoTime() + STOP_TIMEOUT.toNanos();
        try {
            acceptor.join(STOP_TIMEOUT);
            for (var channel : ending.keySet()) {
                if (!channel.join(Duration.ofNanos(Math.max(1, end - clock.nanoTime())))) {
                    LOG.log(System.Logger.Level.WARNING, "channel survives stop peer=" + channel.peer() + " protocol=" + channel.protocol());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
