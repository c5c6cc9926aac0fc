// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.testkit.Requirement;
import org.dwcp.transport.lane.LanePolicy.Path;
import org.dwcp.transport.lane.LanePolicy.Tuner;
import org.dwcp.transport.lane.LanePolicy.View;
import org.junit.jupiter.api.Test;

/** The controller on simulated links: it sees what a channel would see, and its lanes and windows decide what the channel does next. */
@Requirement({"R-140", "R-152"})
class LaneControllerTest {
    private static final long MBIT = 1_000_000;
    private static final long MS = 1_000_000;
    private final LaneController policy = new LaneController(4, 16);
    private final Tuner tuner = policy.begin(new Path(false, Optional.empty()));
    private int lanes = 4;
    private long windowBytes = LaneController.FIRST_WINDOW_BYTES;
    private long linkBps = 100 * MBIT;
    private long rttNs = 100 * MS;
    private long goodputBps;
    /** Most that one lane gets, whatever the link: by its congestion control on a lossy path. */
    private long laneBps = Long.MAX_VALUE;

    private static Optional<LinkStats> link(long mbit, long rttMs) {
        return Optional.of(new LinkStats(NodeId.of("b"), rttMs * MS, rttMs * MS, mbit * MBIT, false, 0, 4, "tcp-info"));
    }

    /** One interval: lanes with BBR fill the link up to their windows; what they have under way beyond the product is a queue. */
    private int interval() {
        double window = (double) lanes * windowBytes;
        double product = linkBps / 8e9 * rttNs;
        long possible = (long) Math.min(Math.min(linkBps, (double) lanes * Math.min(laneBps, linkBps)), linkBps * Math.min(1, window / product));
        goodputBps = goodputBps == 0 ? possible : Math.min(possible, goodputBps * 3); // a new lane finds the rate in less than an interval, old ones in some
        boolean full = goodputBps == linkBps;
        var plan = tuner.next(new View(lanes, goodputBps, rttNs, full ? (long) (rttNs * Math.clamp(window / product, 1.15, 2)) : rttNs, 0, true, false));
        lanes = plan.lanes();
        windowBytes = plan.laneWindowBytes();
        return lanes;
    }

    private List<Integer> intervals(int count) {
        var seen = new ArrayList<Integer>();
        for (int number = 0; number < count; number++) {
            seen.add(interval());
        }
        return seen;
    }

    @Test
    void beginsWithTheFewestOnALinkThatIsNotKnown() {
        assertThat(tuner.first()).isEqualTo(4);
    }

    @Test
    void beginsWithMoreTheLargerTheBandwidthDelayProduct() {
        assertThat(policy.lanesFor(link(100, 50))).isEqualTo(4);
        assertThat(policy.lanesFor(link(900, 100))).isEqualTo(6);
        assertThat(policy.lanesFor(link(1_000, 200))).isEqualTo(12);
        assertThat(policy.lanesFor(link(10_000, 200))).isEqualTo(16);
    }

    @Test
    void staysWithTheFewestWhereTheyFillTheLink() {
        assertThat(intervals(100)).containsOnly(4);
    }

    @Test
    void takesMoreLanesWithinThreeIntervalsWhenTheLinkGetsNineTimesFaster() {
        intervals(10);
        assertThat(lanes).isEqualTo(4);

        linkBps = 900 * MBIT;
        intervals(3);

        assertThat(lanes).isBetween(5, 16);
        intervals(20);
        assertThat(goodputBps).isEqualTo(linkBps);
        assertThat(lanes).isBetween(6, 12);
    }

    @Test
    void putsLanesAsideWhenTheLinkGetsSlow() {
        linkBps = 900 * MBIT;
        rttNs = 200 * MS;
        intervals(10);
        assertThat(lanes).isGreaterThan(8);

        linkBps = 50 * MBIT;
        intervals(LaneController.PATIENCE + 1);

        assertThat(lanes).isEqualTo(4);
    }

    @Test
    void fillsALinkWhoseProductIsLargerThanTheKernelsWindows() {
        linkBps = 900 * MBIT;
        rttNs = 500 * MS;

        intervals(10);

        assertThat(goodputBps).isEqualTo(linkBps);
        assertThat(lanes * windowBytes).isBetween((long) (linkBps / 8e9 * rttNs), LaneController.CHANNEL_WINDOW_BYTES_MAX);
    }

    @Test
    void neverAsksForMoreMemoryThanAChannelMayHave() {
        linkBps = 100_000 * MBIT;
        rttNs = 500 * MS;
        goodputBps = linkBps;

        intervals(20);

        assertThat(lanes * windowBytes).isLessThanOrEqualTo(LaneController.CHANNEL_WINDOW_BYTES_MAX);
    }

    @Test
    void growsToTheMostWhereEachLanePays() {
        linkBps = 900 * MBIT;
        laneBps = 10 * MBIT; // CUBIC on a lossy path

        intervals(6);

        assertThat(lanes).isEqualTo(16);
        assertThat(goodputBps).isEqualTo(160 * MBIT);
    }

    @Test
    void takesATrialBackThatDidNotPayAndWaitsLongerEachTime() {
        var seen = new ArrayList<Integer>();
        for (int number = 0; number < 40; number++) {
            lanes = tuner.next(new View(lanes, 50 * MBIT, 100 * MS, 100 * MS, 0, true, false)).lanes(); // something else is the limit, and there is no queue
            seen.add(lanes);
        }

        assertThat(seen.subList(0, 4)).containsExactly(4, 6, 4, 4);
        var trials = java.util.stream.IntStream.range(0, 40).filter(index -> seen.get(index) == 6).boxed().toList();
        assertThat(trials).hasSize(3);
        assertThat(trials.get(2) - trials.get(1)).isGreaterThan(trials.get(1) - trials.get(0));
    }

    @Test
    void leavesAnIdleChannelAloneAndOneWhoseSenderIsTheLimit() {
        assertThat(tuner.next(new View(4, LaneController.IDLE_BPS - 1, 100 * MS, 100 * MS, 0, true, false)).lanes()).isEqualTo(4);
        assertThat(tuner.next(new View(4, 900 * MBIT, 100 * MS, 100 * MS, 0, false, false)).lanes()).isEqualTo(4);
        assertThat(tuner.next(new View(4, 900 * MBIT, 100 * MS, 100 * MS, 0, false, false)).lanes()).isEqualTo(4);
    }

    @Test
    void worksWithoutKnowingTheRoundTrip() {
        for (int number = 0; number < 20; number++) {
            var plan = tuner.next(new View(lanes, lanes * 20 * MBIT, 0, 0, 0, true, false));
            lanes = plan.lanes();
            assertThat(plan.laneWindowBytes()).isEqualTo(LaneController.FIRST_WINDOW_BYTES);
        }

        assertThat(lanes).isEqualTo(16);
    }

    @Test
    void neverLeavesItsBounds() {
        var narrow = new LaneController(5, 7).begin(new Path(false, link(100_000, 500)));

        assertThat(narrow.first()).isEqualTo(7);
        assertThat(narrow.next(new View(7, 1_000 * MBIT, 100 * MS, 100 * MS, 0, true, false)).lanes()).isEqualTo(7);
        assertThatThrownBy(() -> new LaneController(3, 16)).isInstanceOf(DwcpException.class).hasMessageContaining("lanes.min 3");
        assertThatThrownBy(() -> new LaneController(4, 17)).isInstanceOf(DwcpException.class).hasMessageContaining("lanes.max 17");
        assertThatThrownBy(() -> new LaneController(9, 8)).isInstanceOf(DwcpException.class).hasMessageContaining("lanes.max 8");
    }

    /** What is bounded is full, though its queue is short; lanes put aside again would leave a part of the rate to the others, which they need time to take. */
    @Test
    void triesNothingWhileItIsBounded() {
        for (int interval = 0; interval < 20; interval++) {
            lanes = tuner.next(new View(lanes, 95 * MBIT, 100 * MS, 105 * MS, 0, true, true)).lanes();
            assertThat(lanes).isEqualTo(4);
        }

        assertThat(tuner.next(new View(lanes, 95 * MBIT, 100 * MS, 105 * MS, 0, true, false)).lanes()).isGreaterThan(4);
        assertThat(tuner.next(new View(6, 900 * MBIT, 100 * MS, 105 * MS, 0, true, true)).lanes()).as("what the product asks for comes all the same").isEqualTo(6);
        assertThat(tuner.next(new View(4, 900 * MBIT, 100 * MS, 105 * MS, 0, true, true)).lanes()).isEqualTo(6);
    }
}
