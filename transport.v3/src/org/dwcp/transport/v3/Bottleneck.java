// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import java.util.ArrayDeque;
import java.util.Deque;

import org.dwcp.transport.lane.LanePolicy;

/**
 * Keeps the lanes of a channel from flooding the bottleneck together. Each lane's BBR takes the most that it ever got for its share, so on a full link they push
 * up to a third more into the queue than comes out, and lose that. Here the sum is seen:
 *
 * <ol>
 * <li><b>Free</b>: no bound; the lanes' own BBR finds what the link gives, and nothing is quicker. While they flood it (much is sent again, and what arrives does
 * not grow) the link is full, so what arrives is the link's rate, whatever round trips and jitter say.
 * <li><b>Held</b>: that rate is the bound, times a gain from {@link #GAIN_LEAST} to {@link #GAIN_MOST} by the queue's length, so that the link stays full and the
 * queue gets short. The rate is raised by what arrives and never lowered: a bound that followed what it lets through would follow itself down to nothing.
 * </ol>
 *
 * <p>A hold ends when it does no good: less arrives than before, or as much is lost as before, for {@link #DOUBT_NS}. The lanes are free again at once,
 * and for a rest that doubles each time. It ends also when the link proves to be faster, when nothing was offered for a while, and after {@link #HOLD_NS}: what
 * nobody asked for cannot be seen. So the most that a mistake costs is a seventh of the rate for a few seconds in each rest.
 *
 * <p>Gains: draft-cardwell-iccrg-bbr-congestion-control-00, whose probing is a quarter. A pure state machine, used by one thread.
 */
final class Bottleneck implements LanePolicy.Governor {
    /** Share of segments sent again that is a flood. Source: chosen; four times what a bad link loses by itself, a quarter of what was measured in a flood. */
    static final double FLOODED = 0.04;
    /** What arrives in the second half of a look may be so much above the whole, or the lanes still grow. Source: chosen; the noise of a busy machine. */
    static final double LEVEL = 1.15;
    /**
     * Losses, and rates that must not fall, are those of so many round trips; the link's rate is that of one: on a long link three reach back to when the lanes were
     * still growing. At least that time. Source: chosen; a busy machine looks tens of milliseconds late.
     */
    static final int SPAN_ROUNDS = 3;
    static final long SPAN_NS = 500_000_000;
    static final double GAIN_LEAST = 0.98;
    /** With a queue as it should be; fills one of 2 % of a round trip each round trip. */
    static final double GAIN_FULL = 1.02;
    /** With no queue: some lanes do not use what they are dealt. Source: chosen; more would swing (see {@code BottleneckTest}). */
    static final double GAIN_MOST = 1.12;
    /** The queue that is kept: an eighth of the round trip, within bounds that a busy machine does not reach, and that nobody feels. Source: chosen. */
    static final int QUEUE_PART = 8;
    static final long QUEUE_NS_MIN = 5_000_000;
    static final long QUEUE_NS_MAX = 40_000_000;
    /** Part by which the rate follows more that arrives. Source: chosen; a busy machine delivers in heaps. */
    static final double GROWTH = 0.3;
    /** What arrives must be so much of what arrived before. Source: chosen; lanes that look for the shortest round trip send less for a fifth of a second. */
    static final double ARRIVES = 0.85;
    /** What is lost must be so much less than before. */
    static final double SAVES = 0.5;
    /** How long a hold may do no good, and after how long it must do good at all; and as many looks. Source: chosen. */
    static final long DOUBT_NS = 1_500_000_000;
    static final long SETTLE_NS = 2_000_000_000;
    private static final int DOUBT_SPANS = 2;
    /** So much more than at first is a faster link. */
    static final double FASTER = 1.25;
    static final long HOLD_NS = 20_000_000_000L;
    /** Time without pressure after which all is forgotten. Source: chosen. */
    static final long FORGET_NS = 3_000_000_000L;
    /** Rest after a hold that did no good, at first and at most. Source: chosen, as for lanes that did not pay. */
    static final long REST_NS = 10_000_000_000L;
    static final long REST_NS_MAX = 300_000_000_000L;
    private static final int LOOKS_MAX = 128;

    private final Deque<LanePolicy.Now> looks = new ArrayDeque<>();
    private boolean holding;
    private double rateBps;
    private double firstBps;
    private double firstLoss;
    private long heldNs;
    private long doubtedNs;
    private boolean doubted;
    private long pressedNs;
    private long restEndNs;
    private boolean resting;
    private long nextRestNs = REST_NS;
    private long boundBps;

    /** What happened between two looks. */
    private record Span(double bps, double loss, long ns) {
        static Span between(LanePolicy.Now from, LanePolicy.Now to) {
            long ns = to.atNs() - from.atNs();
            long sent = to.segmentsSent() - from.segmentsSent();
            return new Span((to.arrivedBytes() - from.arrivedBytes()) * 8e9 / ns, sent <= 0 ? 0 : (double) (to.retransmits() - from.retransmits()) / sent, ns);
        }
    }

    boolean isHolding() {
        return holding;
    }

    @Override
    public long rateBps(LanePolicy.Now now) {
        if (!now.pressed() || now.rttMinNs() <= 0) {
            looks.clear(); // what arrived meanwhile says how much was offered
            if (now.atNs() - pressedNs > FORGET_NS) {
                free();
            }
            return boundBps;
        }
        pressedNs = now.atNs();
        add(now);
        long spanNs = Math.max(SPAN_NS, SPAN_ROUNDS * now.rttNs());
        long roundNs = Math.max(SPAN_NS, now.rttNs());
        if (holding && since(now.atNs() - roundNs) != null) {
            rateBps += GROWTH * Math.max(0, last(roundNs).bps() - rateBps);
        }
        if (since(now.atNs() - spanNs) != null) {
            var span = last(spanNs);
            if (holding) {
                judge(now, span);
            } else if (!rests(now.atNs()) && isFlood(span, last(spanNs / 2))) {
                hold(now, Math.max(span.bps(), last(roundNs).bps()), span.loss());
            }
        }
        boundBps = holding ? (long) (gain(now) * rateBps) : 0;
        return boundBps;
    }

    private void add(LanePolicy.Now now) {
        var last = looks.peekLast();
        if (last != null && (now.arrivedBytes() < last.arrivedBytes() || now.segmentsSent() < last.segmentsSent())) {
            looks.clear(); // a lane has gone, and its figures with it
        }
        looks.addLast(now);
        if (looks.size() > LOOKS_MAX) {
            looks.pollFirst();
        }
    }

    /** The youngest look that is as old as that; none when all are younger. */
    private LanePolicy.Now since(long atNs) {
        LanePolicy.Now found = null;
        for (var look : looks) {
            if (look.atNs() > atNs) {
                break;
            }
            found = look;
        }
        return found;
    }

    /** What happened in so long until the newest look; there must be a look that is as old. */
    private Span last(long ns) {
        var newest = looks.peekLast();
        return Span.between(since(newest.atNs() - ns), newest);
    }

    private boolean rests(long nowNs) {
        resting = resting && nowNs < restEndNs;
        return resting;
    }

    private static boolean isFlood(Span whole, Span half) {
        return whole.loss() > FLOODED && whole.bps() > 0 && half.bps() <= LEVEL * whole.bps();
    }

    private void hold(LanePolicy.Now now, double bps, double loss) {
        holding = true;
        doubted = false;
        heldNs = now.atNs();
        rateBps = bps;
        firstBps = bps;
        firstLoss = loss;
        looks.clear(); // what is measured from here on is what the hold has done
        looks.addLast(now);
    }

    private void judge(LanePolicy.Now now, Span span) {
        if (rateBps > FASTER * firstBps || now.atNs() - heldNs > HOLD_NS) {
            nextRestNs = REST_NS;
            free();
            return;
        }
        boolean settled = now.atNs() - heldNs > Math.max(SETTLE_NS, 2 * span.ns());
        boolean good = span.bps() >= ARRIVES * rateBps && (!settled || span.loss() <= Math.max(FLOODED / 2, SAVES * firstLoss));
        if (good) {
            doubted = false;
        } else if (!doubted) {
            doubted = true;
            doubtedNs = now.atNs();
        } else if (now.atNs() - doubtedNs > Math.max(DOUBT_NS, DOUBT_SPANS * span.ns())) {
            resting = true;
            restEndNs = now.atNs() + nextRestNs;
            nextRestNs = Math.min(REST_NS_MAX, 2 * nextRestNs);
            free();
        }
    }

    private void free() {
        holding = false;
        boundBps = 0;
        looks.clear();
    }

    /** By the queue, as far as round trips tell: what they pretend makes a difference of a tenth. */
    private static double gain(LanePolicy.Now now) {
        long queueNs = Math.max(0, now.rttNs() - now.rttMinNs());
        long keptNs = Math.clamp(now.rttMinNs() / QUEUE_PART, QUEUE_NS_MIN, QUEUE_NS_MAX);
        if (queueNs <= keptNs) {
            return GAIN_FULL + (GAIN_MOST - GAIN_FULL) * (1 - (double) queueNs / keptNs);
        }
        return Math.max(GAIN_LEAST, GAIN_FULL - (double) (queueNs - keptNs) / (2 * Math.max(now.rttMinNs(), QUEUE_NS_MAX)));
    }
}
