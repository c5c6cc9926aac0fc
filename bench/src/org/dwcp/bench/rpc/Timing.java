// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

import java.util.concurrent.atomic.AtomicLongArray;
import org.dwcp.api.node.NodeClock;

/**
 * Latencies of one run, in buckets that grow by 1/16: a quantile is exact to 6 %. What is answered in the first part of the run warms up and
 * does not count. Thread-safe.
 */
final class Timing {
    /** Buckets of each power of two. */
    private static final int STEPS = 16;

    private final NodeClock clock;
    private final long countFromNs;
    private final long endNs;
    private final AtomicLongArray buckets = new AtomicLongArray(64 * STEPS);

    /** Begins: first the warm-up, then what counts. */
    Timing(NodeClock clock, long warmUpNs, long measureNs) {
        this.clock = clock;
        countFromNs = clock.nanoTime() + warmUpNs;
        endNs = countFromNs + measureNs;
    }

    long nowNs() {
        return clock.nanoTime();
    }

    boolean isOver(long nowNs) {
        return nowNs - endNs >= 0;
    }

    /** Takes an answer; a request that was sent before the warm-up was over does not count, nor does an answer after the end. */
    void answered(long sentNs, long nowNs) {
        if (sentNs - countFromNs >= 0 && nowNs - endNs < 0) {
            buckets.incrementAndGet(bucket(nowNs - sentNs));
        }
    }

    private static int bucket(long ns) {
        long value = Math.max(STEPS, ns);
        int power = 63 - Long.numberOfLeadingZeros(value);
        return power * STEPS + (int) (value >> power - 4 & STEPS - 1);
    }

    private static double middleNs(int bucket) {
        return (STEPS + bucket % STEPS + 0.5) * Math.pow(2, bucket / STEPS - 4);
    }

    /** Returns answers a second. */
    double rate() {
        long count = 0;
        for (int bucket = 0; bucket < buckets.length(); bucket++) {
            count += buckets.get(bucket);
        }
        return count * 1e9 / (endNs - countFromNs);
    }

    /** Returns the latency in microseconds below which a share of the answers came. */
    double quantileUs(double share) {
        long count = 0;
        for (int bucket = 0; bucket < buckets.length(); bucket++) {
            count += buckets.get(bucket);
        }
        long seen = 0;
        for (int bucket = 0; bucket < buckets.length(); bucket++) {
            seen += buckets.get(bucket);
            if (seen >= share * count && seen > 0) {
                return middleNs(bucket) / 1_000;
            }
        }
        return Double.NaN;
    }
}
