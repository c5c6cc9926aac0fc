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

/**
 * Measures a link by sending for a short while to the peer's built-in {@link #PROTOCOL}, which throws the bytes away and tells how many it got by
 * when, on its own clock: so neither the way back nor a proxy's buffer on the way there counts. Several lanes send, because slow start begins
 * anew in each (ten segments, RFC 6928) and together they fill a long link sooner.
 *
 * <p>The time is cut into windows of a round trip, {@link #WINDOW_MIN_NS} at least. The burst ends when no window of the last {@link #STILL_WINDOWS}
 * was faster by a quarter than those before (BBR's sign of a full pipe: Cardwell et al., ACM Queue 14(5), 2016), or when time or bytes are used
 * up. The result is the mean of the windows that reached {@link #FULL_SHARE} of the fastest: the beginning, and moments in which this machine was
 * busy otherwise, do not count against the link. Cost: about five bandwidth-delay products, {@link #BYTES_MAX} at most.
 */
final class Burst implements ChannelHandler {
    static final String PROTOCOL = "dwcp.measure";
    /** Lanes of a burst between machines. Source: slow start from 8 x 10 segments fills 900 Mbit/s x 100 ms in 7 round trips instead of 10. */
    static final int LANES = 8;
    /** Lanes of a burst within one machine. Source: docs/adr/0015, more bring nothing there. */
    static final int LANES_LOOPBACK = 2;
    /** Most bytes of one burst. Source: five times 900 Mbit/s x 100 ms, and room to begin. */
    static final long BYTES_MAX = 96L << 20;
    static final long WINDOW_MIN_NS = 50_000_000;
    static final int STILL_WINDOWS = 4;
    static final double GROWTH = 1.25;
    static final double FULL_SHARE = 0.7;
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

    /** What the peer had at a moment of its clock. */
    private record Point(long atNs, long bytes) {
    }

    private final NodeClock clock;
    private final List<Double> rates = new ArrayList<>();
    private final AtomicLong sent = new AtomicLong();
    private volatile long windowNs = WINDOW_MIN_NS;
    private Point begin;
    private Point last;
    private double best;
    private int still;
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
                channel.trySend(ByteBuffer.allocate(REPORT_LENGTH).putLong(bytes).putLong(nowNs).flip());
            }
        };
    }

    /**
     * Sends until the link is known, or time or bytes are used up.
     *
     * @param rttNs round-trip time as far as known, 0 when it is not
     */
    void run(LaneChannel channel, long rttNs, long deadlineNs) {
        windowNs = Math.max(WINDOW_MIN_NS, rttNs);
        startNs = clock.nanoTime();
        var frame = ByteBuffer.allocateDirect(FRAME_BYTES_MAX);
        while (!isKnown() && clock.nanoTime() - deadlineNs < 0) {
            long allowed = Math.max(QUEUED_BYTES_MIN, (long) (3 * fastest() / 8e9 * windowNs));
            int bytes = (int) Math.clamp(fastest() / 8 * FRAME_SECONDS, FRAME_BYTES_MIN, FRAME_BYTES_MAX);
            while (sent.get() < BYTES_MAX && queued(channel) < allowed && channel.trySend(frame.duplicate().limit(bytes))) {
                sent.addAndGet(bytes);
            }
            try {
                clock.sleep(LOOK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TransportException(Kind.UNAVAILABLE, "interrupted while measuring the link to " + channel.peer());
            }
        }
        endNs = clock.nanoTime();
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
            arrived(new Point(frame.remaining() >= Long.BYTES ? frame.getLong() : clock.nanoTime(), bytes), sent.get());
        }
    }

    /** Takes a report; one that goes back, or claims more than was sent, is left out. Reports of several lanes may overtake each other. */
    private synchronized void arrived(Point now, long sentBytes) {
        if (now.bytes > sentBytes || last != null && (now.bytes <= last.bytes || now.atNs - last.atNs <= 0)) {
            return;
        }
        last = now;
        if (begin == null) {
            begin = now;
        } else if (now.atNs - begin.atNs >= windowNs) {
            window((now.bytes - begin.bytes) * 8e9 / (now.atNs - begin.atNs));
            begin = now;
        }
    }

    private void window(double bps) {
        rates.add(bps);
        if (bps > best * GROWTH) {
            best = bps;
            still = 0;
        } else {
            still++;
        }
    }

    private synchronized boolean isKnown() {
        return still >= STILL_WINDOWS;
    }

    private synchronized double fastest() {
        return rates.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /** Bits per second, 0 when too little arrived to tell. */
    synchronized long bps() {
        double full = fastest() * FULL_SHARE;
        return (long) rates.stream().mapToDouble(Double::doubleValue).filter(rate -> rate >= full).average().orElse(0);
    }

    /** Puts the measured rate into what the sockets tell. */
    LinkStats result(NodeId peer, LinkStats sockets, int lanes) {
        return new LinkStats(peer, sockets.rttMinNs(), sockets.rttNs(), bps(), false, sockets.loss(), lanes, "burst");
    }

    /** What it cost, in words. */
    String cost() {
        return String.format(java.util.Locale.ROOT, "%.1f MB in %.2f s", sent.get() / 1e6, (endNs - startNs) / 1e9);
    }
}
