// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import java.util.ArrayDeque;
import java.util.Deque;

import org.dwcp.transport.lane.LanePolicy;

/**
 * One model of the bottleneck for all lanes of a channel. Each lane's BBR takes the most that it ever got for its share, so together they push a third more
 * into a full link than it carries, and lose that (measured: 20 to 27 % of the segments with six lanes and a queue of one product). This one sees the sum, and bounds it:
 *
 * <ol>
 * <li><b>Begin</b>: no bound, until a queue stands. The lanes' own start doubles the rate each round trip; nothing is quicker.
 * <li><b>Hold</b>: the highest rate of the last ten round trips that arrived, times a gain: a little more than one while the queue is short, less while it
 * stands, as far as it stands. So the link is full and its queue nearly empty.
 * <li><b>Probe</b>: while there is no queue, a quarter more for a round trip, as BBR does; at once again as long as that arrives.
 * </ol>
 *
 * <p>A queue that does not get shorter whatever is held back belongs to others: then the gain is BBR's cycle, which does not look at queues, until
 * it has gone. A link that drops before it queues is never held: there the lanes' own BBR rules. Gains and windows:
 * draft-cardwell-iccrg-bbr-congestion-control-00. A pure state machine, used by one thread.
 */
final class Bottleneck implements LanePolicy.Governor {
    /** Round trips over which the highest rate counts. Source: the draft, 4.1.1.2. */
    static final int RATE_ROUNDS = 10;
    /** Rates are measured over at least so long. Source: chosen; a busy machine looks tens of milliseconds late. */
    static final long SPAN_NS = 200_000_000;
    /** A queue so much longer than the shortest round trip ends the beginning. Source: chosen. */
    static final double STANDS = 0.25;
    /** The queue that is kept: an eighth of the round trip, within bounds that a busy machine does not reach, and that nobody feels. Source: chosen. */
    static final int QUEUE_PART = 8;
    static final long QUEUE_NS_MIN = 5_000_000;
    static final long QUEUE_NS_MAX = 40_000_000;
    /** Keeps the link full. Source: chosen; fills a queue of 2 % of a round trip each round trip. */
    static final double FULL = 1.02;
    /** Beyond that while there is no queue at all: some lanes do not use what they are dealt. Source: chosen; more would swing (see {@code BottleneckTest}). */
    static final double EMPTY = 0.1;
    static final double PROBE = 1.25;
    static final double DRAIN = 0.75;
    /** Round trips from one probe to the next. Source: the draft, 4.3.4.2. */
    static final int CYCLE = 8;
    /** What arrives must be so much of what was allowed, or the allowance is not the limit. */
    private static final double USED = 0.9;
    /** Longest time without pressure after which all is forgotten. Source: chosen; BBR's window for round trips. */
    static final long FORGET_NS = 10_000_000_000L;
    private static final int LOOKS_MAX = 128;

    private final Deque<long[]> looks = new ArrayDeque<>();
    private final Deque<long[]> rates = new ArrayDeque<>();
    private boolean holding;
    private int standing;
    private long pressedNs;
    private long roundEndNs;
    private long round;
    private long probedRound;
    private boolean probing;
    private int hopeless;
    private boolean contended;
    private long boundBps;

    /** The highest rate that arrived lately. */
    long bottleneckBps() {
        return rates.isEmpty() ? 0 : rates.peekFirst()[1];
    }

    boolean isHolding() {
        return holding;
    }

    boolean isContended() {
        return contended;
    }

    @Override
    public long rateBps(LanePolicy.Now now) {
        if (!now.pressed() || now.rttMinNs() <= 0) {
            looks.clear(); // what arrived meanwhile says how much was offered
            if (now.atNs() - pressedNs > FORGET_NS) {
                forget();
            }
            return boundBps;
        }
        pressedNs = now.atNs();
        long arrivedBps = arrivedBps(now);
        if (arrivedBps == 0) {
            return boundBps;
        }
        boolean newRound = now.atNs() >= roundEndNs;
        if (newRound) {
            round++;
            roundEndNs = now.atNs() + Math.max(SPAN_NS, now.rttNs());
        }
        see(arrivedBps);
        long queueNs = now.rttNs() - now.rttMinNs();
        if (!holding) {
            standing = queueNs > STANDS * now.rttMinNs() + QUEUE_NS_MIN ? standing + 1 : 0;
            holding = standing >= 2;
            probedRound = round;
            if (!holding) {
                return 0;
            }
        }
        boundBps = (long) (gain(now, queueNs, arrivedBps, newRound) * bottleneckBps());
        return boundBps;
    }

    private void forget() {
        rates.clear();
        holding = false;
        standing = 0;
        contended = false;
        hopeless = 0;
        boundBps = 0;
    }

    /** What arrived over the last round trip; 0 before there is one. */
    private long arrivedBps(LanePolicy.Now now) {
        long spanNs = Math.max(SPAN_NS, now.rttMinNs());
        looks.addLast(new long[] {now.atNs(), now.arrivedBytes()});
        if (looks.size() > LOOKS_MAX) {
            looks.pollFirst();
        }
        long[] from = null;
        while (looks.size() > 1 && now.atNs() - looks.peekFirst()[0] >= spanNs) {
            from = looks.pollFirst();
        }
        if (from == null) {
            return 0;
        }
        looks.addFirst(from);
        return Math.max(0, (long) ((now.arrivedBytes() - from[1]) * 8e9 / (now.atNs() - from[0])));
    }

    private void see(long bps) {
        while (!rates.isEmpty() && rates.peekFirst()[0] <= round - RATE_ROUNDS) {
            rates.pollFirst();
        }
        while (!rates.isEmpty() && rates.peekLast()[1] <= bps) {
            rates.pollLast();
        }
        rates.addLast(new long[] {round, bps});
    }

    private double gain(LanePolicy.Now now, long queueNs, long arrivedBps, boolean newRound) {
        long keptNs = Math.clamp(now.rttMinNs() / QUEUE_PART, QUEUE_NS_MIN, QUEUE_NS_MAX);
        if (newRound) {
            look(queueNs, keptNs, arrivedBps);
        }
        if (contended) {
            return switch ((int) (round % CYCLE)) {
                case 0 -> PROBE;
                case 1 -> DRAIN;
                default -> 1;
            };
        }
        if (queueNs > keptNs) {
            return Math.max(DRAIN, 1 - (double) (queueNs - keptNs) / (2 * Math.max(now.rttMinNs(), SPAN_NS / 4)));
        }
        return probing ? PROBE : FULL + EMPTY * (1 - (double) Math.max(0, queueNs) / keptNs);
    }

    /** Once a round trip. */
    private void look(long queueNs, long keptNs, long arrivedBps) {
        boolean queued = queueNs > keptNs;
        hopeless = queueNs > 2 * keptNs ? hopeless + 1 : 0;
        contended = queued && (contended || hopeless > RATE_ROUNDS);
        boolean pays = probing && arrivedBps > USED * boundBps;
        probing = !queued && (pays || round - probedRound >= CYCLE || queueNs < keptNs / 2 && arrivedBps > USED * boundBps);
        if (probing) {
            probedRound = round;
        }
    }
}
