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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ProviderInfo;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes calls. One ordered channel is kept for each peer and provider; it is closed when the route has moved on or nothing was called for a while. A
 * call whose way breaks goes again, with the same number, over the first provider that was not tried yet.
 *
 * <p>No thread waits for an answer: who asked is told by the thread that brings it, and one look at the clock for all calls ends those that are
 * late. A call takes a thread only to open a channel, and while a lane is full. Thread-safe.
 */
final class CallClient implements Calls, Ticker.Task, AutoCloseable {
    static final String PROTOCOL = "dwcp.call";
    /** Most calls under way. Source: chosen; with the largest bodies the transport's own limits come first. */
    static final int OUTSTANDING_MAX = 65_536;
    private static final long IDLE_NS = Duration.ofSeconds(30).toNanos();
    private static final Logger LOG = LoggerFactory.getLogger(CallClient.class);

    private final NodeClock clock;
    private final Peers peers;
    private final Route<Transport> route;
    private final Threads threads;
    private final long client;
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final Map<NodeId, Callee> callees = new ConcurrentHashMap<>();
    private final Map<Way, Line> lines = new ConcurrentHashMap<>();
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
        Call call = begin(peer, method, body, timeout);
        call.attempt(Opening.HERE);
        try {
            return call.get();
        } catch (ExecutionException e) {
            throw caught(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw caught(call.giveUp(new TransferException(Kind.RETRY, "the call was interrupted")));
        }
    }

    @Override
    public CompletableFuture<byte[]> send(NodeId peer, String method, byte[] body, Duration timeout) {
        Call call = begin(peer, method, body, timeout);
        call.attempt(Opening.ON_A_THREAD);
        return call;
    }

    private Call begin(NodeId peer, String method, byte[] body, Duration timeout) {
        Check.argument(timeout.toMillis() >= 1 && timeout.compareTo(Duration.ofMinutes(5)) <= 0, "timeout %s is not between 1 ms and 5 min", timeout);
        CallFrame request = CallFrame.request(client, numbers.incrementAndGet(), method, body);
        if (outstanding.incrementAndGet() > OUTSTANDING_MAX) {
            outstanding.decrementAndGet();
            throw new TransferException(Kind.RETRY, OUTSTANDING_MAX + " calls are under way on this node; wait for some answers");
        }
        return new Call(callees.computeIfAbsent(peer, Callee::new), request, timeout);
    }

    /** The caller's own stack, and the cause's kind and words. */
    private static DwcpException caught(Throwable cause) {
        return cause instanceof TransferException e ? new TransferException(e.kind(), e.getMessage(), e)
                : cause instanceof DwcpException e ? e : new TransferException(Kind.BROKEN, "the call failed: " + cause, cause);
    }

    private DwcpException unreachable(NodeId peer, DwcpException e) {
        String state = peers.find(peer).map(found -> found.online() ? "shares no transport with this node" : "is offline" + (found.problem().isEmpty() ? ""
                : ": " + found.problem())).orElse("is no peer of this node");
        return new TransferException(Kind.UNAVAILABLE, peer + " " + state + " (" + e.getMessage() + ")");
    }

    /** Ends late calls, and lets go of channels that are broken, idle, or no longer where the route leads; from the clock's thread. */
    @Override
    public void tick(long nowNs) {
        lines.forEach((way, line) -> {
            line.waiting.values().forEach(call -> call.endWhenLate(nowNs));
            boolean left = line.waiting.isEmpty() && (nowNs - line.usedNs > IDLE_NS || !way.provider.equals(callees.get(way.peer).provider));
            if ((!line.isOpen() || left) && lines.remove(way, line)) {
                threads.start("close", line.channel::close);
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        List.copyOf(lines.values()).forEach(line -> {
            line.channel.close();
            line.waiting.values().forEach(call -> call.giveUp(new TransferException(Kind.UNAVAILABLE, "calls are being stopped on this node")));
        });
        lines.clear();
    }

    /** Calls that have not ended; for tests. */
    int outstanding() {
        return outstanding.get();
    }

    private record Way(NodeId peer, String provider) {
    }

    /** Where a channel may be opened: that blocks. */
    private enum Opening {
        HERE, ON_A_THREAD
    }

    /** What is the same for all calls to one peer. */
    private static final class Callee {
        private final NodeId peer;
        private final RouteKey key;
        private volatile String provider = "";

        Callee(NodeId peer) {
            this.peer = peer;
            key = RouteKey.ofPeer(peer, "call");
        }
    }

    /** One call until it is answered, refused or late; over one provider at a time. */
    private final class Call extends CompletableFuture<byte[]> {
        private final Callee callee;
        private final CallFrame request;
        private final Duration timeout;
        private final long deadlineNs;
        private Set<String> tried = Set.of();
        private volatile Lease<Transport> lease;
        private volatile Line line;
        private DwcpException last;

        Call(Callee callee, CallFrame request, Duration timeout) {
            this.callee = callee;
            this.request = request;
            this.timeout = timeout;
            deadlineNs = clock.nanoTime() + timeout.toNanos();
        }

        private boolean suits(ProviderInfo info) {
            return !tried.contains(info.name())
                    && peers.find(callee.peer).filter(PeerInfo::online).flatMap(found -> found.provider(info.name())).isPresent();
        }

        /** Goes over the best provider that was not tried; when there is none left, the call has failed. */
        void attempt(Opening opening) {
            while (!isDone()) {
                Lease<Transport> got;
                try {
                    got = route.lease(callee.key, this::suits);
                } catch (DwcpException e) {
                    end(null, last != null ? last : unreachable(callee.peer, e));
                    return;
                }
                lease = got;
                String provider = got.providerName();
                try {
                    Line known = lines.get(new Way(callee.peer, provider));
                    if (known == null || !known.isOpen()) {
                        if (opening == Opening.ON_A_THREAD) {
                            release();
                            onThread("call", () -> attempt(Opening.HERE));
                            return;
                        }
                        known = opened(got);
                    }
                    callee.provider = provider;
                    known.ask(this);
                    return;
                } catch (TransportException e) {
                    failed(e);
                } catch (DwcpException e) {
                    end(null, e);
                    return;
                }
            }
            end(null, new TransferException(Kind.RETRY, "the caller has given the call up"));
        }

        /** This way is no good; the next attempt takes another. */
        private void failed(TransportException cause) {
            lease.failed(cause);
            last = cause;
            tried = tried.isEmpty() ? new HashSet<>() : tried;
            tried.add(lease.providerName());
            release();
        }

        private Line opened(Lease<Transport> over) {
            Check.argument(!closed, "calls are being stopped on this node");
            long ms = Math.clamp((deadlineNs - clock.nanoTime()) / 1_000_000, 1, OpenOptions.DEFAULT.timeout().toMillis());
            Line fresh = new Line();
            fresh.channel = over.provider().open(callee.peer, PROTOCOL, fresh, new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofMillis(ms)));
            Line used = lines.merge(new Way(callee.peer, over.providerName()), fresh, (old, opened) -> old.isOpen() ? old : opened);
            if (used != fresh) {
                fresh.channel.close(); // another caller was quicker
            }
            if (closed) {
                close();
            }
            return used;
        }

        /** The channel broke before the answer came. */
        void broke(TransportException cause) {
            onThread("call", () -> {
                failed(cause);
                attempt(Opening.HERE);
            });
        }

        void answered(CallFrame answer) {
            if (answer.type() == CallFrame.Type.FAILURE) {
                end(null, new TransferException(answer.kind(), callee.peer + ": " + answer.text()));
            } else {
                end(answer.body(), null);
            }
        }

        void endWhenLate(long nowNs) {
            if (nowNs - deadlineNs >= 0) {
                giveUp(new TransferException(Kind.RETRY, String.format("%s did not answer '%s' within %d ms", callee.peer, request.text(),
                        Math.max(1, timeout.toMillis()))));
            }
        }

        /** Nobody waits for the answer any more. */
        DwcpException giveUp(DwcpException why) {
            Line asked = line;
            if (asked != null && asked.waiting.remove(request.number(), this)) {
                end(null, why);
            } // else it is just being answered, or looks for another way and finds out there
            return why;
        }

        /** Called once, by who has taken the call out of those that wait. The lease goes back before anybody hears. */
        private void end(byte[] answer, DwcpException why) {
            release();
            outstanding.decrementAndGet();
            if (why == null) {
                complete(answer);
            } else {
                completeExceptionally(why);
            }
        }

        private void release() {
            var held = lease;
            lease = null;
            if (held != null) {
                held.close();
            }
        }

        private void onThread(String role, Runnable work) {
            try {
                threads.start(role, work);
            } catch (DwcpException e) {
                end(null, e);
            }
        }
    }

    /** A channel with the calls that wait for an answer on it. */
    private final class Line implements ChannelHandler {
        private final Map<Long, Call> waiting = new ConcurrentHashMap<>();
        private volatile Channel channel;
        private volatile long usedNs = clock.nanoTime();
        private volatile TransportException broken;

        boolean isOpen() {
            return broken == null && channel.isOpen();
        }

        /** Asks; never blocks. */
        void ask(Call call) {
            usedNs = clock.nanoTime();
            call.line = this;
            waiting.put(call.request.number(), call);
            try {
                if (broken != null) {
                    throw broken;
                }
                if (!channel.trySend(call.request.parts())) {
                    call.onThread("call", () -> sendWhenRoom(call));
                }
            } catch (TransportException e) {
                if (waiting.remove(call.request.number(), call)) {
                    throw e;
                } // else the channel's end was told to the call already
            }
        }

        private void sendWhenRoom(Call call) {
            try {
                channel.send(call.request.parts());
            } catch (TransportException e) {
                if (waiting.remove(call.request.number(), call)) {
                    call.broke(e);
                }
            }
        }

        @Override
        public void onFrame(Channel from, ByteBuffer frame) {
            CallFrame answer;
            try {
                answer = CallFrame.read(frame);
            } catch (DwcpException e) {
                fail(new TransportException(Kind.BROKEN, "answer of " + from.peer() + " cannot be read: " + e.getMessage()));
                return;
            }
            if (answer.client() != client) {
                return;
            }
            Call call = waiting.remove(answer.number());
            if (call != null) {
                tell(call, answer);
            }
        }

        /** What a caller has hung on its answer must not end the channel for all others. */
        private void tell(Call call, CallFrame answer) {
            try {
                call.answered(answer);
            } catch (RuntimeException e) {
                LOG.warn("caller of method={} failed at its answer", call.request.text(), e);
            }
        }

        @Override
        public void onClosed(Channel closedChannel, Optional<TransportException> cause) {
            fail(cause.orElseGet(() -> new TransportException(Kind.UNAVAILABLE, closedChannel.peer() + " closed the channel")));
        }

        private void fail(TransportException cause) {
            broken = cause;
            waiting.forEach((number, call) -> {
                if (waiting.remove(number, call)) {
                    call.broke(cause);
                }
            });
        }
    }
}
