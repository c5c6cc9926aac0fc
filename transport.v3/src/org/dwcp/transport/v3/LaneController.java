// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.transport.lane.LanePolicy;

/**
 * Lanes and windows for a wide-area link, from what a channel measures itself. Three rules, each interval:
 *
 * <ol>
 * <li><b>Product</b>: so many lanes that the bandwidth-delay product fits into what they are trusted with. The rate is the
 * channel's goodput, the delay its shortest round trip. A window above what the kernel gives by itself is asked for.
 * <li><b>Gain</b>: when senders wait, the goodput does not fall, and the round trip shows no standing queue, the link may have more to give: half as many
 * lanes more are tried; a new lane doubles its rate each round trip, which an old one does not do again. They stay when the goodput grew by a tenth; else they are put aside and the next trial comes later, each time twice as late.
 * <li><b>Queue</b>: a standing queue, or a bound (see {@link Bottleneck}), says that the link is full. Then no lane is added for gain, since it could only push others aside, and lanes beyond
 * twice what the product asks for are put aside.
 * </ol>
 *
 * <p>A channel that carries next to nothing, or whose sender is the limit, is left alone.
 */
final class LaneController implements LanePolicy {
    /** Fewest and most lanes. Source: decision 9 of the requirements. */
    static final int LANES_MIN = 4;
    static final int LANES_MAX = 16;
    /** Bytes under way that one lane is trusted with. Source: Linux gives a socket 4 MiB to send from; half of it is unsent or queued. */
    static final long LANE_WINDOW_BYTES = 2 << 20;
    /**
     * What each lane may have under way from its beginning. It has to be several products: what was sent after a lost segment is held until that has
     * come. Source: measured, 4 MiB a lane at 100 ms and 1 % loss end at 110 Mbit/s a lane. No memory is taken before it is needed.
     */
    static final long FIRST_WINDOW_BYTES = 8 << 20;
    /**
     * Windows are wider than the product: BBR has up to twice of it under way (draft-cardwell-iccrg-bbr-congestion-control-00, 4.2.3), and what follows a
     * lost segment is held for one more round trip.
     */
    static final double HEADROOM = 4;
    /** Most that a channel may have under way. Source: chosen; 900 Mbit/s at 500 ms are 56 MB, with BBR's headroom twice that. */
    static final long CHANNEL_WINDOW_BYTES_MAX = 128L << 20;
    /** Growth that pays. Source: chosen; above the noise of a measurement over two seconds. */
    static final double PAYS = 1.10;
    /** A round trip so much above the shortest one, in the mean of an interval, is a standing queue. Source: {@link Bottleneck} keeps more on a full link. */
    static final double QUEUED = 1.10;
    /** Shorter queues say nothing: a busy machine makes them. Source: chosen. */
    static final long QUEUE_NS_MIN = 5_000_000;
    /** Below this a channel does not need more lanes. Source: chosen. */
    static final long IDLE_BPS = 1_000_000;
    /** Intervals to rest after a trial that did not pay, at first and at most: ten seconds to five minutes. Source: chosen. */
    static final int REST = 5;
    static final int REST_MAX = 150;
    /** Intervals that a full link must want fewer lanes before some are put aside. */
    static final int PATIENCE = 3;

    private final int min;
    private final int max;

    LaneController(int min, int max) {
        Check.argument(min >= LANES_MIN && min <= LANES_MAX, "lanes.min %d is not in %d..%d", min, LANES_MIN, LANES_MAX);
        Check.argument(max >= min && max <= LANES_MAX, "lanes.max %d is not in lanes.min (%d)..%d", max, min, LANES_MAX);
        this.min = min;
        this.max = max;
    }

    @Override
    public Tuner begin(Path path) {
        return new Controlling(lanesFor(path.link()));
    }

    /** The lanes that hold a link's bandwidth-delay product. */
    int lanesFor(Optional<LinkStats> link) {
        return link.map(stats -> lanesFor(product(stats.deliveryBps(), stats.rttMinNs()))).orElse(min);
    }

    private int lanesFor(double productBytes) {
        return (int) Math.clamp(Math.ceil(productBytes / LANE_WINDOW_BYTES), min, max);
    }

    @Override
    public long laneWindowBytes() {
        return FIRST_WINDOW_BYTES;
    }

    /** Lanes on BBR need one: see {@link Bottleneck}. A window that loss cuts keeps itself within what the link carries. */
    @Override
    public Optional<Governor> governor(String congestion) {
        return congestion.equals(CongestionController.Algorithm.BBR.word()) ? Optional.of(new Bottleneck()) : Optional.empty();
    }

    private static double product(long bps, long rttNs) {
        return bps / 8e9 * rttNs;
    }

    private final class Controlling implements Tuner {
        private final int first;
        private long beforeBps;
        private int beforeLanes;
        private boolean trial;
        private int rest;
        private int nextRest = REST;
        private int tooMany;

        Controlling(int first) {
            this.first = first;
        }

        @Override
        public int first() {
            return first;
        }

        @Override
        public Plan next(View view) {
            int lanes = lanes(view);
            return new Plan(lanes, window(view, lanes));
        }

        /** Several products shared out; what a lane once has is enough for a slower link too. */
        private long window(View view, int lanes) {
            double bytes = Math.min(CHANNEL_WINDOW_BYTES_MAX, HEADROOM * product(view.goodputBps(), view.rttMinNs())) / lanes;
            return Math.max(FIRST_WINDOW_BYTES, (long) bytes);
        }

        private int lanes(View view) {
            int now = view.lanes();
            long bps = view.goodputBps();
            long lastBps = beforeBps;
            beforeBps = bps;
            if (bps < IDLE_BPS || !view.pressed()) {
                trial = false; // what follows an idle time says nothing about a trial
                return now;
            }
            if (trial) {
                trial = false;
                if (bps < lastBps * PAYS) {
                    rest = nextRest;
                    nextRest = Math.min(REST_MAX, nextRest * 2);
                    return beforeLanes;
                }
                nextRest = REST;
            }
            int asked = lanesFor(product(bps, view.rttMinNs()));
            boolean full = view.rttMinNs() > 0 && view.rttNs() > Math.max(view.rttMinNs() * QUEUED, view.rttMinNs() + QUEUE_NS_MIN);
            tooMany = full && now > 2 * asked ? tooMany + 1 : 0;
            if (asked > now) {
                return asked;
            }
            if (tooMany >= PATIENCE) {
                tooMany = 0;
                return asked;
            }
            if (rest > 0) {
                rest--;
                return now;
            }
            boolean fell = bps < lastBps / PAYS;
            if (full || view.bounded() || fell || lastBps == 0 || now == max) {
                return now;
            }
            trial = true;
            beforeLanes = now;
            return Math.min(max, now + now / 2);
        }
    }
}
