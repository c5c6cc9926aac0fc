// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeDetector;

/**
 * The last ten samples and their average. Of each quantity, values more than a factor of {@value #OUTLIER_FACTOR} away from the median are left
 * out and the rest is averaged: without outliers it is the plain average of exactly the last ten; a single wild value among ten is
 * ignored, and one that just passes as normal moves the average by a tenth at most, which is the default hysteresis. When half
 * of the samples are new, the median jumps to them and the old ones are the outliers: a link that has really changed is followed at once and
 * not by way of averages that it never had. With as many on either side, the worse of the two middle values is the median, for both
 * quantities, so that they jump together: to the worse at five of ten, to the better at six.
 *
 * <p>Sooner than that: when the last {@value #AGREEING} samples agree with each other and all lie beyond that factor from what was before, to the
 * same side and in the same quantity, the link is another one, and what was before is forgotten. Three in a row beyond the factor are no
 * noise of any link that a single outlier must not move (docs/adr/0023 has the figures). Not thread-safe.
 */
final class RollingSamples {
    /** Source: chosen, see ADR 0011: one value of ten at this factor moves the average by (factor - 1) / 10, the default hysteresis. */
    static final double OUTLIER_FACTOR = 2;

    /** Samples that must agree. Source: docs/adr/0023. */
    static final int AGREEING = 3;

    private final Deque<LinkConditions> samples = new ArrayDeque<>();
    private final int agreeing;

    RollingSamples() {
        this(AGREEING);
    }

    /** With another number of agreeing samples; {@link ModeDetector#HISTORY_SAMPLES} never finds a changed link. For comparisons. */
    RollingSamples(int agreeing) {
        this.agreeing = agreeing;
    }

    void add(LinkConditions sample) {
        if (samples.size() == ModeDetector.HISTORY_SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(sample);
        int before = samples.size() - agreeing;
        if (before > 0 && (anotherLink(values(LinkConditions::rttNs), before, Worse.HIGH)
                || anotherLink(values(LinkConditions::bandwidthBps), before, Worse.LOW))) {
            for (int i = 0; i < before; i++) {
                samples.removeFirst();
            }
        }
    }

    private static boolean anotherLink(double[] values, int before, Worse worse) {
        double was = median(Arrays.copyOf(values, before), worse);
        double[] now = Arrays.copyOfRange(values, before, values.length);
        double low = Arrays.stream(now).min().orElseThrow();
        double high = Arrays.stream(now).max().orElseThrow();
        return high <= low * OUTLIER_FACTOR && (low > was * OUTLIER_FACTOR || high < was / OUTLIER_FACTOR);
    }

    private double[] values(ToDoubleFunction<LinkConditions> quantity) {
        return samples.stream().mapToDouble(quantity).toArray();
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
                Math.round(average(values(LinkConditions::rttNs), Worse.HIGH)),
                Math.round(average(values(LinkConditions::bandwidthBps), Worse.LOW)),
                samples.stream().mapToDouble(LinkConditions::loss).average().orElse(0),
                samples.getLast().at(),
                "average of " + samples.size()));
    }

    private enum Worse { HIGH, LOW }

    private static double average(double[] values, Worse worse) {
        double median = median(values, worse);
        return Arrays.stream(values).filter(v -> v <= median * OUTLIER_FACTOR && v >= median / OUTLIER_FACTOR).average().orElse(median);
    }

    private static double median(double[] values, Worse worse) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[worse == Worse.HIGH ? sorted.length / 2 : (sorted.length - 1) / 2];
    }
}
