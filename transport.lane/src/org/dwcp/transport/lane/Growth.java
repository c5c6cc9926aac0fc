// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.concurrent.atomic.AtomicInteger;

/** When a channel that this end has opened gets more lanes, and how many. Asked by one thread; lanes settle on any. */
final class Growth {
    private final LanePolicy.Tuner tuner;
    private final AtomicInteger underWay = new AtomicInteger();
    private long sinceNs;
    private long bytesThen;

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

    /** Gives the number of lanes to add now, to those there are. */
    int lanesToAdd(int lanes, long bytesMoved, long nowNs) {
        long elapsedNs = nowNs - sinceNs;
        if (underWay.get() > 0 || elapsedNs < LanePolicy.Tuner.INTERVAL_MS * 1_000_000) {
            return 0;
        }
        long goodputBps = (long) ((bytesMoved - bytesThen) * 8e9 / elapsedNs);
        sinceNs = nowNs;
        bytesThen = bytesMoved;
        return Math.max(0, Math.min(LanePolicy.LANES_MAX, tuner.next(lanes, goodputBps)) - lanes);
    }
}
