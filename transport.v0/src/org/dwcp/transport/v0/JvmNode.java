// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v0;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.api.transport.TransportStats;
import org.dwcp.transport.whiteboard.Frames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's place in the JVM's {@link Exchange}: the whole of the provider but its configuration. A peer of the same cluster in the same JVM is
 * authentic by being there; there is no wire that TLS could protect. Thread-safe.
 */
public class JvmNode implements Transport, AutoCloseable {
    static final String PROVIDER = "transport.v0";
    private static final Logger LOG = LoggerFactory.getLogger(JvmNode.class);
    private static final String PROBE = "dwcp.probe";

    private final NodeIdentity identity;
    private final NodeClock clock;
    private final Function<String, Optional<ProtocolHandler>> handlers;
    private final Function<Map<String, Object>, Map<String, Object>> acceptor = this::accept;
    private final Map<JvmChannel, Optional<ProtocolHandler>> channels = new ConcurrentHashMap<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger numbers = new AtomicInteger();
    private final LongAdder channelsTotal = new LongAdder();
    private final LongAdder framesSent = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder framesReceived = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();
    private final Map<String, LongAdder> troubles = new ConcurrentHashMap<>();
    private volatile int channelsMax;

    /**
     * Enters the exchange.
     *
     * @param channelsMax most open channels, both ways
     * @param identity    this node's name and cluster
     * @param clock       time
     * @param handlers    finds the handler of a protocol
     */
    public JvmNode(int channelsMax, NodeIdentity identity, NodeClock clock, Function<String, Optional<ProtocolHandler>> handlers) {
        this.channelsMax = channelsMax;
        this.identity = identity;
        this.clock = clock;
        this.handlers = handlers;
        Exchange.enter(address(identity.id()), acceptor);
    }

    private String address(NodeId node) {
        return identity.cluster() + "/" + node;
    }

    NodeClock clock() {
        return clock;
    }

    void limit(int channels) {
        channelsMax = channels;
    }

    // ---- opening

    @Override
    public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        Frames.checkProtocol(protocol);
        requireRunning();
        var other = Exchange.find(address(peer))
                .orElseThrow(() -> new TransportException(Kind.UNAVAILABLE, "peer " + peer + " is not in this JVM; " + PROVIDER + " reaches no other"));
        var up = new Pipe();
        var down = new Pipe();
        var channel = new JvmChannel(this, peer, protocol, down, up);
        add(channel, Optional.empty());
        var refusal = other.apply(Map.of("from", identity.id().value(), "protocol", protocol,
                "frames.in", up.frames(), "room.in", up.room(), "frames.out", down.frames(), "room.out", down.room()));
        if (!refusal.isEmpty()) {
            channels.remove(channel);
            troubled("open.failed");
            throw new TransportException(Kind.valueOf((String) refusal.get("kind")),
                    "cannot open " + protocol + " to " + peer + ": " + refusal.get("message"));
        }
        channel.start(handler, numbers.getAndIncrement());
        endIfStopped(channel);
        return channel;
    }

    /** Answers a peer, on its thread: empty accepts. */
    @SuppressWarnings("unchecked")
    private Map<String, Object> accept(Map<String, Object> request) {
        try {
            requireRunning();
            var protocol = (String) request.get("protocol");
            var handler = protocol.equals(PROBE) ? (ProtocolHandler) opened -> (from, frame) -> { }
                    : handlers.apply(protocol).orElseThrow(() -> new TransportException(Kind.REJECTED, "no handler for protocol " + protocol));
            var channel = new JvmChannel(this, NodeId.of((String) request.get("from")), protocol,
                    new Pipe((BlockingQueue<Object>) request.get("frames.in"), (Semaphore) request.get("room.in")),
                    new Pipe((BlockingQueue<Object>) request.get("frames.out"), (Semaphore) request.get("room.out")));
            add(channel, Optional.of(handler));
            try {
                channel.start(handler.accept(channel), numbers.getAndIncrement());
            } catch (RuntimeException e) {
                channels.remove(channel);
                throw e;
            }
            endIfStopped(channel);
            return Map.of();
        } catch (DwcpException e) {
            troubled("open.refused");
            return Map.of("kind", e.kind().name(), "message", e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("handler failed at accept request={} provider={}", request.get("protocol"), PROVIDER, e);
            troubled("handler.failed");
            return Map.of("kind", Kind.UNAVAILABLE.name(), "message", "handler of " + request.get("protocol") + " failed");
        }
    }

    private void add(JvmChannel channel, Optional<ProtocolHandler> handler) {
        if (channels.size() >= channelsMax) {
            throw new TransportException(Kind.RETRY,
                    PROVIDER + " of " + identity.id() + " has " + channelsMax + " channels; close some or raise channels.max");
        }
        channels.put(channel, handler);
        channelsTotal.increment();
    }

    private void requireRunning() {
        if (stopped.get()) {
            throw stops();
        }
    }

    private TransportException stops() {
        return new TransportException(Kind.UNAVAILABLE, PROVIDER + " of " + identity.id() + " stops");
    }

    /** A channel that was made while the provider stopped was missed by {@link #close}. */
    private void endIfStopped(JvmChannel channel) {
        if (stopped.get()) {
            channel.end(stops(), stops());
        }
    }

    /**
     * Closes the accepted channels of a handler that leaves.
     *
     * @param handler what was registered
     */
    public void dismiss(ProtocolHandler handler) {
        channels.forEach((channel, owner) -> {
            if (owner.filter(registered -> registered == handler).isPresent()) {
                var why = new TransportException(Kind.UNAVAILABLE, "protocol " + channel.protocol() + " was taken away");
                channel.end(why, why);
            }
        });
    }

    // ---- figures

    void sent(int bytes) {
        framesSent.increment();
        bytesSent.add(bytes);
    }

    void received(int bytes) {
        framesReceived.increment();
        bytesReceived.add(bytes);
    }

    void troubled(String name) {
        troubles.computeIfAbsent(name, key -> new LongAdder()).increment();
    }

    void forget(JvmChannel channel) {
        channels.remove(channel);
    }

    @Override
    public List<ChannelStats> channels() {
        return channels.keySet().stream().filter(JvmChannel::isOpen).map(JvmChannel::stats).toList();
    }

    @Override
    public Optional<TransportStats> stats() {
        int open = channels().size();
        var errors = troubles.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().sum()));
        return Optional.of(new TransportStats(PROVIDER, open, channelsTotal.sum(), open, channelsTotal.sum(), framesSent.sum(), bytesSent.sum(),
                framesReceived.sum(), bytesReceived.sum(), errors, Map.of("io", "memory", "tls", "none, one JVM")));
    }

    @Override
    public void probe() {
        open(identity.id(), PROBE, (channel, frame) -> { }, OpenOptions.DEFAULT).close();
    }

    // ---- the end

    @Override
    public void close() {
        if (stopped.getAndSet(true)) {
            return;
        }
        Exchange.leave(address(identity.id()), acceptor);
        var open = Set.copyOf(channels.keySet());
        open.forEach(channel -> channel.end(stops(), stops()));
        open.forEach(JvmChannel::awaitGone);
        Set.copyOf(channels.keySet()).forEach(JvmChannel::interrupt);
    }
}
