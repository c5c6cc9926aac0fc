// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** Frames over simulated lanes: each drains at its own rate, and the receiver puts the frames together in order. */
@Requirement({"R-068", "R-138"})
class StripingTest {
    private static final int FRAME = 256 << 10;
    private static final long MBIT = 1_000_000;
    private static final long STEP_NS = 1_000_000;

    /** A lane of fixed rate; what it holds goes out in order. */
    private static final class SimulatedLane implements Striping.Gauge {
        private final Deque<long[]> queue = new ArrayDeque<>(); // frame number, bytes left
        private final LaneGauge gauge = new LaneGauge(2 << 20);
        private long bps;
        private double credit;
        private long held;
        private long out;
        private long lastFrameNs;

        SimulatedLane(long bps) {
            this.bps = bps;
        }

        void step(long nowNs, PriorityQueue<Long> arrived) {
            credit += bps / 8e9 * STEP_NS;
            while (!queue.isEmpty() && credit > 0) {
                var frame = queue.peek();
                long taken = (long) Math.min(Math.ceil(credit), frame[1]);
                frame[1] -= taken;
                credit -= taken;
                held -= taken;
                out += taken;
                if (frame[1] == 0) {
                    arrived.add(queue.poll()[0]);
                }
            }
            credit = queue.isEmpty() ? 0 : credit;
            if (nowNs % 100_000_000 == 0) {
                gauge.sample(nowNs, out, held > 0);
            }
        }

        void take(long number, int bytes, long nowNs) {
            queue.add(new long[] {number, bytes});
            held += bytes;
            lastFrameNs = nowNs;
        }

        @Override
        public long heldBytes() {
            return held;
        }

        @Override
        public long roomBytes() {
            return gauge.roomBytes();
        }

        @Override
        public long rateBps() {
            return gauge.rateBps();
        }

        @Override
        public long lastFrameNs() {
            return lastFrameNs;
        }
    }

    private SimulatedLane[] lanes;
    private final PriorityQueue<Long> arrived = new PriorityQueue<>();
    private long nowNs = STEP_NS;
    private long next;
    private long contiguous;
    private long aheadMax;

    private void lanes(long... mbit) {
        lanes = java.util.Arrays.stream(mbit).mapToObj(rate -> new SimulatedLane(rate * MBIT)).toArray(SimulatedLane[]::new);
    }

    /** A sender that always has a frame; gives the frames that came out contiguously. */
    private long run(long seconds) {
        long before = contiguous;
        aheadMax = 0;
        for (long end = nowNs + seconds * 1_000_000_000L; nowNs < end; nowNs += STEP_NS) {
            for (int lane = Striping.choose(lanes, lanes.length, FRAME, nowNs); lane >= 0; lane = Striping.choose(lanes, lanes.length, FRAME, nowNs)) {
                lanes[lane].take(next++, FRAME, nowNs);
            }
            for (var lane : lanes) {
                lane.step(nowNs, arrived);
            }
            while (!arrived.isEmpty() && arrived.peek() == contiguous) {
                arrived.poll();
                contiguous++;
            }
            aheadMax = Math.max(aheadMax, arrived.size());
        }
        return contiguous - before;
    }

    private static double frames(long mbit, long seconds) {
        return mbit * MBIT / 8.0 * seconds / FRAME;
    }

    @Test
    void equalLanesShareTheWork() {
        lanes(25, 25, 25, 25);

        run(10);

        assertThat(IntStream.range(0, 4).mapToLong(index -> lanes[index].out)).allSatisfy(out ->
                assertThat((double) out).isBetween(0.9 * 25 * MBIT / 8 * 10, 25.01 * MBIT / 8 * 10));
    }

    /** One of four lanes is a hundred times slower: after it has shown that, the others are neither held up nor is much put together out of order. */
    @Test
    void aLaneOfOnePercentDoesNotHoldTheOthers() {
        lanes(100, 100, 100, 1);
        run(10); // the first frames on it take 4 s to arrive

        long inOrder = run(15);

        assertThat((double) inOrder).isGreaterThan(0.97 * frames(300, 15));
        assertThat(aheadMax * FRAME).isLessThan((long) (300 * MBIT / 8 * 0.6));
    }

    /** Now and then it gets one frame, to see whether it is still slow; never two. */
    @Test
    void aSlowLaneIsTriedWithOneFrame() {
        lanes(100, 100, 100, 1);
        run(10);
        long before = lanes[3].out;

        long inOrder = run(2 * Striping.TRY_AGAIN_NS / 1_000_000_000);

        assertThat((double) inOrder).isGreaterThan(0.95 * frames(300, 60));
        assertThat(lanes[3].out - before).isBetween((long) FRAME, 2L * FRAME);
        assertThat((double) aheadMax).isLessThan(frames(300, 1) * (FRAME * 8.0 / MBIT + 0.6));
    }

    @Test
    void unequalLanesAreAllUsed() {
        lanes(100, 50, 20, 10);
        run(5);

        assertThat((double) run(10)).isGreaterThan(0.9 * frames(180, 10));
    }

    @Test
    void aLaneThatHasBecomeFastIsFoundAgain() {
        lanes(100, 100, 100, 1);
        run(30);
        lanes[3].bps = 100 * MBIT;
        run(Striping.TRY_AGAIN_NS / 1_000_000_000 + 10);

        assertThat((double) run(10)).isGreaterThan(0.9 * frames(400, 10));
    }

    @Test
    void waitsRatherThanTakeTheSlowLaneAlthoughThatHasRoom() {
        lanes(100, 1);
        run(10);
        for (int lane = 0; lane >= 0; lane = Striping.choose(lanes, 2, FRAME, nowNs)) {
            lanes[lane].take(next++, FRAME, nowNs);
        }

        assertThat(Striping.hasRoom(lanes[1].held, lanes[1].roomBytes(), FRAME)).isTrue();
        assertThat(Striping.choose(lanes, 2, FRAME, nowNs)).isEqualTo(-1);
    }

    @Test
    void lanesThatArePutAsideGetNothing() {
        lanes(10, 10, 10);

        for (int lane = Striping.choose(lanes, 2, FRAME, nowNs); lane >= 0; lane = Striping.choose(lanes, 2, FRAME, nowNs)) {
            lanes[lane].take(next++, FRAME, nowNs);
        }

        assertThat(lanes[0].held).isPositive();
        assertThat(lanes[1].held).isPositive();
        assertThat(lanes[2].held).isZero();
    }

    @Test
    void aSmallFrameGetsInWhereBulkHasFilledTheLane() {
        lanes(10);
        for (int lane = Striping.choose(lanes, 1, FRAME, nowNs); lane >= 0; lane = Striping.choose(lanes, 1, FRAME, nowNs)) {
            lanes[lane].take(next++, FRAME, nowNs);
        }

        assertThat(Striping.choose(lanes, 1, Striping.SMALL_BYTES, nowNs)).isZero();
        assertThat(Striping.choose(lanes, 1, FRAME, nowNs)).isEqualTo(-1);
    }

    @Test
    void aFrameLargerThanTheRoomGetsInWhenTheLaneHoldsNothing() {
        assertThat(Striping.hasRoom(0, 1_000, 1_001)).isTrue();
        assertThat(Striping.hasRoom(1, 100_000, 100_000)).isFalse();
        assertThat(Striping.hasRoom(1, 100_000, 99_999)).isTrue();
    }
}
