// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;

import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.orchestrator.decide.GradualMove.Rules;
import org.dwcp.orchestrator.decide.GradualMove.Seen;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** The steps of a move, one by one. */
@Requirement("R-467")
class GradualMoveTest {
    private static final LinkMode.Kind LAN = new LinkMode.Kind(NetworkMode.DATACENTER, true);
    private static final LinkMode.Kind WAN = new LinkMode.Kind(NetworkMode.INTERNET, true);
    private static final LinkMode.Kind BETWEEN = new LinkMode.Kind(NetworkMode.HYBRID, true);
    private static final Rules RULES = new Rules(List.of(10, 50, 100), 4_000, 20, 60_000);
    private static final Seen GOOD = new Seen(2, 2, 100, 80);
    private static final Seen WORSE = new Seen(2, 2, 100, 79.9);
    private static final Seen SHORT = new Seen(2, 0, 0, 0);
    private final GradualMove begun = GradualMove.settled(LAN, 0).toward(WAN, RULES, 0);

    private static GradualMove next(GradualMove move, Seen seen, long nowNs) {
        return move.next(seen, RULES, nowNs, Instant.EPOCH);
    }

    @Test
    void aStepWithoutFlowsIsOverAtOnce() {
        GradualMove move = begun;
        for (int percent : new int[] {10, 50, 100}) {
            assertThat(move.percent()).isEqualTo(percent);
            move = next(move, Seen.NOTHING, 0);
        }

        assertThat(move).isEqualTo(GradualMove.settled(WAN, 1));
        assertThat(next(move, Seen.NOTHING, 1)).isSameAs(move);
    }

    @Test
    void aStepWithFlowsIsHeldForTheDwellTimeAndNotLonger() {
        assertThat(next(begun, WORSE, 3_999)).isSameAs(begun);

        GradualMove second = next(begun, GOOD, 4_000);

        assertThat(second.percent()).isEqualTo(50);
        assertThat(second.percentBefore(RULES)).isEqualTo(10);
        assertThat(next(second, GOOD, 7_999)).isSameAs(second);
        assertThat(next(next(second, GOOD, 8_000), GOOD, 12_000)).isEqualTo(GradualMove.settled(WAN, 1));
    }

    @Test
    void flowsThatLoseMoreThanTheLimitGoBackAndAreTriedAgainLater() {
        GradualMove back = next(next(begun, GOOD, 4_000), WORSE, 8_000);

        assertThat(back.percent()).isZero();
        assertThat(back.note()).contains("went back at 50 %").contains("from 0.000100 to 7.99e-05 Mbit/s").contains("by more than 20 %");
        assertThat(next(back, GOOD, 67_999)).isSameAs(back);
        GradualMove again = next(back, GOOD, 68_000);
        assertThat(again.percent()).isEqualTo(10);
        assertThat(again.salt()).as("other flows go first").isNotEqualTo(back.salt());
    }

    @Test
    void tooLittleDataHoldsForTheDwellTimeAndThenMovesOnAndSaysSo() {
        assertThat(next(begun, SHORT, 3_999)).isSameAs(begun);
        assertThat(next(begun, SHORT, 4_000).percent()).isEqualTo(50);
        assertThat(next(begun, SHORT, 4_000).note()).contains("NOT_ENOUGH_DATA at 10 %");
    }

    @Test
    void aModeThatChangesOnTheWayTurnsTheMoveRoundFromWhereMostFlowsAre() {
        assertThat(begun.toward(LAN, RULES, 5)).as("most never left").isEqualTo(GradualMove.settled(LAN, 1));
        assertThat(begun.toward(WAN, RULES, 5)).isSameAs(begun);
        assertThat(begun.toward(BETWEEN, RULES, 5).percent()).isEqualTo(10);
        GradualMove half = next(begun, GOOD, 4_000);
        assertThat(half.toward(BETWEEN, RULES, 5)).as("the same providers").isEqualTo(GradualMove.settled(BETWEEN, 1));
        assertThat(half.toward(LAN, RULES, 5).from()).isEqualTo(WAN);
    }

    @Test
    void modesWithTheSameProvidersAreNoMove() {
        assertThat(GradualMove.settled(WAN, 3).toward(BETWEEN, RULES, 0)).isEqualTo(GradualMove.settled(BETWEEN, 3));
    }

    @Test
    void noKeyGoesBackWhenTheShareRises() {
        long salt = Split.salt("1", "lisbon");
        for (int i = 0; i < 10_000; i++) {
            long key = RouteKey.hash("lisbon/flow-" + i);
            for (int percent = 1; percent < 100; percent++) {
                assertThat(Split.below(key, salt, percent) && !Split.below(key, salt, percent + 1)).isFalse();
            }
        }
    }
}
