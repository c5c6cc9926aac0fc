// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.util.List;

/**
 * What one run brought to the receiver.
 *
 * @param seconds    how long it was offered
 * @param from       second from which on the rate counts
 * @param samples    bytes that had arrived, every 100 ms
 * @param cpuSeconds processor time of both ends
 * @param lanes      most connections
 */
public record Goodput(double seconds, double from, List<Sample> samples, double cpuSeconds, int lanes) {
    private static final double RAMP_SECONDS = 3;
    private static final double STEADY = 0.9;
    private static final int SMOOTHED = 5;

    /**
     * Bytes so far.
     *
     * @param at    seconds since the begin
     * @param bytes that had arrived
     */
    public record Sample(double at, long bytes) {
    }

    /** One whose rate counts after three seconds, by when it has to be reached, and of a short run after a third of it. */
    public Goodput(double seconds, List<Sample> samples, double cpuSeconds, int lanes) {
        this(seconds, Math.min(RAMP_SECONDS, seconds / 3), samples, cpuSeconds, lanes);
    }

    /** The same run with its rate counted from another second on. */
    public Goodput from(double second) {
        return new Goodput(seconds, second, samples, cpuSeconds, lanes);
    }

    /** All bytes. */
    public long bytes() {
        return samples.isEmpty() ? 0 : samples.getLast().bytes();
    }

    /** Mbit/s from the second {@link #from} to the end of the offer. */
    public double mbit() {
        var first = at(from);
        var last = at(seconds);
        return (last.bytes() - first.bytes()) * 8 / 1e6 / (last.at() - first.at());
    }

    /** Seconds until half a second's mean was 90 % of {@link #mbit} for the first time; its middle counts. Not a number when it never was. */
    public double rampSeconds() {
        for (int i = SMOOTHED; i < samples.size(); i++) {
            var before = samples.get(i - SMOOTHED);
            var now = samples.get(i);
            if ((now.bytes() - before.bytes()) * 8 / 1e6 / (now.at() - before.at()) >= STEADY * mbit()) {
                return (before.at() + now.at()) / 2;
            }
        }
        return Double.NaN;
    }

    /** Processor seconds for 10^9 bytes. */
    public double cpuSecondsPerGigabyte() {
        return cpuSeconds / bytes() * 1e9;
    }

    private Sample at(double second) {
        return samples.stream().filter(sample -> sample.at() >= second).findFirst().orElseGet(samples::getLast);
    }
}
