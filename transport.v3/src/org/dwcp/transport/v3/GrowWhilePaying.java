// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.transport.lane.LanePolicy;

/**
 * Lanes for a wide-area link. A channel begins with what the bandwidth-delay product of the link asks for, as far as earlier traffic has shown
 * it; then, every interval, lanes are doubled as long as the last doubling made the goodput grow by a tenth. When it did not, the number stays
 * for a while and is tried again, because links change. A channel that carries next to nothing is left alone.
 */
final class GrowWhilePaying implements LanePolicy {
    /** Fewest and most lanes. Source: decision 9 of the requirements. */
    static final int LANES_MIN = 4;
    static final int LANES_MAX = 16;
    /** Bytes under way that one lane is trusted with. Source: notes/transport.md, Linux gives a socket 4 MiB to send from; half is in queues. */
    static final long LANE_WINDOW_BYTES = 2 << 20;
    /** Growth that pays. Source: chosen; above the noise of a measurement over two seconds. */
    static final double PAYS = 1.10;
    /** Below this a channel does not need more lanes. Source: chosen. */
    static final long IDLE_BPS = 1_000_000;
    /** Intervals to rest after a doubling that did not pay: a minute. Source: chosen. */
    static final int REST = 30;

    private final int min;
    private final int max;

    GrowWhilePaying(int min, int max) {
        Check.argument(min >= LANES_MIN && min <= LANES_MAX, "lanes.min %d is not in %d..%d", min, LANES_MIN, LANES_MAX);
        Check.argument(max >= min && max <= LANES_MAX, "lanes.max %d is not in lanes.min (%d)..%d", max, min, LANES_MAX);
        this.min = min;
        this.max = max;
    }

    @Override
    public Tuner begin(Path path) {
        return new Growing(lanesFor(path.link()));
    }

    /** The lanes that hold a link's bandwidth-delay product. */
    int lanesFor(Optional<LinkStats> link) {
        double bytesUnderWay = link.map(stats -> stats.deliveryBps() / 8e9 * stats.rttMinNs()).orElse(0.0);
        return (int) Math.clamp(Math.ceil(bytesUnderWay / LANE_WINDOW_BYTES), min, max);
    }

    private final class Growing implements Tuner {
        private final int first;
        private long before;
        private boolean grown;
        private int rest;

        Growing(int first) {
            this.first = first;
        }

        @Override
        public int first() {
            return first;
        }

        @Override
        public int next(int now, long goodputBps) {
            if (goodputBps < IDLE_BPS) {
                grown = false; // what follows an idle time says nothing about the last doubling
                return now;
            }
            if (grown && goodputBps < before * PAYS) {
                grown = false;
                rest = REST;
            }
            if (rest > 0) {
                rest--;
                return now;
            }
            before = goodputBps;
            int next = Math.min(max, now * 2);
            grown = next > now;
            return Math.max(now, next);
        }
    }
}
