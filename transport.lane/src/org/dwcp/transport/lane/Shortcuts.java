// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.net.InetSocketAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.Counters.Trouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the way for a new channel: the first fabric that works here, that both ends have on and whose peers trust each other, else TLS. Whether
 * the peer takes part is asked over a channel of its own with TLS, {@link #PROTOCOL}; its answer is a ticket and the port. A fabric that
 * fails with a peer, at opening or later, is left alone with that peer for a while. Thread-safe.
 */
final class Shortcuts {
    static final String PROTOCOL = "dwcp.ticket";
    /** Longest time for one fabric to open, and half of the time there is at most: TLS comes after it. Source: chosen. */
    private static final long TRY_NS = Duration.ofSeconds(30).toNanos();
    private static final int VERSION = 1;
    private static final int TEXT_BYTES_MAX = 255;
    private static final Logger LOG = LoggerFactory.getLogger(Shortcuts.class);

    private final Connections connections;
    private final Counters counters;
    private final NodeClock clock;
    private final List<Way> ways;
    private final Tickets tickets;
    private volatile boolean stopped;
    private final Map<Barred, Long> barred = new ConcurrentHashMap<>();

    private record Barred(NodeId peer, Way way) {
    }

    /** What the peer gave for one channel. */
    record Pass(Way way, Ticket ticket, InetSocketAddress address, int lanes) {
    }

    /** Opens channels; the transport. */
    interface Opener {
        /** Asks over TLS. */
        LaneChannel ask(ChannelHandler handler, OpenOptions options);

        /** Opens the channel with a pass. */
        LaneChannel open(Pass pass, long deadlineNs);
    }

    /** The peer's handler or its limits refused the channel itself, so another way would not help. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient TransportException why;

        Refused(TransportException why) {
            super(why.getMessage(), why, false, false);
            this.why = why;
        }
    }

    Shortcuts(List<Fabric> fabrics, Tickets tickets, Connections connections, Counters counters, NodeClock clock) {
        ways = fabrics.stream().map(fabric -> Way.over(fabric, counters)).toList();
        this.tickets = tickets;
        this.connections = connections;
        this.counters = counters;
        this.clock = clock;
    }

    boolean isEmpty() {
        return ways.isEmpty();
    }

    /** Looks which fabrics can be used now: accepts on those, tells of those that cannot any more. Called now and then, by one thread. */
    void look(BiConsumer<Way, String> broken) {
        connections.share(ways.stream().filter(Way::isTcp).toList());
        for (var way : ways) {
            var fabric = way.fabric().orElseThrow();
            var problem = fabric.problem();
            problem.ifPresent(why -> {
                connections.stopListening(way);
                broken.accept(way, why);
            });
            if (problem.isEmpty() && !stopped && !way.isTcp() && !connections.listens(way)) {
                connections.listen(way, fabric.kit());
            }
        }
    }

    /** Accepts no more. */
    void stop() {
        stopped = true;
        ways.forEach(connections::stopListening);
    }

    /** Adds how each works and what went over it. */
    void traits(Map<String, String> traits, ToIntFunction<Way> lanesOpen) {
        for (var way : ways) {
            var fabric = way.fabric().orElseThrow();
            traits.putAll(fabric.traits());
            if (fabric.problem().isEmpty()) {
                traits.put(way.name() + ".port", String.valueOf(connections.port(way)));
                traits.put(way.name() + ".lanes", lanesOpen.applyAsInt(way) + " open, " + way.lanesTotal().sum() + " in all");
                traits.put(way.name() + ".bytes", way.traffic().bytesSent.sum() + " sent, " + way.traffic().bytesReceived.sum() + " received");
                traits.put(way.name() + ".peers.barred", String.valueOf(barredCount(way)));
            }
        }
    }

    // ---- the end that opens

    /** Opens over the first fabric that does; empty when TLS has to. */
    Optional<LaneChannel> open(NodeId peer, InetSocketAddress address, int lanes, long deadlineNs, Opener opener) {
        for (var way : ways) {
            var fabric = way.fabric().orElseThrow();
            if (fabric.problem().isPresent() || !fabric.trusts(peer) || isBarred(peer, way)) {
                continue;
            }
            long untilNs = clock.nanoTime() + Math.min(TRY_NS, (deadlineNs - clock.nanoTime()) / 2);
            try {
                return Optional.of(opener.open(ask(way, address, fabric.lanes(lanes), untilNs, opener), untilNs));
            } catch (Refused e) {
                throw e.why;
            } catch (TransportException e) {
                counters.count(Trouble.SHORTCUT_FAILED);
                bar(peer, way, e.getMessage());
            }
        }
        return Optional.empty();
    }

    private boolean isBarred(NodeId peer, Way way) {
        Long endNs = barred.get(new Barred(peer, way));
        return endNs != null && endNs - clock.nanoTime() > 0;
    }

    /** Leaves a fabric alone with a peer for a while. */
    void bar(NodeId peer, Way way, String why) {
        way.fabric().ifPresent(fabric -> {
            barred.values().removeIf(endNs -> endNs - clock.nanoTime() <= 0);
            boolean news = barred.put(new Barred(peer, way), clock.nanoTime() + fabric.barred().toNanos()) == null;
            if (news) {
                LOG.info("lanes go another way peer={} barred={} for.ms={} reason=\"{}\"", peer, way.name(), fabric.barred().toMillis(), why);
            }
        });
    }

    /** Peers barred now, for the traits. */
    long barredCount(Way way) {
        long nowNs = clock.nanoTime();
        return barred.entrySet().stream().filter(entry -> entry.getKey().way.equals(way) && entry.getValue() - nowNs > 0).count();
    }

    private Pass ask(Way way, InetSocketAddress address, int lanes, long untilNs, Opener opener) {
        var answer = new CompletableFuture<ByteBuffer>();
        var options = new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofNanos(Math.max(1_000_000, untilNs - clock.nanoTime())));
        var channel = opener.ask(new ChannelHandler() {
            @Override
            public void onFrame(Channel from, ByteBuffer frame) {
                answer.complete(ByteBuffer.allocate(frame.remaining()).put(frame).flip());
            }

            @Override
            public void onClosed(Channel closed, Optional<TransportException> cause) {
                answer.completeExceptionally(cause.orElseGet(() -> new TransportException(Kind.UNAVAILABLE, "no answer")));
            }
        }, options);
        try {
            channel.send(putText(ByteBuffer.allocate(4 + TEXT_BYTES_MAX).put((byte) VERSION).putShort((short) lanes), way.name()).flip());
            return granted(way, channel.peer(), address, lanes, answer.get(Math.max(1, untilNs - clock.nanoTime()), TimeUnit.NANOSECONDS));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof TransportException known ? known : new TransportException(Kind.UNAVAILABLE, e.getCause().toString());
        } catch (TimeoutException e) {
            throw new TransportException(Kind.UNAVAILABLE, "no ticket for " + way.name() + " in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException(Kind.UNAVAILABLE, "interrupted");
        } finally {
            channel.end(Optional.empty(), Optional.empty());
        }
    }

    private static Pass granted(Way way, NodeId peer, InetSocketAddress address, int lanes, ByteBuffer answer) {
        try {
            if (answer.get() != 1) {
                throw new TransportException(Kind.UNAVAILABLE, "the peer does not take " + way.name() + ": " + text(answer));
            }
            var id = new byte[Ticket.ID_BYTES];
            var key = new byte[Ticket.KEY_BYTES];
            answer.get(id).get(key);
            int port = Short.toUnsignedInt(answer.getShort());
            var host = text(answer);
            var where = host.isEmpty() ? new InetSocketAddress(address.getAddress(), port) : new InetSocketAddress(host, port);
            if (where.isUnresolved()) {
                throw new TransportException(Kind.UNAVAILABLE, "host name " + host + " of the peer's " + way.name() + " is unknown");
            }
            return new Pass(way, new Ticket(ByteBuffer.wrap(id), key, peer), where, lanes);
        } catch (BufferUnderflowException e) {
            throw new TransportException(Kind.UNAVAILABLE, "malformed answer about " + way.name());
        }
    }

    // ---- the end that accepts

    /** Answers who asks for a ticket. */
    ChannelHandler office(Channel opened) {
        return (channel, frame) -> channel.trySend(answer(channel.peer(), frame));
    }

    private ByteBuffer answer(NodeId peer, ByteBuffer question) {
        try {
            int version = question.get();
            int lanes = Short.toUnsignedInt(question.getShort());
            var name = text(question);
            if (version != VERSION || lanes < 1 || lanes > LanePolicy.LANES_MAX) {
                return no("version " + version + " or " + lanes + " lanes are not known here");
            }
            var way = ways.stream().filter(known -> known.name().equals(name)).findAny();
            if (way.isEmpty()) {
                return no("this node has no " + name);
            }
            var fabric = way.get().fabric().orElseThrow();
            var problem = fabric.problem();
            int port = problem.isPresent() ? 0 : connections.port(way.get());
            if (problem.isPresent() || port == 0) {
                return no(problem.orElse("it does not listen yet"));
            }
            if (!fabric.trusts(peer)) {
                return no("this node does not trust " + peer + " with data in clear; see trusted.peers");
            }
            if (isBarred(peer, way.get())) {
                return no("it broke a moment ago");
            }
            var ticket = tickets.issue(peer, name, lanes, TRY_NS);
            return putText(ByteBuffer.allocate(64 + TEXT_BYTES_MAX).put((byte) 1).put(ticket.id().duplicate()).put(ticket.key()).putShort((short) port),
                    fabric.host()).flip();
        } catch (BufferUnderflowException e) {
            return no("malformed question");
        } catch (TransportException e) {
            return no(e.getMessage());
        }
    }

    private static ByteBuffer no(String why) {
        return putText(ByteBuffer.allocate(2 + TEXT_BYTES_MAX).put((byte) 0), why).flip();
    }

    private static ByteBuffer putText(ByteBuffer to, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, TEXT_BYTES_MAX);
        return to.put((byte) length).put(bytes, 0, length);
    }

    private static String text(ByteBuffer from) {
        var bytes = new byte[Byte.toUnsignedInt(from.get())];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
