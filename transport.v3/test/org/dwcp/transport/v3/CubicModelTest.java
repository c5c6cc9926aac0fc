// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.lane.Pacer.Sample;
import org.dwcp.transport.v3.CongestionController.Algorithm;
import org.junit.jupiter.api.Test;

/** The window by the curve of RFC 9438, sampled every 10 ms on a path of 100 ms. */
@Requirement({"R-142", "R-150"})
class CubicModelTest {
    private static final long STEP_NS = 10_000_000;
    private static final long RTT_NS = 100_000_000;
    private final CubicModel model = new CubicModel();
    private long nowNs = STEP_NS;
    private long retransmits;
    private long paceBps;

    private void run(long ms) {
        for (long end = nowNs + ms * 1_000_000; nowNs < end; nowNs += STEP_NS) {
            paceBps = model.paceBps(new Sample(nowNs, 1_000_000, false, RTT_NS, RTT_NS, 0, retransmits));
        }
    }

    private void lose() {
        retransmits++;
        run(10);
    }

    /** Grows to a window of some hundred segments, then loses one. */
    private double loseAtLarge() {
        run(600);
        double before = model.windowSegments();
        lose();
        return before;
    }

    @Test
    void doublesEachRoundTripUntilTheFirstLoss() {
        run(10);
        assertThat(model.windowSegments()).isEqualTo(CubicModel.FIRST_SEGMENTS);

        run(300);
        assertThat(model.windowSegments()).isCloseTo(8 * CubicModel.FIRST_SEGMENTS, within(1e-6));
        assertThat(model.isSlowStart()).isTrue();
    }

    @Test
    void cutsTheWindowByBetaOnALoss() {
        double before = loseAtLarge();

        assertThat(model.windowSegments()).isCloseTo(CubicModel.BETA * before, within(before * 0.08)); // the sample of the loss came 10 ms later
        assertThat(model.isSlowStart()).isFalse();
        double cut = model.windowSegments();
        run(50);
        assertThat(model.windowSegments()).as("recovery").isEqualTo(cut);
    }

    @Test
    void takesTheLossesOfOneRoundTripForOne() {
        loseAtLarge();
        double cut = model.windowSegments();

        for (int loss = 0; loss < 9; loss++) {
            lose();
        }

        assertThat(model.windowSegments()).isEqualTo(cut);
    }

    @Test
    void followsTheCubicCurve() {
        loseAtLarge();
        double cut = model.windowSegments();
        double max = cut / CubicModel.BETA;
        double k = Math.cbrt(max * (1 - CubicModel.BETA) / CubicModel.C);
        assertThat(model.plateauSeconds()).isCloseTo(k, within(1e-9));
        long lossNs = nowNs;

        for (int second = 1; second <= 15; second++) {
            run(1_000);
            double t = (nowNs - lossNs) / 1e9;
            double curve = CubicModel.C * Math.pow(t - k, 3) + max;
            assertThat(model.windowSegments()).as("segments after %.1f s", t).isCloseTo(Math.max(curve, cut), within(0.05 * curve + 2));
        }
    }

    @Test
    void isBackAtItsOldWindowAfterKSecondsAndFlatThere() {
        loseAtLarge();
        double max = model.windowSegments() / CubicModel.BETA;

        run((long) (model.plateauSeconds() * 1_000));
        double atPlateau = model.windowSegments();
        run(500);

        assertThat(atPlateau).isCloseTo(max, within(0.02 * max));
        assertThat(model.windowSegments() - atPlateau).isLessThan(0.01 * max);
    }

    @Test
    void givesWayFasterWhenItLosesBeforeItIsBackAtItsOldWindow() {
        double first = loseAtLarge();
        run(1_000);
        double second = model.windowSegments();
        lose();

        double goal = model.windowSegments() / CubicModel.BETA;
        run((long) (model.plateauSeconds() * 1_000));

        assertThat(second).isLessThan(first);
        assertThat(model.windowSegments()).isCloseTo(goal * (1 + CubicModel.BETA) / 2, within(0.05 * goal));
    }

    @Test
    void isNeverSlowerThanRenoWouldBe() {
        run(10);
        lose(); // with ten segments: the cubic stays flat for seconds
        double cut = model.windowSegments();
        run(100); // recovery
        run(2_000);

        double alpha = 3 * (1 - CubicModel.BETA) / (1 + CubicModel.BETA);
        assertThat(model.windowSegments()).isGreaterThanOrEqualTo(cut + alpha * 19);
    }

    @Test
    void neverFallsBelowTwoSegments() {
        run(10);
        for (int loss = 0; loss < 20; loss++) {
            lose();
            run(110);
        }

        assertThat(model.windowSegments()).isGreaterThanOrEqualTo(CubicModel.LEAST_SEGMENTS);
    }

    @Test
    void doesNotGrowWhileTheApplicationIsTheLimit() {
        loseAtLarge();
        run(500);
        double before = model.windowSegments();

        for (int step = 0; step < 1_000; step++, nowNs += STEP_NS) {
            model.paceBps(new Sample(nowNs, 1_000_000, true, RTT_NS, RTT_NS, 0, retransmits));
        }
        assertThat(model.windowSegments()).isEqualTo(before);

        run(STEP_NS / 1_000_000);
        assertThat(model.windowSegments()).as("no jump afterwards").isLessThan(before * 1.05);
    }

    @Test
    void pacesAWindowEachRoundTrip() {
        loseAtLarge();
        run(3_000);

        double windowBps = model.windowSegments() * CubicModel.SEGMENT_BYTES * 8e9 / RTT_NS;
        assertThat((double) paceBps).isBetween(windowBps, windowBps * 1.25);
        assertThat(new CubicModel().paceBps(new Sample(1, 0, true, 0, 0, 0))).isZero();
    }

    @Test
    void isTakenWhereTheKernelLacksTheFirstWish() {
        assertThat(CongestionController.beside("cubic bbr", "reno")).contains(Algorithm.CUBIC);
        assertThat(CongestionController.beside("bbr cubic", "cubic")).contains(Algorithm.BBR);
        assertThat(CongestionController.beside("bbr cubic", "bbr")).isEmpty();
        assertThat(CongestionController.beside("", "")).isEmpty();
        assertThat(CongestionController.beside("vegas", "")).isEmpty();
        for (var algorithm : Algorithm.values()) {
            assertThat(algorithm.begin().algorithm()).isEqualTo(algorithm);
        }
    }
}
