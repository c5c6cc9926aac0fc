// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.TransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures a link by sending for a short while to the peer's built-in {@link #PROTOCOL}, which throws the bytes away and tells how many it got by
 * when, on its own clock: so neither the way back nor a proxy's buffer on the way there counts. Several lanes send, because slow start begins
 * anew in each (ten segments, RFC 6928) and together they fill a long link sooner.
 *
 * <p>The time is cut into windows of a round trip, {@link #WINDOW_MIN_NS} at least. The burst ends when the last {@link #WINDOWS} were not faster by a
 * quarter than those before (BBR's sign of a full pipe: Cardwell et al., ACM Queue 14(5), 2016, over more than one round trip, as machines stall),
 * or when time or bytes are used up. The result is the slope at the end of what this end's kernel saw arrive: the peer's handler gets nothing from
 * behind a lost segment, so its figure is down to half in the moments after slow start has overrun the queue (measured, docs/adr/0023). Where
 * the kernel tells nothing, or {@link #PROXY_FACTOR} times as much as the peer, which is then another machine's buffer, the peer's figure
 * counts. Cost: about seven bandwidth-delay products, {@link #BYTES_MAX} at most.
 */
final class Burst implements ChannelHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Burst.class);
    static final String PROTOCOL = "dwcp.measure";
    /** Lanes of a burst between machines. Source: slow start from 8 x 10 segments fills 900 Mbit/s x 100 ms in 7 round trips instead of 10. */
    static final int LANES = 8;
    /** Lanes of a burst within one machine. Source: docs/adr/0015, more bring nothing there. */
    static final int LANES_LOOPBACK = 2;
    /** Most bytes of one burst. Source: eight times 900 Mbit/s x 100 ms. */
    static final long BYTES_MAX = 96L << 20;
    static final long WINDOW_MIN_NS = 50_000_000;
    static final int WINDOWS = 3;
    static final double GROWTH = 1.25;
    /** Source: chosen; above the half that lost segments hide. */
    static final double PROXY_FACTOR = 3;
    /** Bytes that wait here beyond those that the link took in a window; more would only be thrown away at the end. Source: chosen. */
    private static final long QUEUED_BYTES_MIN = 512 << 10;
    private static final int FRAME_BYTES_MIN = 4 << 10;
    private static final int FRAME_BYTES_MAX = 64 << 10;
    /** Time that a frame should take on the link. */
    private static final double FRAME_SECONDS = 0.001;
    private static final long REPORT_BYTES = 4L * FRAME_BYTES_MAX;
    private static final long REPORT_NS = 10_000_000;
    private static final int REPORT_LENGTH = 2 * Long.BYTES;
    private static final Duration LOOK = Duration.ofMillis(1);

    /** Bytes that had arrived at a moment. */
    record Point(long atNs, long bytes) {
    }

    /** How much had arrived by when, a point a window. Not thread-safe. */
    static final class Curve {
        private final List<Point> points = new ArrayList<>();
        private Point last;

        /** Takes a moment; one that goes back in time or bytes is left out: reports of several lanes may overtake each other. */
        void add(Point now, long windowNs) {
            if (last != null && (now.bytes <= last.bytes || now.atNs - last.atNs <= 0)) {
                return;
            }
            last = now;
            if (points.isEmpty() || now.atNs - points.getLast().atNs >= windowNs) {
                points.add(now);
            }
        }

        int windows() {
            return Math.max(0, points.size() - 1);
        }

        /** Bits per second over some windows, of which the last ended so many windows before the end. */
        double slope(int windows, int before) {
            int to = points.size() - 1 - before;
            return slope(points.get(to - windows), points.get(to));
        }

        private static double slope(Point from, Point to) {
            return (to.bytes - from.bytes) * 8e9 / (to.atNs - from.atNs);
        }

        boolean isFull() {
            return windows() >= 2 * WINDOWS && slope(WINDOWS, 0) < GROWTH * slope(WINDOWS, WINDOWS);
        }

        /** The slope at the end; with fewer windows the slope of all, 0 with fewer than two points. */
        double end() {
            if (windows() >= 2 * WINDOWS) {
                return Math.max(slope(WINDOWS, 0), slope(2 * WINDOWS - 1, 0));
            }
            return last == null || points.getFirst().equals(last) ? 0
                    : windows() > 1 ? Math.max(slope(1, 0), slope(points.getFirst(), last)) : slope(points.getFirst(), last);
        }
    }

    private final NodeClock clock;
    private final Curve taken = new Curve();
    private final Curve acknowledged = new Curve();
    private final AtomicLong sent = new AtomicLong();
    private volatile long windowNs = WINDOW_MIN_NS;
    private long startNs;
    private long endNs;

    Burst(NodeClock clock) {
        this.clock = clock;
    }

    /** The other end: counts and reports. A report that finds no room is left to the next one. */
    static ChannelHandler counting(NodeClock clock) {
        var total = new AtomicLong();
        var reported = new AtomicLong();
        var reportedNs = new AtomicLong(clock.nanoTime());
        return (channel, frame) -> {
            long bytes = total.addAndGet(frame.remaining());
            long nowNs = clock.nanoTime();
            long before = reported.get();
            if ((bytes - before >= REPORT_BYTES || nowNs - reportedNs.get() >= REPORT_NS) && reported.compareAndSet(before, bytes)) {
                reportedNs.set(nowNs);
                report(channel, bytes, nowNs);
            }
        };
    }

    private static void report(Channel channel, long bytes, long nowNs) {
        try {
            channel.trySend(ByteBuffer.allocate(REPORT_LENGTH).putLong(bytes).putLong(nowNs).flip());
        } catch (TransportException e) {
            LOG.debug("burst not reported peer={} reason=\"{}\"", channel.peer(), e.getMessage()); // who measures has seen enough and hung up
        }
    }

    /**
     * Sends until the link is known, or time or bytes are used up.
     *
     * @param connectNs the time that the connections took: the round-trip time where the kernel does not tell it
     */
    void run(LaneChannel channel, long connectNs, long deadlineNs) {
        windowNs = Math.max(WINDOW_MIN_NS, rttNs(channel, connectNs));
        startNs = clock.nanoTime();
        var frame = ByteBuffer.allocateDirect(FRAME_BYTES_MAX);
        while (!isKnown() && clock.nanoTime() - deadlineNs < 0) {
            long allowed = Math.max(QUEUED_BYTES_MIN, (long) (3 * fastest() / 8e9 * windowNs));
            int bytes = (int) Math.clamp(fastest() / 8 * FRAME_SECONDS, FRAME_BYTES_MIN, FRAME_BYTES_MAX);
            while (sent.get() < BYTES_MAX && queued(channel) < allowed && channel.trySend(frame.duplicate().limit(bytes))) {
                sent.addAndGet(bytes);
            }
            look(channel);
            try {
                clock.sleep(LOOK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TransportException(Kind.UNAVAILABLE, "interrupted while measuring the link to " + channel.peer());
            }
        }
        endNs = clock.nanoTime();
    }

    /** Of these very lanes: what older ones have seen may be of another way. */
    private static long rttNs(LaneChannel channel, long otherwiseNs) {
        long smallest = Long.MAX_VALUE;
        for (var lane : channel.lanes()) {
            long ns = lane.info().map(TcpInfo::rttMinNs).orElse(0L);
            smallest = ns > 0 ? Math.min(smallest, ns) : smallest;
        }
        return smallest == Long.MAX_VALUE ? otherwiseNs : smallest;
    }

    private static long queued(LaneChannel channel) {
        long bytes = 0;
        for (var lane : channel.lanes()) {
            bytes += lane.heldBytes();
        }
        return bytes;
    }

    @Override
    public void onFrame(Channel channel, ByteBuffer frame) {
        if (frame.remaining() >= Long.BYTES) {
            long bytes = frame.getLong();
            arrived(new Point(frame.remaining() >= Long.BYTES ? frame.getLong() : clock.nanoTime(), bytes), sent.get()); // an older peer tells no time
        }
    }

    private void look(LaneChannel channel) {
        long bytes = 0;
        for (var lane : channel.lanes()) {
            bytes += lane.info().map(TcpInfo::arrivedBytes).orElse(0L);
        }
        long atNs = clock.nanoTime();
        synchronized (this) {
            acknowledged.add(new Point(atNs, bytes), windowNs);
        }
    }

    /** Takes a report; one that claims more than was sent is left out. */
    private synchronized void arrived(Point now, long sentBytes) {
        if (now.bytes <= sentBytes) {
            taken.add(now, windowNs);
        }
    }

    private synchronized boolean isKnown() {
        return taken.windows() >= 2 * WINDOWS && (knowsKernel() ? acknowledged : taken).isFull();
    }

    private synchronized double fastest() {
        Curve curve = knowsKernel() ? acknowledged : taken;
        return curve.windows() == 0 ? 0 : curve.slope(1, 0);
    }

    /** Bits per second, 0 when too little arrived to tell. */
    synchronized long bps() {
        double byPeer = taken.end();
        double byKernel = acknowledged.end();
        return (long) (byPeer > 0 && byKernel <= PROXY_FACTOR * byPeer && knowsKernel() ? byKernel : byPeer);
    }

    private boolean knowsKernel() {
        return acknowledged.windows() > 0;
    }

    /** Puts the measured rate into what the sockets tell. */
    LinkStats result(NodeId peer, LinkStats sockets, int lanes) {
        return new LinkStats(peer, sockets.rttMinNs(), sockets.rttNs(), bps(), false, sockets.loss(), lanes, "burst");
    }

    /** What it cost, in words. */
    synchronized String cost() {
        return String.format(java.util.Locale.ROOT, "%.1f MB in %.2f s, %.1f Mbit/s by the peer, %.1f by this kernel", sent.get() / 1e6,
                (endNs - startNs) / 1e9, taken.end() / 1e6, acknowledged.end() / 1e6);
    }
}
