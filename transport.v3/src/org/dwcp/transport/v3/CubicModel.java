// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

/**
 * CUBIC's window (RFC 9438), for kernels without it: a lane is paced so that one window goes out each round trip. The window follows the cubic of the
 * time since the last loss, flat around the window at which that happened; it never grows slower than Reno's would; a loss cuts it by
 * {@link #BETA}; slow start until the first one. Differences to the RFC: a round is one smoothed round-trip time; a burst of losses within a round is one
 * event; the kernel's own window stays in force, so this one can only be the narrower of the two.
 *
 * <p>A pure state machine: no clock, no socket. Used by one thread.
 */
final class CubicModel implements CongestionController {
    /** Multiplicative decrease. Source: RFC 9438, 4.6. */
    static final double BETA = 0.7;
    /** Scaling, segments per cubic second. Source: RFC 9438, 5. */
    static final double C = 0.4;
    /** Bytes of a segment: Ethernet's, less headers and time stamps. */
    static final int SEGMENT_BYTES = 1_448;
    /** Source: RFC 6928. */
    static final double FIRST_SEGMENTS = 10;
    /** Source: RFC 9438, 4.6: the window is never below two segments. */
    static final double LEAST_SEGMENTS = 2;
    /** Pacing above one window a round, so that the window and not the pace is the limit. Source: Linux, net.ipv4.tcp_pacing_ca_ratio and _ss_ratio. */
    private static final double PACE_GAIN = 1.2;
    private static final double PACE_GAIN_SLOW_START = 2;

    private double window = FIRST_SEGMENTS;
    private double windowMax;
    private double reno;
    private double k;
    private boolean slowStart = true;
    private long epochNs;
    private long lastNs;
    private long recoveredNs;
    private long retransmits = -1;

    /** The window now, in segments. */
    double windowSegments() {
        return window;
    }

    /** Seconds from the last loss until the window is again what it was then. */
    double plateauSeconds() {
        return k;
    }

    boolean isSlowStart() {
        return slowStart;
    }

    @Override
    public Algorithm algorithm() {
        return Algorithm.CUBIC;
    }

    @Override
    public long paceBps(Sample sample) {
        if (sample.rttNs() <= 0) {
            return 0; // nothing measured yet
        }
        boolean lost = retransmits >= 0 && sample.retransmits() > retransmits;
        retransmits = sample.retransmits();
        if (lastNs == 0) {
            lastNs = sample.atNs();
        }
        double rounds = (double) (sample.atNs() - lastNs) / sample.rttNs();
        lastNs = sample.atNs();
        if (lost && sample.atNs() >= recoveredNs) {
            cut(sample);
        } else if (!sample.appLimited() && sample.atNs() >= recoveredNs) {
            grow(sample, rounds);
        } else if (sample.appLimited()) {
            epochNs += (long) (rounds * sample.rttNs()); // time without need for the window does not count (RFC 9438, 5.8)
        }
        return (long) (window * SEGMENT_BYTES * 8e9 / sample.rttNs() * (slowStart ? PACE_GAIN_SLOW_START : PACE_GAIN));
    }

    private void cut(Sample sample) {
        windowMax = window < windowMax ? window * (1 + BETA) / 2 : window; // fast convergence (RFC 9438, 4.7)
        window = Math.max(LEAST_SEGMENTS, window * BETA);
        reno = window;
        k = Math.cbrt(Math.max(0, windowMax - window) / C);
        slowStart = false;
        epochNs = sample.atNs();
        recoveredNs = sample.atNs() + sample.rttNs();
    }

    private void grow(Sample sample, double rounds) {
        if (slowStart) {
            window *= Math.pow(2, rounds);
            return;
        }
        double alpha = reno < windowMax ? 3 * (1 - BETA) / (1 + BETA) : 1; // RFC 9438, 4.3
        reno += alpha * rounds;
        double seconds = (sample.atNs() - epochNs + sample.rttNs()) / 1e9; // where the curve is one round from now
        double target = Math.clamp(C * Math.pow(seconds - k, 3) + windowMax, window, 1.5 * window);
        window = Math.max(Math.max(window, reno), window + (target - window) * Math.min(1, rounds));
    }
}
