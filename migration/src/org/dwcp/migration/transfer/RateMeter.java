// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.transfer;

import java.time.Duration;

/** Rate of a growing number over the last seconds. Thread-safe. */
public final class RateMeter {
    private static final long INTERVAL_NS = Duration.ofMillis(500).toNanos();
    private static final int SAMPLES = 9;

    private final long[] times = new long[SAMPLES];
    private final long[] values = new long[SAMPLES];
    private int count;

    /** Notes the number; may be called as often as one likes. */
    public synchronized void note(long nowNs, long value) {
        if (count == 0 || nowNs - times[(count - 1) % SAMPLES] >= INTERVAL_NS) {
            times[count % SAMPLES] = nowNs;
            values[count % SAMPLES] = value;
            count++;
        }
    }

    /** Growth a second, from the oldest kept sample to now; 0 before anything is known. */
    public synchronized long perSecond(long nowNs, long value) {
        if (count == 0) {
            return 0;
        }
        int oldest = count <= SAMPLES ? 0 : count % SAMPLES;
        double seconds = (nowNs - times[oldest]) / 1e9;
        return seconds <= 0 ? 0 : Math.max(0, (long) ((value - values[oldest]) / seconds));
    }
}
