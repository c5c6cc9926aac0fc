// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

/**
 * Deals a channel's rate out to its lanes. The same for each, but none gets much more than it would send: what a slow one leaves goes to the others, which is
 * max-min fairness ("water filling": Bertsekas and Gallager, Data Networks, 6.5.2). Pure.
 */
final class Shares {
    /** What a lane may grow by until the next time. Source: BBR's probing gain. */
    private static final double GROWTH = 1.25;
    /**
     * Part of the even share that each gets whatever it would send, or an idle lane could never begin. Source: chosen; a lane that joins a link of 500 ms needs
     * six seconds until it uses more.
     */
    private static final double LEAST = 0.1;

    private Shares() {
    }

    /**
     * Deals.
     *
     * @param totalBps bits per second of all, 0 for no bound
     * @param demands  what each lane would send, bits per second
     * @param active   lanes in use, from the first on
     * @return bits per second for each, 0 for no bound; together {@code totalBps}
     */
    static long[] of(long totalBps, long[] demands, int active) {
        var shares = new long[demands.length];
        int count = Math.min(active, demands.length);
        if (totalBps == 0 || count == 0) {
            return shares;
        }
        var wants = new double[count];
        double sum = 0;
        for (int index = 0; index < count; index++) {
            wants[index] = Math.max(GROWTH * demands[index], LEAST * totalBps / count);
            sum += wants[index];
        }
        double level = sum <= totalBps ? Double.MAX_VALUE : level(totalBps, wants);
        double spare = Math.max(0, totalBps - sum) / count;
        for (int index = 0; index < demands.length; index++) {
            shares[index] = index < count ? (long) (Math.min(wants[index], level) + spare) : totalBps / count;
        }
        return shares;
    }

    /** The height to which all wants can be filled. */
    private static double level(double total, double[] wants) {
        var rising = wants.clone();
        java.util.Arrays.sort(rising);
        double left = total;
        for (int index = 0; index < rising.length; index++) {
            double even = left / (rising.length - index);
            if (rising[index] >= even) {
                return even;
            }
            left -= rising[index];
        }
        return Double.MAX_VALUE;
    }
}
