// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeDetector;

/**
 * The last ten samples and their average. Of each quantity, values more than a factor of {@value #OUTLIER_FACTOR} away from the median are left
 * out and the rest is averaged: without outliers it is the plain average of exactly the last ten; a single wild value among ten is
 * ignored, and one that just passes as normal moves the average by a tenth at most, which is the default hysteresis. When half
 * of the samples are new, the median jumps to them and the old ones are the outliers: a link that has really changed is followed at once and
 * not by way of averages that it never had. With as many on either side, the worse of the two middle values is the median, for both
 * quantities, so that they jump together: to the worse at five of ten, to the better at six. Not thread-safe.
 */
final class RollingSamples {
    /** Source: chosen, see ADR 0011: one value of ten at this factor moves the average by (factor - 1) / 10, the default hysteresis. */
    static final double OUTLIER_FACTOR = 2;

    private final Deque<LinkConditions> samples = new ArrayDeque<>();

    void add(LinkConditions sample) {
        if (samples.size() == ModeDetector.HISTORY_SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(sample);
    }

    /** Returns the samples, oldest first. */
    List<LinkConditions> list() {
        return List.copyOf(samples);
    }

    /** Returns the average, or empty when there is no sample. */
    Optional<LinkConditions> average() {
        if (samples.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new LinkConditions(
                Math.round(average(samples.stream().mapToDouble(LinkConditions::rttNs).toArray(), Worse.HIGH)),
                Math.round(average(samples.stream().mapToDouble(LinkConditions::bandwidthBps).toArray(), Worse.LOW)),
                samples.stream().mapToDouble(LinkConditions::loss).average().orElse(0),
                samples.getLast().at(),
                "average of " + samples.size()));
    }

    private enum Worse { HIGH, LOW }

    private static double average(double[] values, Worse worse) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = sorted[worse == Worse.HIGH ? sorted.length / 2 : (sorted.length - 1) / 2];
        return Arrays.stream(sorted).filter(v -> v <= median * OUTLIER_FACTOR && v >= median / OUTLIER_FACTOR).average().orElse(median);
    }
}
