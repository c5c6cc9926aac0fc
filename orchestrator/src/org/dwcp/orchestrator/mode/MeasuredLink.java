// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.transport.LinkStats;

/** What is known of one link. Not thread-safe. */
final class MeasuredLink {
    /** Age at which a burst's result is measured again. Source: chosen. */
    static final Duration BANDWIDTH_AGE_MIN = Duration.ofSeconds(60);
    /** The same for a link that takes long to measure: bursts take a fiftieth of an idle link's time at most. Source: chosen. */
    static final int BURST_TIME_SHARE = 50;
    static final Duration BANDWIDTH_AGE_MAX = Duration.ofMinutes(10);
    /** Least time between two bursts on one link, also after a failure. */
    static final Duration BURST_INTERVAL_MIN = Duration.ofSeconds(5);
    /** A burst that differs by more than this from what is known is repeated. A busy machine can only make it less, so of two the higher counts. */
    private static final double AGREES = 1.25;
    private static final Duration BELIEVED = Duration.ofSeconds(30);
    /** Pings whose fastest is taken: enough that one of them met no load. Source: chosen. */
    private static final int PINGS = 4;
    /** A fastest ping that is slower than the kernel's time by this and twice that time went further than the kernel saw. Source: chosen; far above
     *  what a loaded machine adds to the fastest of {@link #PINGS}. */
    private static final long SPLIT_NS = 8_000_000;
    /** What a link's traffic of the past counts at the next sample. Source: chosen; half is forgotten after seven samples. */
    private static final double TRAFFIC_KEPT = 0.9;

    private final Deque<Long> pings = new ArrayDeque<>();
    private long rttNs;
    private long bandwidthBps;
    private String source = "";
    private long measuredNs;
    private Duration ageMax = BANDWIDTH_AGE_MIN;
    private long rttWhenMeasuredNs;
    private long triedNs;
    private boolean tried;
    private double loss;
    private long bytesSeen;
    private double traffic;

    /** Takes what is known without a burst: the last ping, what each transport tells, the bytes that its channels have carried. */
    void observe(long lastPingNs, List<LinkStats> stats, long bytes, long nowNs) {
        long pingNs = fastestPing(lastPingNs);
        long kernelNs = smallest(stats.stream().mapToLong(s -> s.rttMinNs() > 0 ? s.rttMinNs() : s.rttNs()).toArray());
        long smoothedNs = Math.max(kernelNs, smallest(stats.stream().mapToLong(LinkStats::rttNs).toArray()));
        boolean split = kernelNs > 0 && pingNs > 2 * smoothedNs + SPLIT_NS;
        long rtt = kernelNs == 0 || split ? pingNs : pingNs == 0 ? kernelNs : Math.min(kernelNs, pingNs);
        if (rtt > 0) {
            rttNs = rtt;
        }
        List<LinkStats> told = split ? List.of() : stats;
        long full = told.stream().filter(s -> !s.appLimited()).mapToLong(LinkStats::deliveryBps).max().orElse(0);
        long atLeast = told.stream().mapToLong(LinkStats::deliveryBps).max().orElse(0);
        if (full > 0) {
            measured(full, "traffic", Duration.ZERO, nowNs);
        } else if (bandwidthBps > 0 && atLeast > bandwidthBps) {
            bandwidthBps = atLeast; // the link has just shown that it can do more than we thought
        }
        loss = stats.stream().mapToDouble(LinkStats::loss).filter(l -> l >= 0 && l <= 1).max().orElse(loss);
        // Channels that closed take their bytes with them: the sum may fall, and then nothing is known of the time between.
        traffic = traffic * TRAFFIC_KEPT + Math.max(0, bytes - bytesSeen);
        bytesSeen = bytes;
    }

    private static long smallest(long[] values) {
        return java.util.Arrays.stream(values).filter(v -> v > 0).min().orElse(0);
    }

    /** The fastest of the last pings, 0 before the first. A value that has not changed is the same ping still. */
    private long fastestPing(long ns) {
        if (ns > 0 && (pings.isEmpty() || pings.peekLast() != ns)) {
            pings.addLast(ns);
        }
        while (pings.size() > PINGS) {
            pings.removeFirst();
        }
        return pings.stream().mapToLong(Long::longValue).min().orElse(0);
    }

    /** Takes a burst's result. */
    void measured(LinkStats burst, Duration took, long nowNs) {
        long fresh = burst.rttMinNs() > 0 ? burst.rttMinNs() : burst.rttNs();
        rttNs = rttNs > 0 ? rttNs : fresh;
        double known = bandwidthBps;
        boolean recent = known > 0 && !moved() && nowNs - measuredNs < BELIEVED.toNanos();
        long bps = recent ? Math.max(bandwidthBps, burst.deliveryBps()) : burst.deliveryBps();
        measured(bps, burst.source() + " of " + took.toMillis() + " ms", took, nowNs);
        if (known == 0 || burst.deliveryBps() > known * AGREES || burst.deliveryBps() * AGREES < known) {
            ageMax = BURST_INTERVAL_MIN; // not confirmed yet
        }
    }

    private void measured(long bps, String by, Duration took, long nowNs) {
        bandwidthBps = bps;
        source = by;
        measuredNs = nowNs;
        rttWhenMeasuredNs = rttNs;
        Duration due = took.multipliedBy(BURST_TIME_SHARE);
        ageMax = due.compareTo(BANDWIDTH_AGE_MIN) < 0 ? BANDWIDTH_AGE_MIN : due.compareTo(BANDWIDTH_AGE_MAX) > 0 ? BANDWIDTH_AGE_MAX : due;
    }

    boolean needsBurst(long nowNs) {
        if (tried && nowNs - triedNs < BURST_INTERVAL_MIN.toNanos()) {
            return false;
        }
        return bandwidthBps == 0 || moved() || nowNs - measuredNs >= ageMax.toNanos();
    }

    /** Whether this is another path than the one that was measured. */
    private boolean moved() {
        return rttNs > 2 * rttWhenMeasuredNs || 2 * rttNs < rttWhenMeasuredNs;
    }

    void tried(long nowNs) {
        tried = true;
        triedNs = nowNs;
    }

    boolean known() {
        return rttNs > 0 && bandwidthBps > 0;
    }

    long rttNs() {
        return rttNs;
    }

    long bandwidthBps() {
        return bandwidthBps;
    }

    double loss() {
        return loss;
    }

    double traffic() {
        return traffic;
    }

    /** Gives what is known as one sample. */
    Optional<LinkConditions> sample(Instant at) {
        return known() ? Optional.of(new LinkConditions(rttNs, bandwidthBps, loss, at, source)) : Optional.empty();
    }
}
