// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

import org.dwcp.api.node.NodeClock;
import org.dwcp.migration.flow.FlowSource;

/**
 * What travels of a guest, between who makes it and the flow: keeps bytes until they are acknowledged, and holds the maker back so that no more are on their way
 * than the line needs. QEMU reckons from the pace at which it may write when the rest fits into the standstill; bytes that lie here are a pace that is not there.
 *
 * <p>The bound follows the time that bytes take to be acknowledged. Looked at is the least of each interval: a queue makes all of them late, a lost packet only some.
 * Is it near the least time ever seen, and has the maker waited, the bound doubles; is it far above, three quarters of the bound are left. For one maker; the rest is
 * thread-safe.
 */
final class StreamRing implements FlowSource {
    /** Source: chosen; two chunks of a flow. */
    static final int BOUND_MIN = 512 << 10;
    /** Source: 1 Gbit/s at 120 ms. */
    static final int BOUND_MAX = 16 << 20;
    private static final long MS = 1_000_000;
    /** Time in a queue that does no harm. Source: chosen; a third of the downtime that is aimed at by default. */
    private static final long SLACK_NS = 30 * MS;
    /** Shortest interval. Source: chosen; some dozens of acknowledgements on a local line. */
    private static final long INTERVAL_NS = 10 * MS;
    /** Source: chosen; what takes so long on a working line has other reasons than the line. */
    private static final long STUCK_NS = 1_000 * MS;
    /** Marks that are kept: times at which bytes were put in. */
    private static final int MARKS_MAX = 4_096;

    private final NodeClock clock;
    private final byte[] ring = new byte[BOUND_MAX];
    private final Deque<long[]> marks = new ArrayDeque<>();
    private Runnable more = () -> { };
    private long written;
    private long acked;
    private int bound = BOUND_MIN;
    private boolean waited;
    private long leastNs = Long.MAX_VALUE;
    private long lastNs;
    private long intervalNs = Long.MAX_VALUE;
    private long boundSinceNs;
    private boolean ended;
    private boolean stopped;

    StreamRing(NodeClock clock) {
        this.clock = clock;
        boundSinceNs = clock.nanoTime();
    }

    /** Says whom to wake when there is more to send. */
    synchronized void onMore(Runnable wake) {
        more = wake;
    }

    /** Puts bytes in, waiting while too many are on their way; does nothing once it was stopped. */
    void put(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                Runnable wake;
                synchronized (this) {
                    while (!stopped && written - acked >= bound) {
                        waited = true;
                        wait();
                    }
                    if (stopped) {
                        bytes.position(bytes.limit());
                        return;
                    }
                    int at = (int) (written % BOUND_MAX);
                    int count = (int) Math.min(Math.min(bytes.remaining(), bound - (written - acked)), BOUND_MAX - at);
                    bytes.get(ring, at, count);
                    written += count;
                    if (marks.size() < MARKS_MAX) {
                        marks.add(new long[] {written, clock.nanoTime()});
                    }
                    wake = more;
                }
                wake.run();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            stop();
        }
    }

    /** Nothing follows. */
    void end() {
        Runnable wake;
        synchronized (this) {
            ended = true;
            wake = more;
        }
        wake.run();
    }

    /** Time that bytes took last until they were acknowledged, nanoseconds. */
    synchronized long lastNs() {
        return lastNs;
    }

    /** Bytes wait for their acknowledgement for far longer than others did. */
    synchronized boolean isStuck() {
        long usualNs = leastNs == Long.MAX_VALUE ? 0 : leastNs;
        return !marks.isEmpty() && clock.nanoTime() - marks.peek()[1] > Math.max(STUCK_NS, 4 * usualNs);
    }

    synchronized int bound() {
        return bound;
    }

    @Override
    public long total() {
        return -1;
    }

    @Override
    public synchronized long sendable(long contiguous) {
        return ended ? Long.MAX_VALUE : written;
    }

    @Override
    public synchronized int read(long offset, ByteBuffer target) throws IOException {
        if (stopped) {
            throw new IOException("the guest's stream was stopped");
        }
        if (offset >= written) {
            return ended ? -1 : 0;
        }
        if (offset < acked) {
            throw new IOException("byte " + offset + " of a guest is asked for again, and all below " + acked + " were acknowledged");
        }
        int count = (int) Math.min(target.remaining(), written - offset);
        int at = (int) (offset % BOUND_MAX);
        int first = Math.min(count, BOUND_MAX - at);
        target.put(ring, at, first).put(ring, 0, count - first);
        return count;
    }

    @Override
    public synchronized void acknowledged(long contiguous) {
        if (contiguous <= acked) {
            return;
        }
        acked = contiguous;
        long now = clock.nanoTime();
        while (!marks.isEmpty() && marks.peek()[0] <= contiguous) {
            lastNs = now - marks.poll()[1];
            intervalNs = Math.min(intervalNs, lastNs);
            leastNs = Math.min(leastNs, lastNs);
        }
        if (intervalNs < Long.MAX_VALUE && now - boundSinceNs >= Math.max(2 * leastNs, INTERVAL_NS)) {
            if (intervalNs > 2 * leastNs + 2 * SLACK_NS) {
                bound = Math.max(BOUND_MIN, bound / 4 * 3);
            } else if (waited && intervalNs < leastNs + leastNs / 2 + SLACK_NS) {
                bound = Math.min(BOUND_MAX, bound * 2);
            }
            waited = false;
            intervalNs = Long.MAX_VALUE;
            boundSinceNs = now;
        }
        notifyAll();
    }

    @Override
    public synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    @Override
    public void close() {
        stop();
    }
}
