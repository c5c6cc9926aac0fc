// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.testkit.Requirement;
import org.dwcp.transport.lane.LanePolicy.Path;
import org.dwcp.transport.lane.LanePolicy.Tuner;
import org.junit.jupiter.api.Test;

@Requirement("R-140")
class GrowWhilePayingTest {
    private static final long MBIT = 1_000_000;
    private final GrowWhilePaying policy = new GrowWhilePaying(4, 16);

    private static Optional<LinkStats> link(long mbit, long rttMs) {
        return Optional.of(new LinkStats(NodeId.of("b"), rttMs * 1_000_000, rttMs * 1_000_000, mbit * MBIT, false, 0, 4, "tcp-info"));
    }

    private Tuner unknownLink() {
        return policy.begin(new Path(false, Optional.empty()));
    }

    @Test
    void beginsWithTheFewestOnALinkThatIsNotKnown() {
        assertThat(unknownLink().first()).isEqualTo(4);
    }

    @Test
    void beginsWithMoreTheLargerTheBandwidthDelayProduct() {
        assertThat(policy.lanesFor(link(100, 50))).isEqualTo(4);
        assertThat(policy.lanesFor(link(1_000, 100))).isEqualTo(6);
        assertThat(policy.lanesFor(link(1_000, 200))).isEqualTo(12);
        assertThat(policy.lanesFor(link(10_000, 200))).isEqualTo(16);
    }

    @Test
    void doublesWhileThatPaysUpToTheMost() {
        var tuner = unknownLink();

        assertThat(tuner.next(4, 100 * MBIT)).isEqualTo(8);
        assertThat(tuner.next(8, 190 * MBIT)).isEqualTo(16);
        assertThat(tuner.next(16, 380 * MBIT)).isEqualTo(16);
    }

    @Test
    void staysWhenADoublingDidNotPayAndTriesAgainLater() {
        var tuner = unknownLink();
        tuner.next(4, 100 * MBIT);

        for (int interval = 0; interval < GrowWhilePaying.REST; interval++) {
            assertThat(tuner.next(8, 109 * MBIT)).isEqualTo(8);
        }
        assertThat(tuner.next(8, 109 * MBIT)).isEqualTo(16);
    }

    @Test
    void leavesAnIdleChannelAlone() {
        assertThat(unknownLink().next(4, GrowWhilePaying.IDLE_BPS - 1)).isEqualTo(4);
    }

    @Test
    void neverLeavesItsBounds() {
        var tuner = new GrowWhilePaying(5, 7).begin(new Path(false, link(100_000, 500)));

        assertThat(tuner.first()).isEqualTo(7);
        assertThat(tuner.next(7, 1_000 * MBIT)).isEqualTo(7);
    }
}
