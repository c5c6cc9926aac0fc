// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.LinkStats;

/**
 * Measures a link by sending for a short while to the peer's built-in {@link #PROTOCOL}, which throws the bytes away and tells how many it
 * got. The rate is the highest over any quarter of the burst: the beginning, where TCP still gropes for the rate, does not count against the link.
 */
final class Burst implements ChannelHandler {
    static final String PROTOCOL = "dwcp.measure";
    /** Most bytes of one burst. Source: chosen; 2 s of 1 Gbit/s. */
    private static final long BYTES_MAX = 256L << 20;
    private static final int FRAME_BYTES = 64 << 10;
    private static final int REPORT_BYTES = 4 * FRAME_BYTES;

    private final NodeClock clock;
    private final long windowNs;
    private final Deque<long[]> reports = new ArrayDeque<>();
    private long bestBps;

    Burst(NodeClock clock, long burstNs) {
        this.clock = clock;
        windowNs = Math.max(1_000_000, burstNs / 4);
    }

    /** The other end: counts, and reports every quarter of a mebibyte. A report that finds no room is left to the next one. */
    static ChannelHandler counting(Channel opened) {
        var total = new AtomicLong();
        var reported = new AtomicLong();
        return (channel, frame) -> {
            long bytes = total.addAndGet(frame.remaining());
            long before = reported.get();
            if ((bytes - before >= REPORT_BYTES || frame.remaining() < FRAME_BYTES) && reported.compareAndSet(before, bytes)) {
                channel.trySend(ByteBuffer.allocate(Long.BYTES).putLong(bytes).flip());
            }
        };
    }

    /** Sends until the time or the bytes are used up. */
    void run(Channel channel, Duration burst) {
        long startNs = clock.nanoTime();
        var frame = ByteBuffer.allocateDirect(FRAME_BYTES);
        for (long sent = 0; sent < BYTES_MAX && clock.nanoTime() - startNs < burst.toNanos(); sent += FRAME_BYTES) {
            channel.send(frame.duplicate());
        }
    }

    @Override
    public synchronized void onFrame(Channel channel, ByteBuffer frame) {
        long now = clock.nanoTime();
        long bytes = frame.getLong();
        while (!reports.isEmpty() && now - reports.peekFirst()[0] > windowNs) {
            var first = reports.pollFirst();
            var second = reports.peekFirst();
            if (second == null || now - second[0] < windowNs) {
                bestBps = Math.max(bestBps, (long) ((bytes - first[1]) * 8e9 / (now - first[0])));
            }
        }
        reports.addLast(new long[] {now, bytes});
    }

    /** Puts the measured rate in what the sockets tell: what arrived at the far end counts more than what a kernel saw leave. */
    synchronized LinkStats result(LinkStats link) {
        long bps = bestBps > 0 ? bestBps : link.deliveryBps();
        return new LinkStats(link.peer(), link.rttMinNs(), link.rttNs(), bps, false, link.loss(), link.lanes(), "burst");
    }
}
