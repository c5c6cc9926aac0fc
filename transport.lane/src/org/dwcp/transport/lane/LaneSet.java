// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.concurrent.atomic.LongAdder;

/** A channel's lanes: how many are in use, which takes the next frame, and how often none did. Thread-safe, but for {@link #isStill}. */
final class LaneSet {
    private final LongAdder waits = new LongAdder();
    private volatile Lane[] lanes = {};
    private volatile int active = Integer.MAX_VALUE;
    private volatile boolean bounded;
    private long sentThen;

    void set(Lane[] all) {
        lanes = all;
    }

    /** All that are connected, in use or not; not to be changed. */
    Lane[] all() {
        return lanes;
    }

    /** How many are in use, from the first on; the others stay connected, and idle. */
    int active() {
        return Math.min(active, lanes.length);
    }

    void active(int count) {
        active = count;
    }

    /** Whether their rate is bounded, all of them together. */
    boolean isBounded() {
        return bounded;
    }

    void bounded(boolean now) {
        bounded = now;
    }

    /** Reserves on the lane that will have the frame out first; null when it is better to wait for room. */
    Lane reserve(int bytes, long nowNs) {
        var all = lanes;
        int index = all.length == 1 ? 0 : Striping.choose(all, active, bytes, nowNs);
        return index >= 0 && all[index].reserve(bytes, nowNs) ? all[index] : null;
    }

    /** Whether a frame may overtake those that wait: several lanes keep no order anyhow. */
    boolean goesFirst(int bytes) {
        return bytes <= Striping.SMALL_BYTES && lanes.length > 1;
    }

    /** A sender waits for room, or was refused for lack of it. */
    void waited() {
        waits.increment();
    }

    long waits() {
        return waits.sum();
    }

    long heldBytes() {
        long held = 0;
        for (var lane : lanes) {
            held += lane.heldBytes();
        }
        return held;
    }

    /** Whether nothing was sent since the last time that this was asked, and nothing waits. Asked by one thread. */
    boolean isStill(long sentBytes) {
        boolean still = sentBytes == sentThen && heldBytes() == 0;
        sentThen = sentBytes;
        return still;
    }
}
