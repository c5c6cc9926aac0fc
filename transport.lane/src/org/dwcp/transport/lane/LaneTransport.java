// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.api.transport.TransportStats;
import org.dwcp.transport.whiteboard.Frames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transport over lanes: the whole of a provider but its configuration. It listens from its construction on; {@link #close} ends it within
 * 2 s. Thread-safe.
 */
public class LaneTransport implements Transport, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LaneTransport.class);
    /** Time for channels to end in order when the provider stops. Together with the loops' below 2 s. */
    private static final long STOP_CHANNELS_MS = 1_000;
    private static final long STOP_LOOPS_MS = 700;
    private static final long TICK_MS = 500;
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(4);

    private final NodeIdentity identity;
    private final Peers peers;
    private final NodeClock clock;
    private final Counters counters = new Counters();
    private final Tls tls;
    private final Sockets sockets;
    private final Doorman doorman;
    private final Connections connections;
    private final Set<LaneChannel> channels = ConcurrentHashMap.newKeySet();
    private final Map<LaneChannel, Growth> growing = new ConcurrentHashMap<>();
    private final Map<NodeId, LinkMeter> meters = new ConcurrentHashMap<>();
    private volatile LaneSettings settings;
    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * Starts listening.
     *
     * @param settings what it is built from
     * @param identity this node's key and certificates
     * @param peers    where peers are
     * @param clock    time
     * @param handlers finds the handler of a protocol
     * @throws TransportException of kind UNAVAILABLE when the port cannot be bound
     */
    @SuppressWarnings("this-escape") // what gets it asks only for what is set by then, and no subclass overrides that
    public LaneTransport(LaneSettings settings, NodeIdentity identity, Peers peers, NodeClock clock,
            Function<String, Optional<ProtocolHandler>> handlers) {
        this.settings = settings;
        this.identity = identity;
        this.peers = peers;
        this.clock = clock;
        doorman = new Doorman(this, protocol -> protocol.equals(Burst.PROTOCOL) ? Optional.of(Burst::counting) : handlers.apply(protocol));
        tls = Tls.of(identity, settings.tcp().natives());
        sockets = new Sockets(settings.provider(), settings.limits().threads(), settings.tcp());
        connections = new Connections(sockets, tls, counters, doorman, this::settings);
        try {
            connections.listen(settings.listen());
        } catch (TransportException e) {
            sockets.close(STOP_LOOPS_MS);
            tls.close();
            throw e;
        }
        sockets.loops().next().scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        LOG.info("transport started provider={} port={} traits={}", name(), port(), traits());
    }

    /**
     * Takes new settings. Open channels stay as they are; a new port is bound before the old one is given up.
     *
     * @param next the new settings; the provider's name, its threads and its natives stay what they were
     */
    public void apply(LaneSettings next) {
        Check.argument(next.provider().equals(name()), "provider %s cannot become %s", name(), next.provider());
        if (!next.listen().equals(settings.listen())) {
            connections.listen(next.listen());
        }
        settings = next;
    }

    /**
     * Closes the accepted channels of a handler that leaves.
     *
     * @param handler what was registered
     */
    public void dismiss(ProtocolHandler handler) {
        doorman.dismiss(handler);
    }

    /** A lane has joined a channel. */
    void joined(Lane lane) {
        counters.lanesTotal.increment();
        sockets.paceByModel(lane.socket(), clock, settings.tcp().pacingBps());
    }

    LaneSettings settings() {
        return settings;
    }

    String name() {
        return settings.provider();
    }

    Counters counters() {
        return counters;
    }

    // ---- opening

    @Override
    public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        return openLanes(peer, protocol, handler, options);
    }

    private LaneChannel openLanes(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        Frames.checkProtocol(protocol);
        if (Sockets.onLoop()) {
            throw new TransportException(Kind.REJECTED, "open blocks; do not call it from a transport's callback");
        }
        long deadlineNs = clock.nanoTime() + options.timeout().toNanos();
        checkTrusted(peer);
        var address = locate(peer);
        var path = new LanePolicy.Path(address.getAddress() != null && address.getAddress().isLoopbackAddress(), meter(peer).latest());
        var tuner = options.order() == OpenOptions.Order.ORDERED ? LanePolicy.fixed(1).begin(path) : settings.policy().begin(path);
        int count = tuner.first();
        var channel = newChannel(UUID.randomUUID(), peer, protocol, count);
        channel.handler(handler);
        var growth = new Growth(tuner, clock.nanoTime());
        growing.put(channel, growth);
        for (int index = 0; index < count; index++) {
            connect(channel, growth, address, new Wire.Hello(name(), Wire.Purpose.OPEN, channel.id(), index, options.order(), protocol),
                    deadlineNs - clock.nanoTime(), channel::fail);
        }
        channel.awaitOpen(Duration.ofNanos(Math.max(0, deadlineNs - clock.nanoTime())));
        return channel;
    }

    private void connect(LaneChannel channel, Growth growth, InetSocketAddress address, Wire.Hello hello, long timeoutNs,
            Consumer<TransportException> onFailure) {
        long startNs = clock.nanoTime();
        growth.begins();
        Consumer<TransportException> failed = why -> {
            growth.settles();
            onFailure.accept(why);
        };
        var connecting = connections.connect(address, Math.max(1, timeoutNs / 1_000_000), new Opener(channel, hello, growth::settles, failed));
        channel.whenGone(() -> connecting.channel().close());
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                meter(channel.peer()).connected(clock.nanoTime() - startNs);
            } else {
                failed.accept(new TransportException(Kind.UNAVAILABLE, "no connection to " + address + ": "
                        + Troubles.explain(done.cause()).getMessage()));
            }
        });
    }

    private InetSocketAddress locate(NodeId peer) {
        if (peer.equals(identity.id())) {
            return connections.ownAddress();
        }
        PeerInfo info = peers.find(peer).orElseThrow(() -> new TransportException(Kind.UNAVAILABLE, "peer " + peer + " is not known; add it first"));
        if (!info.online()) {
            throw new TransportException(Kind.UNAVAILABLE, "peer " + peer + " is off line: " + info.problem());
        }
        int port = info.provider(name()).map(ProviderAdvert::port).orElse(0);
        if (port == 0) {
            throw new TransportException(Kind.UNAVAILABLE, "peer " + peer + " has no " + name() + " that accepts");
        }
        var address = new InetSocketAddress(info.host(), port);
        if (address.isUnresolved()) {
            throw new TransportException(Kind.UNAVAILABLE, "host name " + info.host() + " of peer " + peer + " is unknown");
        }
        return address;
    }

    /** Makes and counts a channel, either way. */
    LaneChannel newChannel(UUID id, NodeId peer, String protocol, int lanesWanted) {
        if (stopped.get()) {
            throw new TransportException(Kind.UNAVAILABLE, name() + " of " + identity.id() + " is stopped");
        }
        int max = settings.limits().channelsMax();
        if (channels.size() >= max) {
            throw new TransportException(Kind.RETRY, name() + " of " + identity.id() + " has " + max + " channels; close some or raise channels.max");
        }
        var channel = new LaneChannel(this, id, peer, protocol, lanesWanted);
        channels.add(channel);
        counters.channelsTotal.increment();
        return channel;
    }

    void forget(LaneChannel channel) {
        channels.remove(channel);
        growing.remove(channel);
        doorman.forget(channel);
    }

    /** Refuses a peer's lane that has no business here. */
    void checkGuest(NodeId peer, Wire.Hello hello) {
        if (!hello.provider().equals(name())) {
            throw new TransportException(Kind.REJECTED, "this is " + name() + ", not " + hello.provider());
        }
        Frames.checkProtocol(hello.protocol());
        checkTrusted(peer);
    }

    private void checkTrusted(NodeId peer) {
        var trusted = settings.trusted();
        if (!trusted.isEmpty() && !trusted.contains(peer) && !peer.equals(identity.id())) {
            throw new TransportException(Kind.REJECTED, name() + " of " + identity.id() + " does not trust " + peer + "; see trusted.peers");
        }
    }

    // ---- looking after what is open

    private void tick() {
        try {
            var byPeer = lanesByPeer();
            long nowNs = clock.nanoTime();
            byPeer.forEach((peer, lanes) -> meter(peer).sample(lanes, nowNs, sockets.knowsTcpInfo()));
            if (meters.size() > Peers.PEERS_MAX) {
                meters.keySet().retainAll(byPeer.keySet());
            }
            growing.forEach((channel, growth) -> {
                int more = channel.isOpen() ? growth.lanesToAdd(channel.lanes().length, channel.bytesMoved(), nowNs) : 0;
                if (more > 0) {
                    addLanes(channel, growth, more);
                }
            });
        } catch (RuntimeException e) {
            LOG.warn("tick failed provider={}", name(), e);
        }
    }

    private void addLanes(LaneChannel channel, Growth growth, int more) {
        try {
            var address = locate(channel.peer());
            for (int index = 0; index < more; index++) {
                var hello = new Wire.Hello(name(), Wire.Purpose.JOIN, channel.id(), channel.lanes().length + index, OpenOptions.Order.UNORDERED,
                        channel.protocol());
                connect(channel, growth, address, hello, settings.limits().handshakeTimeout().toNanos(),
                        why -> LOG.debug("lane not added peer={} reason=\"{}\"", channel.peer(), why.getMessage()));
            }
        } catch (TransportException e) {
            LOG.debug("lanes not added peer={} reason=\"{}\"", channel.peer(), e.getMessage());
        }
    }

    private Map<NodeId, List<Lane>> lanesByPeer() {
        var byPeer = new TreeMap<NodeId, List<Lane>>();
        for (var channel : channels) {
            byPeer.computeIfAbsent(channel.peer(), peer -> new ArrayList<>()).addAll(List.of(channel.lanes()));
        }
        return byPeer;
    }

    private LinkMeter meter(NodeId peer) {
        return meters.computeIfAbsent(peer, LinkMeter::new);
    }

    // ---- figures

    @Override
    public int port() {
        return connections.port();
    }

    @Override
    public Optional<LinkStats> link(NodeId peer) {
        var lanes = lanesByPeer().getOrDefault(peer, List.of());
        if (lanes.isEmpty()) {
            return Optional.empty();
        }
        var meter = meter(peer);
        meter.sample(lanes, clock.nanoTime(), sockets.knowsTcpInfo());
        return meter.latest();
    }

    @Override
    public Optional<LinkStats> measure(NodeId peer, Duration duration) {
        long deadlineNs = clock.nanoTime() + duration.toNanos();
        var burst = new Burst(clock, duration.toNanos());
        var channel = openLanes(peer, Burst.PROTOCOL, burst, new OpenOptions(OpenOptions.Order.UNORDERED, duration));
        try {
            burst.run(channel, Duration.ofNanos((deadlineNs - clock.nanoTime()) / 4 * 3)); // the rest is for what is queued
            return link(peer).map(burst::result);
        } finally {
            channel.end(Optional.empty(), Optional.empty());
            channel.awaitGone(Math.max(0, (deadlineNs - clock.nanoTime()) / 1_000_000));
        }
    }

    @Override
    public List<ChannelStats> channels() {
        return channels.stream().filter(LaneChannel::isOpen).map(LaneChannel::stats).toList();
    }

    @Override
    public Optional<TransportStats> stats() {
        int lanes = channels.stream().mapToInt(channel -> channel.stats().lanes()).sum();
        return Optional.of(new TransportStats(name(), channels().size(), counters.channelsTotal.sum(), lanes, counters.lanesTotal.sum(),
                counters.traffic.framesSent.sum(), counters.traffic.bytesSent.sum(), counters.traffic.framesReceived.sum(),
                counters.traffic.bytesReceived.sum(), counters.errors(), traits()));
    }

    private Map<String, String> traits() {
        var traits = new TreeMap<>(sockets.traits());
        traits.put("tls", tls.library());
        traits.putAll(settings.traits());
        return traits;
    }

    /**
     * Tells how much memory buffers hold now.
     *
     * @return bytes; 0 when no frame is under way
     */
    public long memoryHeldBytes() {
        return sockets.memoryHeldBytes();
    }

    @Override
    public void probe() {
        open(identity.id(), Burst.PROTOCOL, (channel, frame) -> { }, new OpenOptions(OpenOptions.Order.ORDERED, PROBE_TIMEOUT)).close();
    }

    // ---- the end

    @Override
    public void close() {
        if (stopped.getAndSet(true)) {
            return;
        }
        long deadlineNs = clock.nanoTime() + STOP_CHANNELS_MS * 1_000_000;
        connections.stopListening();
        var reason = Optional.of(new TransportException(Kind.UNAVAILABLE, name() + " of " + identity.id() + " stops"));
        var open = List.copyOf(channels);
        open.forEach(channel -> channel.end(reason, reason));
        open.forEach(channel -> channel.awaitGone(Math.max(0, (deadlineNs - clock.nanoTime()) / 1_000_000)));
        List.copyOf(channels).forEach(LaneChannel::abandon);
        for (var survivor : sockets.close(STOP_LOOPS_MS)) {
            var stuck = new IllegalStateException("where it is");
            stuck.setStackTrace(survivor.getStackTrace());
            LOG.warn("thread outlives its transport provider={} thread={}", name(), survivor.getName(), stuck);
        }
        tls.close();
        LOG.info("transport stopped provider={} memory.held.bytes={}", name(), memoryHeldBytes());
    }
}
