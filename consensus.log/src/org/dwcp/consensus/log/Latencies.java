// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

/** Times by power of two with eight steps each: 512 counters, error at most one eighth. Confined to one thread. */
final class Latencies {
    private static final int STEPS = 8;
    private final long[] counts = new long[64 * STEPS];
    private long total;

    void add(long ns) {
        long us = Math.max(1, ns / 1_000);
        int power = 63 - Long.numberOfLeadingZeros(us);
        int step = power < 3 ? 0 : (int) (us >>> power - 3) & STEPS - 1;
        counts[power * STEPS + step]++;
        total++;
    }

    /** Returns an upper bound of a quantile in microseconds, 0 before the first time. */
    long quantileUs(double quantile) {
        long left = (long) Math.ceil(total * quantile);
        for (int i = 0; i < counts.length && left > 0; i++) {
            left -= counts[i];
            if (left <= 0) {
                int power = i / STEPS;
                return power < 3 ? (2L << power) - 1 : (1L << power) + ((long) (i % STEPS + 1) << power - 3);
            }
        }
        return 0;
    }
}
