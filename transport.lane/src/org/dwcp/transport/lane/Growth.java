// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks a channel's tuner when it is time. For channels that this end has opened. Asked by one thread; lanes settle on any. */
final class Growth {
    private final LanePolicy.Tuner tuner;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private long sinceNs;
    private long bytesThen;
    private long waitsThen;

    Growth(LanePolicy.Tuner tuner, long nowNs) {
        this.tuner = tuner;
        sinceNs = nowNs;
    }

    /** A lane is being connected. */
    void begins() {
        underWay.incrementAndGet();
    }

    /** That lane has joined, or never will. */
    void settles() {
        underWay.decrementAndGet();
    }

    /** A lane of the channel broke, or one in place of such a lane could not be connected. */
    void lost() {
        lost.incrementAndGet();
    }

    /** Gives how many lanes are to be connected in place of lost ones, and forgets them; none while some are under way. */
    int toReplace() {
        return underWay.get() > 0 ? 0 : lost.getAndSet(0);
    }

    /** Gives what the channel should have from now on; empty when it is not time to say so, or lanes are still under way. */
    Optional<LanePolicy.Plan> plan(LaneChannel channel, long nowNs) {
        long elapsedNs = nowNs - sinceNs;
        if (underWay.get() > 0 || lost.get() > 0 || elapsedNs < LanePolicy.Tuner.INTERVAL_MS * 1_000_000) {
            return Optional.empty();
        }
        long bytes = channel.bytesMoved();
        long waits = channel.laneSet().waits();
        long goodputBps = (long) ((bytes - bytesThen) * 8e9 / elapsedNs);
        boolean pressed = waits > waitsThen;
        sinceNs = nowNs;
        bytesThen = bytes;
        waitsThen = waits;
        var plan = tuner.next(view(channel, goodputBps, pressed));
        return Optional.of(new LanePolicy.Plan(Math.clamp(plan.lanes(), 1, LanePolicy.LANES_MAX), plan.laneWindowBytes()));
    }

    private static LanePolicy.View view(LaneChannel channel, long goodputBps, boolean pressed) {
        int active = channel.laneSet().active();
        long minimum = Long.MAX_VALUE;
        long rtts = 0;
        int known = 0;
        double repeated = 0;
        var lanes = channel.lanes();
        for (int index = 0; index < active; index++) {
            var gauge = lanes[index].gauge();
            long rttNs = gauge.takeRttMeanNs();
            if (gauge.rttMinNs() > 0 && rttNs > 0) {
                minimum = Math.min(minimum, gauge.rttMinNs());
                rtts += rttNs;
                repeated += gauge.retransmitShare();
                known++;
            }
        }
        return known == 0 ? new LanePolicy.View(active, goodputBps, 0, 0, 0, pressed, channel.laneSet().isBounded())
                : new LanePolicy.View(active, goodputBps, minimum, rtts / known, repeated / known, pressed, channel.laneSet().isBounded());
    }
}
