// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

import org.dwcp.transport.lane.LanePolicy.Now;
import org.junit.jupiter.api.Test;

/** The bound on a simulated link: a wire with a queue in front of it, and lanes that would push half as much again as it carries. */
class BottleneckTest {
    private static final long MS = 1_000_000;
    private static final long STEP_MS = 5;
    private static final long LOOK_MS = 100;
    private static final double SEGMENT = 1_448;

    private final Bottleneck model = new Bottleneck();
    private final SplittableRandom random = new SplittableRandom(7);
    private double lanesPush = 1.5;
    private double linkBps = 900e6;
    private double rttMs = 100;
    /** What the lanes believe the shortest round trip to be; what they see beyond the real one. */
    private double rttMinMs = 100;
    private double jitterMs;
    private double loss;
    private double queueMost = 11.25e6;
    /** What the application offers. */
    private double offeredBps = 1e12;
    /** Rate that others push into the same queue, whatever happens here. */
    private double othersBps;
    private double lanesBps = 5e6;
    private double boundBps;
    private double boundLeast;
    private double queueBytes;
    private double queueMsMost;
    private double lostBytes;
    private double sentBytes;
    private double arrivedBytes;
    private double allLostBytes;
    private double allSentBytes;
    private long nowMs = 1;
    private double heldSeconds;
    /** What is known of only a round trip later: time, bytes that arrived, sent and lost, round trip. */
    private final Deque<double[]> onTheWay = new ArrayDeque<>();
    private double[] known = {0, 0, 0, 0, rttMs};

    /** Runs so long; gives what arrived, in bits per second. */
    private double run(double seconds) {
        double before = arrivedBytes;
        queueMsMost = 0;
        lostBytes = 0;
        sentBytes = 0;
        heldSeconds = 0;
        boundLeast = Double.MAX_VALUE;
        for (double end = nowMs + seconds * 1_000; nowMs < end; nowMs += STEP_MS) {
            step();
        }
        return (arrivedBytes - before) * 8 / seconds;
    }

    private void step() {
        lanesBps = Math.min(lanesBps * Math.pow(2, STEP_MS / rttMs), lanesPush * linkBps);
        double bps = Math.min(offeredBps, boundBps == 0 ? lanesBps : Math.min(lanesBps, boundBps));
        double bytes = bps * STEP_MS / 8e3;
        double mine = bps / (bps + othersBps);
        double intoQueue = bytes * (1 - loss) + othersBps * STEP_MS / 8e3;
        double out = Math.min(linkBps * STEP_MS / 8e3, queueBytes + intoQueue);
        double overflow = Math.max(0, queueBytes + intoQueue - out - queueMost);
        queueBytes += intoQueue - out - overflow;
        count(bytes, bytes * loss + overflow * mine, out * mine);
        double queueMs = queueBytes * 8e3 / linkBps;
        queueMsMost = Math.max(queueMsMost, queueMs);
        onTheWay.addLast(new double[] {nowMs, arrivedBytes, allSentBytes, allLostBytes, rttMs + queueMs + random.nextDouble(0, jitterMs + 1e-9)});
        while (nowMs - onTheWay.peekFirst()[0] >= rttMs) {
            known = onTheWay.pollFirst();
        }
        heldSeconds += model.isHolding() ? STEP_MS / 1e3 : 0;
        if (nowMs / LOOK_MS != (nowMs + STEP_MS) / LOOK_MS) {
            boundBps = model.rateBps(new Now(nowMs * MS, (long) known[1], (long) (known[2] / SEGMENT), (long) (known[3] / SEGMENT), (long) (rttMinMs * MS),
                    (long) (known[4] * MS), offeredBps > bps));
            boundLeast = boundBps == 0 ? boundLeast : Math.min(boundLeast, boundBps);
        }
    }

    private void count(double sent, double lost, double arrived) {
        sentBytes += sent;
        lostBytes += lost;
        allSentBytes += sent;
        allLostBytes += lost;
        arrivedBytes += arrived;
    }

    private void link(double mbit, double ms) {
        linkBps = mbit * 1e6;
        rttMs = ms;
        rttMinMs = ms;
        known[4] = ms;
        queueMost = linkBps * ms / 8e3;
    }

    private void keepsItFull(double share) {
        double bps = run(15);
        assertThat(bps).isGreaterThan(share * linkBps);
        assertThat(lostBytes).as("of %.0f sent", sentBytes).isLessThan(0.02 * sentBytes);
        assertThat(heldSeconds).isGreaterThan(12);
    }

    @Test
    void keepsTheLinkFullAndLosesLittle() {
        run(4);
        assertThat(lostBytes).as("the lanes flood it by themselves at first").isGreaterThan(0.04 * sentBytes);

        keepsItFull(0.98);
        assertThat(queueMsMost).isLessThan(1.01 * rttMs);
    }

    @Test
    void doesSoOnALinkFiveTimesAsLong() {
        link(100, 500);
        run(10);

        keepsItFull(0.97);
    }

    /** The link's rate is what arrives at last, and not the mean of three round trips of a second in which the lanes were still growing. */
    @Test
    void doesNotBelieveALongLinkSlowerThanItIs() {
        link(100, 500);
        run(5);

        double bps = run(9);

        assertThat(bps).isGreaterThan(0.97 * linkBps);
        assertThat(heldSeconds).isGreaterThan(4);
        assertThat(boundLeast).isGreaterThan(0.95 * linkBps);
    }

    @Test
    void doesSoWhenARoundTripIsShorterThanALook() {
        link(500, 20);
        run(4);

        keepsItFull(0.97);
    }

    @Test
    void leavesTheBeginningToTheLanes() {
        run(0.8);

        assertThat(boundBps).isZero();
        assertThat(model.isHolding()).isFalse();
    }

    @Test
    void leavesLanesAloneThatDoNotFlood() {
        lanesPush = 1.02;
        loss = 0.01;

        double bps = run(60);

        assertThat(heldSeconds).isZero();
        assertThat(bps).isGreaterThan(0.95 * linkBps);
    }

    @Test
    void losesNothingWhereRoundTripsAreNotWhatTheyWere() {
        link(400, 200);
        rttMinMs = 9; // the link was short when the lanes began, and the kernel remembers that for minutes
        jitterMs = 40;
        loss = 0.02;
        run(5);

        double bps = run(120);

        assertThat(bps).isGreaterThan(0.94 * linkBps);
        assertThat(boundLeast).isGreaterThan(0.9 * linkBps);
    }

    @Test
    void aLinkThatLosesMuchByItselfIsHeldInVainOnlyNowAndThen() {
        lanesPush = 0.8; // the lanes do not fill it
        loss = 0.1;
        rttMinMs = 9;
        run(10);

        double bps = run(300);

        assertThat(heldSeconds).isLessThan(40);
        assertThat(bps).isGreaterThan(0.95 * lanesPush * (1 - loss) * linkBps);
        assertThat(boundLeast).isGreaterThan(0.9 * lanesPush * (1 - loss) * linkBps);
    }

    @Test
    void followsALinkThatGetsSlower() {
        run(5);
        assertThat(model.isHolding()).isTrue();

        link(100, 100);
        run(25);

        assertThat(run(10)).isGreaterThan(0.95 * linkBps);
        assertThat(boundBps).isLessThan(1.2 * linkBps);
    }

    @Test
    void followsALinkThatGetsFaster() {
        link(100, 100);
        run(5);
        assertThat(model.isHolding()).isTrue();

        link(900, 100);
        run(8);

        assertThat(run(5)).isGreaterThan(0.9 * linkBps);
    }

    @Test
    void doesNotGiveWayToOthers() {
        run(5);

        othersBps = 450e6;
        run(5);

        double bps = run(60);
        assertThat(bps).as("bits per second beside 450 Mbit/s of others").isGreaterThan(0.5 * linkBps);
    }

    @Test
    void forgetsWhatItKnewWhenNothingWasOfferedForAWhile() {
        run(5);
        assertThat(boundBps).isPositive();

        offeredBps = 1e6;
        run(2);
        assertThat(boundBps).isPositive();
        run(2);

        assertThat(boundBps).isZero();
        assertThat(model.isHolding()).isFalse();
    }

    @Test
    void aLaneThatHasGoneIsNoLossOfRate() {
        run(5);
        double before = boundBps;

        arrivedBytes *= 0.75; // a lane's part of the sum
        allSentBytes *= 0.75;
        allLostBytes *= 0.75;
        run(3);

        assertThat(model.isHolding()).isTrue();
        assertThat(boundLeast).isGreaterThan(0.9 * before);
    }

    @Test
    void knowsNothingWithoutRoundTrips() {
        for (long ms = 100; ms < 5_000; ms += 100) {
            assertThat(model.rateBps(new Now(ms * MS, ms * 1_000_000, ms * 1_000, ms * 500, 0, 0, true))).isZero();
        }
    }
}
