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
import org.dwcp.transport.lane.Counters.Trouble;
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
    private final Way tlsWay = Way.tls(counters);
    private final List<Fabric> fabrics;
    private final Shortcuts shortcuts;
    private final Openings openings;
    private final Tls tls;
    private final Sockets sockets;
    private final Steering steering;
    private final Doorman doorman;
    private final Connections connections;
    private final Set<LaneChannel> channels = ConcurrentHashMap.newKeySet();
    private final Map<LaneChannel, Growth> growing = new ConcurrentHashMap<>();
    private final Map<NodeId, LinkMeter> meters = new ConcurrentHashMap<>();
    private final Budget budget;
    private volatile LaneSettings settings;
    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * Starts listening, with TLS for all.
     *
     * @param settings what it is built from
     * @param identity this node's key and certificates
     * @param peers    where peers are
     * @param clock    time
     * @param handlers finds the handler of a protocol
     * @throws TransportException of kind UNAVAILABLE when the port cannot be bound
     */
    public LaneTransport(LaneSettings settings, NodeIdentity identity, Peers peers, NodeClock clock,
            Function<String, Optional<ProtocolHandler>> handlers) {
        this(settings, identity, peers, clock, handlers, List.of());
    }

    /**
     * Starts listening.
     *
     * @param settings what it is built from
     * @param identity this node's key and certificates
     * @param peers    where peers are
     * @param clock    time
     * @param handlers finds the handler of a protocol
     * @param fabrics  ways without TLS for peers that they trust, the best first; closed with it
     * @throws TransportException of kind UNAVAILABLE when the port cannot be bound
     */
    @SuppressWarnings("this-escape") // what gets it asks only for what is set by then, and no subclass overrides that
    public LaneTransport(LaneSettings settings, NodeIdentity identity, Peers peers, NodeClock clock,
            Function<String, Optional<ProtocolHandler>> handlers, List<Fabric> fabrics) {
        this.settings = settings;
        this.fabrics = List.copyOf(fabrics);
        budget = new Budget(settings.limits().nodeBytesMax(), settings.limits().peerBytesMax());
        this.identity = identity;
        this.peers = peers;
        this.clock = clock;
        doorman = new Doorman(this, protocol -> builtIn(protocol).or(() -> handlers.apply(protocol)));
        tls = Tls.of(identity, settings.tcp().natives());
        sockets = new Sockets(settings.provider(), settings.limits().threads(), settings.tcp());
        steering = new Steering(sockets);
        var tickets = new Tickets(clock);
        connections = new Connections(sockets, tls, tlsWay, tickets, counters, doorman, this::settings);
        shortcuts = new Shortcuts(fabrics, tickets, connections, counters, clock);
        openings = new Openings(this, new Openings.Node(identity.id(), peers, clock), connections, shortcuts, tlsWay);
        try {
            connections.listen(settings.listen());
        } catch (TransportException e) {
            fabrics.forEach(fabric -> fabric.close(STOP_LOOPS_MS));
            sockets.close(clock, STOP_LOOPS_MS);
            tls.close();
            throw e;
        }
        shortcuts.look(this::brokenFabric);
        sockets.loops().next().scheduleAtFixedRate(() -> steering.steer(channels, this.settings, clock.nanoTime()), Steering.INTERVAL_MS,
                Steering.INTERVAL_MS, TimeUnit.MILLISECONDS);
        sockets.loops().next().scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        LOG.info("transport started provider={} port={} traits={}", name(), port(), traits());
    }

    private Optional<ProtocolHandler> builtIn(String protocol) {
        return switch (protocol) {
            case Burst.PROTOCOL -> Optional.of(opened -> Burst.counting(clock));
            case Shortcuts.PROTOCOL -> Optional.of(shortcuts::office);
            default -> Optional.empty();
        };
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
        budget.apply(next.limits().nodeBytesMax(), next.limits().peerBytesMax());
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
        lane.way().lanesTotal().increment();
        if (lane.way().isTcp()) {
            lane.window(sockets, settings.policy().laneWindowBytes());
            steering.join(lane, settings.tcp());
            sockets.paceByModel(lane.socket(), clock, settings.tcp().pacingBps());
        }
    }

    /** A channel has lost one of its lanes and goes on; who opened it connects another. */
    void lost(LaneChannel channel) {
        counters.count(Trouble.LANE_LOST);
        var growth = growing.get(channel);
        if (growth != null) {
            growth.lost();
        }
    }

    /** A channel over a fabric has lost a lane. */
    void broke(LaneChannel channel, TransportException why) {
        if (channel.way().fabric().isPresent()) {
            counters.count(Trouble.SHORTCUT_FAILED);
            shortcuts.bar(channel.peer(), channel.way(), why.getMessage());
        }
    }

    /** A fabric does not work any more: what runs on it is broken, whether its library has noticed or not. */
    private void brokenFabric(Way way, String why) {
        var cause = new TransportException(Kind.UNAVAILABLE, way.name() + " cannot be used any more: " + why);
        channels.stream().filter(channel -> channel.way() == way).forEach(channel -> {
            if (channel.isOpen()) {
                broke(channel, cause);
            }
            channel.fail(cause);
        });
    }

    /** What all channels may hold. */
    Budget budget() {
        return budget;
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

    long nowNs() {
        return clock.nanoTime();
    }

    // ---- opening

    @Override
    public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        return openings.open(peer, protocol, handler, options);
    }

    /** Makes and counts a channel, either way. */
    LaneChannel newChannel(UUID id, NodeId peer, String protocol, Way way, int lanesWanted) {
        if (stopped.get()) {
            throw new TransportException(Kind.UNAVAILABLE, name() + " of " + identity.id() + " is stopped");
        }
        int max = settings.limits().channelsMax();
        if (channels.size() >= max) {
            throw new TransportException(Kind.RETRY, name() + " of " + identity.id() + " has " + max + " channels; close some or raise channels.max");
        }
        var channel = new LaneChannel(this, id, peer, protocol, way, lanesWanted);
        channels.add(channel);
        counters.channelsTotal.increment();
        return channel;
    }

    /** Looks now and then whether a channel should have more lanes. */
    void grow(LaneChannel channel, Growth growth) {
        growing.put(channel, growth);
    }

    void forget(LaneChannel channel) {
        if (channels.remove(channel)) {
            budget.leave(channel.peer());
        }
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

    void checkTrusted(NodeId peer) {
        var trusted = settings.trusted();
        if (!trusted.isEmpty() && !trusted.contains(peer) && !peer.equals(identity.id())) {
            throw new TransportException(Kind.REJECTED, name() + " of " + identity.id() + " does not trust " + peer + "; see trusted.peers");
        }
    }

    // ---- looking after what is open

    private void tick() {
        try {
            shortcuts.look(this::brokenFabric);
            var byPeer = lanesByPeer();
            long nowNs = clock.nanoTime();
            byPeer.forEach((peer, lanes) -> meter(peer).sample(lanes, nowNs, sockets.knowsTcpInfo()));
            if (meters.size() > Peers.PEERS_MAX) {
                meters.keySet().retainAll(byPeer.keySet());
            }
            growing.forEach((channel, growth) -> {
                if (channel.isOpen()) {
                    openings.replaceLanes(channel, growth);
                    growth.plan(channel, nowNs).ifPresent(plan -> follow(channel, growth, plan));
                }
            });
        } catch (RuntimeException e) {
            LOG.warn("tick failed provider={}", name(), e);
        }
    }

    private void follow(LaneChannel channel, Growth growth, LanePolicy.Plan plan) {
        channel.activeLanes(plan.lanes());
        int missing = plan.lanes() - channel.lanes().length;
        if (missing > 0) {
            openings.addLanes(channel, growth, missing);
        }
        for (var lane : channel.lanes()) {
            lane.window(sockets, plan.laneWindowBytes());
        }
    }

    private Map<NodeId, List<Lane>> lanesByPeer() {
        var byPeer = new TreeMap<NodeId, List<Lane>>();
        for (var channel : channels) {
            if (!channel.way().isTcp() || channel.protocol().equals(Burst.PROTOCOL)) {
                continue; // of other lanes the kernel knows nothing; a burst's slow start would pass for the link's rate
            }
            byPeer.computeIfAbsent(channel.peer(), peer -> new ArrayList<>()).addAll(List.of(channel.lanes()));
        }
        return byPeer;
    }

    LinkMeter meter(NodeId peer) {
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
        long beganNs = clock.nanoTime();
        long deadlineNs = beganNs + duration.toNanos();
        var burst = new Burst(clock);
        var channel = openings.overTls(peer, Burst.PROTOCOL, burst, new OpenOptions(OpenOptions.Order.UNORDERED, duration),
                path -> LanePolicy.fixed(path.loopback() ? Burst.LANES_LOOPBACK : Burst.LANES));
        try {
            channel.keepSecret(); // what is still queued at its end is thrown away, and nobody misses it
            int lanes = channel.lanes().length;
            burst.run(channel, clock.nanoTime() - beganNs, deadlineNs);
            LOG.debug("link measured peer={} provider={} bps={} lanes={} cost=\"{}\"", peer, name(), burst.bps(), lanes, burst.cost());
            var meter = sockets.knowsTcpInfo() ? new LinkMeter(peer) : meter(peer);
            meter.sample(List.of(channel.lanes()), clock.nanoTime(), sockets.knowsTcpInfo());
            return meter.latest().map(told -> burst.result(peer, told, lanes)).filter(found -> found.deliveryBps() > 0);
        } finally {
            channel.abandon();
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
        shortcuts.traits(traits, way -> channels.stream().filter(channel -> channel.way() == way).mapToInt(channel -> channel.stats().lanes()).sum());
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
        shortcuts.stop();
        var reason = Optional.of(new TransportException(Kind.UNAVAILABLE, name() + " of " + identity.id() + " stops"));
        var open = List.copyOf(channels);
        open.forEach(channel -> channel.end(reason, reason));
        open.forEach(channel -> channel.awaitGone(Math.max(0, (deadlineNs - clock.nanoTime()) / 1_000_000)));
        List.copyOf(channels).forEach(LaneChannel::abandon);
        var survivors = new ArrayList<>(sockets.close(clock, STOP_LOOPS_MS));
        fabrics.forEach(fabric -> survivors.addAll(fabric.close(Math.max(100, (deadlineNs - clock.nanoTime()) / 1_000_000 + STOP_LOOPS_MS))));
        for (var survivor : survivors) {
            var stuck = new IllegalStateException("where it is");
            stuck.setStackTrace(survivor.getStackTrace());
            LOG.warn("thread outlives its transport provider={} thread={}", name(), survivor.getName(), stuck);
        }
        tls.close();
        LOG.info("transport stopped provider={} memory.held.bytes={}", name(), memoryHeldBytes());
    }
}
