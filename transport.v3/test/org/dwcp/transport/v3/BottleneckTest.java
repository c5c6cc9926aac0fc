// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.lane.LanePolicy.Now;
import org.junit.jupiter.api.Test;

/** The model on a simulated link: a wire with a queue in front of it, and lanes that would push half as much again as it carries. */
@Requirement({"R-153", "R-138"})
class BottleneckTest {
    private static final long MS = 1_000_000;
    private static final long STEP_MS = 5;
    private static final long LOOK_MS = 100;
    private static final double LANES_PUSH = 1.5;

    private final Bottleneck model = new Bottleneck();
    private double linkBps = 900e6;
    private double rttMs = 100;
    private double queueMost = 11.25e6;
    /** What the application offers. */
    private double offeredBps = 1e12;
    /** Others keep so much in the queue whatever happens here. */
    private double othersQueueMs;
    private double othersBps;
    private double lanesBps = 5e6;
    private double boundBps;
    private double queueBytes;
    private double queueMsMost;
    private double lostBytes;
    private double sentBytes;
    private double arrivedBytes;
    private long nowMs = 1;
    /** What is known of only a round trip later: bytes that arrived, round trip. */
    private final Deque<double[]> onTheWay = new ArrayDeque<>();
    private double knownBytes;
    private double knownRttMs = rttMs;

    /** Runs so long; gives what arrived, in bits per second. */
    private double run(double seconds) {
        double before = arrivedBytes;
        queueMsMost = 0;
        lostBytes = 0;
        sentBytes = 0;
        for (double end = nowMs + seconds * 1_000; nowMs < end; nowMs += STEP_MS) {
            step();
        }
        return (arrivedBytes - before) * 8 / seconds;
    }

    private void step() {
        lanesBps = Math.min(lanesBps * Math.pow(2, STEP_MS / rttMs), LANES_PUSH * linkBps);
        double bps = Math.min(offeredBps, boundBps == 0 ? lanesBps : Math.min(lanesBps, boundBps));
        double bytes = bps * STEP_MS / 8e3;
        sentBytes += bytes;
        double carried = linkBps * STEP_MS / 8e3 * (othersBps == 0 ? 1 : bps / (bps + othersBps));
        double out = Math.min(carried, queueBytes + bytes);
        queueBytes += bytes - out;
        lostBytes += Math.max(0, queueBytes - queueMost);
        queueBytes = Math.min(queueMost, queueBytes);
        arrivedBytes += out;
        double queueMs = Math.max(queueBytes * 8e3 / linkBps, othersQueueMs);
        queueMsMost = Math.max(queueMsMost, queueMs);
        onTheWay.addLast(new double[] {nowMs, arrivedBytes, rttMs + queueMs});
        while (nowMs - onTheWay.peekFirst()[0] >= rttMs) {
            var known = onTheWay.pollFirst();
            knownBytes = known[1];
            knownRttMs = known[2];
        }
        if (nowMs / LOOK_MS != (nowMs + STEP_MS) / LOOK_MS) {
            boundBps = model.rateBps(new Now(nowMs * MS, (long) knownBytes, (long) (rttMs * MS), (long) (knownRttMs * MS), offeredBps > bps));
        }
    }

    private void longLink(double mbit, double ms) {
        linkBps = mbit * 1e6;
        rttMs = ms;
        knownRttMs = ms;
        queueMost = linkBps * ms / 8e3;
    }

    @Test
    void keepsTheLinkFullAndItsQueueShort() {
        run(3);

        double bps = run(30);

        assertThat(bps).isGreaterThan(0.98 * linkBps);
        assertThat(lostBytes).isZero();
        assertThat(queueMsMost).isLessThan(0.6 * rttMs);
    }

    @Test
    void doesSoOnALinkFiveTimesAsLong() {
        longLink(100, 500);
        run(8);

        double bps = run(60);

        assertThat(bps).isGreaterThan(0.97 * linkBps);
        assertThat(lostBytes).isZero();
    }

    @Test
    void doesSoWhenARoundTripIsShorterThanALook() {
        longLink(500, 20);
        run(3);

        double bps = run(30);

        assertThat(bps).isGreaterThan(0.95 * linkBps);
        assertThat(lostBytes).isLessThan(0.01 * sentBytes);
    }

    @Test
    void leavesTheBeginningToTheLanes() {
        run(0.8);

        assertThat(boundBps).isZero();
        assertThat(model.isHolding()).isFalse();
    }

    @Test
    void doesNothingWhereNoQueueStands() {
        offeredBps = 300e6;

        double bps = run(30);

        assertThat(boundBps).isZero();
        assertThat(bps).isGreaterThan(0.97 * offeredBps);
    }

    @Test
    void followsALinkThatGetsSlower() {
        run(5);

        longLink(100, 100);
        run(5);

        assertThat(run(10)).isGreaterThan(0.95 * linkBps);
        assertThat(lostBytes).isZero();
    }

    @Test
    void followsALinkThatGetsFaster() {
        longLink(100, 100);
        run(5);

        longLink(900, 100);
        run(6);

        assertThat(run(5)).isGreaterThan(0.9 * linkBps);
    }

    @Test
    void doesNotGiveWayForEverToAQueueOfOthers() {
        run(5);
        othersBps = 450e6;
        othersQueueMs = 80;
        run(30);

        assertThat(model.isContended()).isTrue();
        assertThat(run(30)).as("bits per second beside 450 Mbit/s of others").isGreaterThan(0.4 * linkBps);

        othersBps = 0;
        othersQueueMs = 0;
        run(5);
        assertThat(model.isContended()).isFalse();
        assertThat(run(5)).isGreaterThan(0.95 * linkBps);
    }

    @Test
    void forgetsWhatItKnewWhenNothingWasSentForLong() {
        run(5);
        assertThat(boundBps).isPositive();

        offeredBps = 1e6;
        run(9);
        assertThat(boundBps).isPositive();
        run(3);

        assertThat(boundBps).isZero();
        assertThat(model.bottleneckBps()).isZero();
    }

    @Test
    void knowsNothingWithoutRoundTrips() {
        for (long ms = 100; ms < 5_000; ms += 100) {
            assertThat(model.rateBps(new Now(ms * MS, ms * 1_000_000, 0, 0, true))).isZero();
        }
    }
}
