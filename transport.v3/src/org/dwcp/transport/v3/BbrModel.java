// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * BBR's model of a path, for kernels without BBR: it paces a lane at the rate that the bottleneck lets through, so that its queue stays short
 * and a lost packet does not halve the rate. Source: Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue 14(5), 2016, and
 * draft-cardwell-iccrg-bbr-congestion-control-00; gains and windows are those of the draft. Three things differ, because here the window
 * belongs to the kernel: a round is one smoothed round-trip time; too much under way slows the lane down to what arrives instead of stopping
 * it; and ProbeRTT empties the queue by half the rate instead of four packets.
 *
 * <p>A pure state machine: no clock, no socket. Used by one thread.
 */
final class BbrModel implements CongestionController {
    enum State { STARTUP, DRAIN, PROBE_BW, PROBE_RTT }

    /** 2/ln 2: doubles the rate each round. */
    static final double HIGH_GAIN = 2.885;
    static final double[] CYCLE = {1.25, 0.75, 1, 1, 1, 1, 1, 1};
    static final double PROBE_RTT_GAIN = 0.5;
    static final double FLIGHT_GAIN = 2;
    static final int BANDWIDTH_ROUNDS = 10;
    static final long RTT_WINDOW_NS = 10_000_000_000L;
    static final long PROBE_RTT_NS = 200_000_000L;
    private static final double FULL_GROWTH = 1.25;
    private static final int FULL_ROUNDS = 3;
    /** Never slower, so that a lane cannot talk itself to death. Source: chosen; four packets a round of 50 ms. */
    static final long FLOOR_BPS = 1_000_000;

    private final Deque<long[]> rates = new ArrayDeque<>();
    private State state = State.STARTUP;
    private long round;
    private long roundEndsNs;
    private long rttNs = Long.MAX_VALUE;
    private long rttSeenNs;
    private long fullBps;
    private int fullRounds;
    private boolean full;
    private int phase;
    private long phaseEndsNs;
    private long probeEndsNs;
    private boolean begun;

    State state() {
        return state;
    }

    /** The bottleneck's rate as far as seen, 0 before the first sample. */
    long bottleneckBps() {
        return rates.isEmpty() ? 0 : rates.peekFirst()[1];
    }

    @Override
    public Algorithm algorithm() {
        return Algorithm.BBR;
    }

    @Override
    public long paceBps(Sample sample) {
        if (sample.rttNs() <= 0 || sample.deliveryBps() <= 0) {
            return 0; // nothing measured yet
        }
        boolean newRound = countRounds(sample);
        seeRate(sample);
        boolean rttIsOld = seeRtt(sample);
        if (newRound && !sample.appLimited()) {
            lookWhetherFull();
        }
        move(sample, rttIsOld);
        long bps = (long) (gain() * bottleneckBps());
        if (sample.flightBytes() > FLIGHT_GAIN * productBytes()) {
            bps = Math.min(bps, sample.deliveryBps()); // BBR's window would let one packet go for each that arrives
        }
        return Math.max(FLOOR_BPS, bps);
    }

    private boolean countRounds(Sample sample) {
        if (begun && sample.atNs() < roundEndsNs) {
            return false;
        }
        boolean counted = begun;
        begun = true;
        round++;
        roundEndsNs = sample.atNs() + sample.rttNs();
        return counted;
    }

    /** The highest rate of the last rounds; one that the application limited counts only when it is higher. */
    private void seeRate(Sample sample) {
        while (!rates.isEmpty() && rates.peekFirst()[0] <= round - BANDWIDTH_ROUNDS) {
            rates.pollFirst();
        }
        if (sample.appLimited() && sample.deliveryBps() <= bottleneckBps()) {
            return;
        }
        while (!rates.isEmpty() && rates.peekLast()[1] <= sample.deliveryBps()) {
            rates.pollLast();
        }
        rates.addLast(new long[] {round, sample.deliveryBps()});
    }

    private boolean seeRtt(Sample sample) {
        boolean old = rttNs != Long.MAX_VALUE && sample.atNs() - rttSeenNs > RTT_WINDOW_NS;
        if (sample.rttNs() <= rttNs || old) {
            rttNs = sample.rttNs();
            rttSeenNs = sample.atNs();
        }
        return old;
    }

    private void lookWhetherFull() {
        if (full) {
            return;
        }
        if (bottleneckBps() >= fullBps * FULL_GROWTH) {
            fullBps = bottleneckBps();
            fullRounds = 0;
        } else if (++fullRounds >= FULL_ROUNDS) {
            full = true;
        }
    }

    private void move(Sample sample, boolean rttIsOld) {
        if (state == State.STARTUP && full) {
            state = State.DRAIN;
        }
        if (state == State.DRAIN && sample.flightBytes() <= productBytes()) {
            probeBandwidth(sample.atNs(), 2); // the draft starts anywhere but in the phase that drains
        }
        if (state == State.PROBE_BW && sample.atNs() >= phaseEndsNs) {
            probeBandwidth(sample.atNs(), (phase + 1) % CYCLE.length);
        }
        if (state != State.PROBE_RTT && rttIsOld) {
            state = State.PROBE_RTT;
            probeEndsNs = sample.atNs() + Math.max(PROBE_RTT_NS, sample.rttNs());
        } else if (state == State.PROBE_RTT && sample.atNs() >= probeEndsNs) {
            rttSeenNs = sample.atNs();
            if (full) {
                probeBandwidth(sample.atNs(), 2);
            } else {
                state = State.STARTUP;
            }
        }
    }

    private void probeBandwidth(long nowNs, int next) {
        state = State.PROBE_BW;
        phase = next;
        phaseEndsNs = nowNs + rttNs;
    }

    /** Bytes under way that fill the path and no queue. */
    private long productBytes() {
        return (long) (bottleneckBps() / 8e9 * rttNs);
    }

    private double gain() {
        return switch (state) {
            case STARTUP -> HIGH_GAIN;
            case DRAIN -> 1 / HIGH_GAIN;
            case PROBE_BW -> CYCLE[phase];
            case PROBE_RTT -> PROBE_RTT_GAIN;
        };
    }
}
