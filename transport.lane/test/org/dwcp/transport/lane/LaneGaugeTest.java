// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.junit.jupiter.api.Test;

class LaneGaugeTest {
    private static final long SAMPLE_NS = 100_000_000;
    private final LaneGauge gauge = new LaneGauge(4 << 20);
    private long nowNs = 1;
    private long arrived;

    private void run(int samples, long bps, boolean busy) {
        for (int sample = 0; sample < samples; sample++) {
            nowNs += SAMPLE_NS;
            arrived += bps / 80;
            gauge.sample(nowNs, arrived, busy);
        }
    }

    @Test
    void knowsNothingAtFirstAndThenHasRoomForTwoChunks() {
        assertThat(gauge.rateBps()).isZero();
        assertThat(gauge.roomBytes()).isEqualTo(LaneGauge.ROOM_BYTES_MIN);
    }

    @Test
    void followsTheRateOfABusyLaneUpAndDown() {
        run(30, 80_000_000, true);
        assertThat(gauge.rateBps()).isBetween(79_000_000L, 80_000_000L);

        run(30, 8_000_000, true);
        assertThat(gauge.rateBps()).isBetween(8_000_000L, 8_200_000L);
    }

    @Test
    void doesNotTakeAnIdleLaneForASlowOne() {
        run(30, 80_000_000, true);
        run(30, 0, false);
        run(30, 1_000_000, false);

        assertThat(gauge.rateBps()).isGreaterThan(79_000_000);
    }

    @Test
    void doesNotCountTheIdleTimeBeforeALaneIsBusyAgain() {
        run(30, 80_000_000, true);
        run(1, 0, false);
        run(1, 0, true);

        assertThat(gauge.rateBps()).isGreaterThan(79_000_000);
    }

    @Test
    void roomIsWhatGoesOutInATenthOfASecondWithinItsBounds() {
        run(60, 160_000_000, true);
        assertThat(gauge.roomBytes()).isBetween(1_990_000L, 2_000_000L);
        assertThat(gauge.kernelBytes(1 << 20)).isBetween(795_000, 800_000);
        assertThat(gauge.kernelBytes(100_000)).isEqualTo(100_000);
        assertThat(gauge.kernelBytes(10_000)).isEqualTo(10_000);

        run(60, 10_000_000_000L, true);
        assertThat(gauge.roomBytes()).isEqualTo(4 << 20);

        run(60, 0, true);
        assertThat(gauge.roomBytes()).isEqualTo(LaneGauge.ROOM_BYTES_MIN);
        assertThat(gauge.kernelBytes(1 << 20)).isEqualTo(LaneGauge.KERNEL_BYTES_MIN);
    }

    @Test
    void keepsAsMuchInTheKernelAsItSendsAndNotOnlyAsArrives() {
        run(60, 160_000_000, true);
        gauge.path(new TcpInfo(1, 1, 0, false, 0, 0, 0, 480_000_000, Long.MAX_VALUE, 0, 0, 0, 0));

        assertThat(gauge.kernelBytes(4 << 20)).isEqualTo(2_400_000);
        assertThat(gauge.roomBytes()).isBetween(1_990_000L, 2_000_000L);
    }

    private static TcpInfo info(long inOrder, long behindAGap) {
        return new TcpInfo(1, 1, 0, false, inOrder, 0, 0, 0, Long.MAX_VALUE, 0, inOrder + behindAGap, 0, 0);
    }

    @Test
    void aGapThatIsClosedIsNoFasterLane() {
        run(30, 80_000_000, true);
        long inOrder = arrived;
        for (int sample = 1; sample <= 20; sample++) { // 2 s until what was lost has come
            gauge.sample(nowNs += SAMPLE_NS, Optional.of(info(inOrder, sample * 1_000_000)), 0, true);
            assertThat(gauge.rateBps()).isBetween(79_000_000L, 80_000_000L);
        }

        gauge.sample(nowNs += SAMPLE_NS, Optional.of(info(inOrder + 21_000_000, 0)), 0, true);

        assertThat(gauge.rateBps()).isBetween(79_000_000L, 80_100_000L);
    }

    @Test
    void aLaneThatPausesToLookForTheShortestRoundTripStillWantsItsRate() {
        run(30, 80_000_000, true);
        gauge.path(new TcpInfo(1, 1, 0, false, 0, 0, 0, 85_000_000, 85_000_000, 0, 0, 0, 0));

        run(10, 0, true);

        assertThat(gauge.rateBps()).isLessThan(10_000_000);
        assertThat(gauge.demandBps()).isEqualTo(85_000_000);
    }

    @Test
    void whatAPeerTellsTwiceOfAGapCountsOnce() {
        run(30, 80_000_000, true);
        long inOrder = arrived;
        gauge.sample(nowNs += SAMPLE_NS, Optional.of(info(inOrder, 1_000_000)), 0, true);

        gauge.sample(nowNs += SAMPLE_NS, Optional.of(info(inOrder, 0)), 0, true);
        gauge.sample(nowNs += SAMPLE_NS, Optional.of(info(inOrder, 1_000_000)), 0, true);

        assertThat(gauge.rateBps()).isLessThan(80_000_000);
    }

    @Test
    void whereTheKernelKnowsNothingWhatItTookCounts() {
        for (int sample = 1; sample <= 40; sample++) {
            gauge.sample(nowNs += SAMPLE_NS, Optional.empty(), sample * 1_000_000, true);
        }

        assertThat(gauge.rateBps()).isBetween(79_000_000L, 80_100_000L);
    }
}
