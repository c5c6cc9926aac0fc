// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.migration.flow.Threads;
import org.dwcp.migration.flow.Ticker;

/**
 * Makes calls. One ordered channel is kept for each peer and provider; it is closed when the route has moved on or nothing was called for a while. A
 * call whose way breaks goes again, with the same number, over the first provider that was not tried yet. Thread-safe.
 */
final class CallClient implements Calls, Ticker.Task, AutoCloseable {
    static final String PROTOCOL = "dwcp.call";
    private static final long IDLE_NS = Duration.ofSeconds(30).toNanos();

    private final NodeClock clock;
    private final Peers peers;
    private final Route<Transport> route;
    private final Threads threads;
    private final long client;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Way, Line> lines = new ConcurrentHashMap<>();
    private final Map<NodeId, String> current = new ConcurrentHashMap<>();
    private volatile boolean closed;

    CallClient(NodeClock clock, NodeRandom random, Peers peers, Route<Transport> route, Threads threads) {
        this.clock = clock;
        this.threads = threads;
        this.peers = peers;
        this.route = route;
        // Seeded randomness alone would repeat after a restart; the wall clock makes the client new.
        client = RouteKey.mix(random.stream("migration.call").nextLong() ^ clock.now().toEpochMilli() * 1_000_003 ^ clock.nanoTime());
    }

    @Override
    public byte[] call(NodeId peer, String method, byte[] body, Duration timeout) {
        Check.argument(timeout.toMillis() >= 1 && timeout.compareTo(Duration.ofMinutes(5)) <= 0, "timeout %s is not between 1 ms and 5 min", timeout);
        CallFrame request = CallFrame.request(client, numbers.incrementAndGet(), method, body);
        RouteKey key = RouteKey.of("call/" + peer);
        long deadline = clock.nanoTime() + timeout.toNanos();
        Set<String> tried = new HashSet<>();
        DwcpException last = null;
        while (true) {
            Lease<Transport> lease;
            try {
                lease = route.lease(key, info -> !tried.contains(info.name())
                        && peers.find(peer).filter(PeerInfo::online).flatMap(found -> found.provider(info.name())).isPresent());
            } catch (DwcpException e) {
                throw last != null ? last : unreachable(peer, e);
            }
            try (lease) {
                return over(lease, peer, request, deadline);
            } catch (WayBroke e) {
                lease.failed(e.cause);
                last = e.cause;
                tried.add(lease.providerName());
            }
        }
    }

    private DwcpException unreachable(NodeId peer, DwcpException e) {
        String state = peers.find(peer).map(found -> found.online() ? "shares no transport with this node" : "is offline" + (found.problem().isEmpty() ? ""
                : ": " + found.problem())).orElse("is no peer of this node");
        return new TransferException(Kind.UNAVAILABLE, peer + " " + state + " (" + e.getMessage() + ")");
    }

    private byte[] over(Lease<Transport> lease, NodeId peer, CallFrame request, long deadline) throws WayBroke {
        CallFrame answer;
        try {
            Line line = line(lease, peer, deadline);
            current.put(peer, lease.providerName());
            answer = line.ask(request, deadline - clock.nanoTime());
        } catch (TransportException e) {
            throw new WayBroke(e);
        }
        if (answer.type() == CallFrame.Type.FAILURE) {
            throw new TransferException(answer.kind(), peer + ": " + answer.text());
        }
        return answer.body();
    }

    private Line line(Lease<Transport> lease, NodeId peer, long deadline) {
        Way way = new Way(peer, lease.providerName());
        Line known = lines.get(way);
        if (known != null && known.isOpen()) {
            return known;
        }
        Check.argument(!closed, "calls are being stopped on this node");
        long ms = Math.clamp((deadline - clock.nanoTime()) / 1_000_000, 1, OpenOptions.DEFAULT.timeout().toMillis());
        Line fresh = new Line();
        fresh.channel = lease.provider().open(peer, PROTOCOL, fresh, new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofMillis(ms)));
        Line used = lines.merge(way, fresh, (old, opened) -> old.isOpen() ? old : opened);
        if (used != fresh) {
            fresh.channel.close(); // another caller was quicker
        }
        if (closed) {
            close();
        }
        return used;
    }

    /** Lets go of channels that are broken, idle, or no longer where the route leads; from the clock's thread. */
    @Override
    public void tick(long nowNs) {
        lines.forEach((way, line) -> {
            boolean left = line.waiting.isEmpty() && (nowNs - line.usedNs > IDLE_NS || !way.provider.equals(current.get(way.peer)));
            if ((!line.isOpen() || left) && lines.remove(way, line)) {
                threads.start("close", line.channel::close);
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        List.copyOf(lines.values()).forEach(line -> line.channel.close());
        lines.clear();
    }

    private record Way(NodeId peer, String provider) {
    }

    /** The way broke before the answer came: the call can go another. */
    private static final class WayBroke extends Exception {
        private static final long serialVersionUID = 1L;
        private final TransportException cause;

        WayBroke(TransportException cause) {
            super(cause.getMessage(), cause);
            this.cause = cause;
        }
    }

    /** A channel with the calls that wait for an answer on it. */
    private final class Line implements ChannelHandler {
        private final Map<Long, CompletableFuture<CallFrame>> waiting = new ConcurrentHashMap<>();
        private volatile Channel channel;
        private volatile long usedNs = clock.nanoTime();
        private volatile TransportException broken;

        boolean isOpen() {
            return broken == null && channel.isOpen();
        }

        CallFrame ask(CallFrame request, long timeoutNs) {
            CompletableFuture<CallFrame> answer = new CompletableFuture<>();
            waiting.put(request.number(), answer);
            try {
                usedNs = clock.nanoTime();
                if (broken != null) {
                    throw broken;
                }
                channel.send(request.write());
                return answer.get(Math.max(1, timeoutNs), TimeUnit.NANOSECONDS);
            } catch (TimeoutException _) {
                throw new TransferException(Kind.RETRY, String.format("%s did not answer '%s' within %d ms", channel.peer(), request.text(),
                        Math.max(1, timeoutNs / 1_000_000)));
            } catch (ExecutionException e) {
                throw (TransportException) e.getCause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TransferException(Kind.RETRY, "the call was interrupted");
            } finally {
                waiting.remove(request.number());
            }
        }

        @Override
        public void onFrame(Channel from, ByteBuffer frame) {
            try {
                CallFrame answer = CallFrame.read(frame);
                CompletableFuture<CallFrame> waits = waiting.get(answer.number());
                if (waits != null && answer.client() == client) {
                    waits.complete(answer);
                }
            } catch (DwcpException e) {
                fail(new TransportException(Kind.BROKEN, "answer of " + from.peer() + " cannot be read: " + e.getMessage()));
            }
        }

        @Override
        public void onClosed(Channel closedChannel, Optional<TransportException> cause) {
            fail(cause.orElseGet(() -> new TransportException(Kind.UNAVAILABLE, closedChannel.peer() + " closed the channel")));
        }

        private void fail(TransportException cause) {
            broken = cause;
            waiting.values().forEach(answer -> answer.completeExceptionally(cause));
        }
    }
}
