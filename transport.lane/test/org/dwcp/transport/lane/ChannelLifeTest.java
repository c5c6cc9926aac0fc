// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.ChannelLife.Next;
import org.dwcp.transport.lane.ChannelLife.State;
import org.junit.jupiter.api.Test;

class ChannelLifeTest {
    private static final TransportException WHY = new TransportException(Kind.UNAVAILABLE, "cable");
    private static final Wire.Close BYE = new Wire.Close(2, Optional.empty());

    private static ChannelLife open(int lanes) {
        var life = new ChannelLife(lanes);
        for (int lane = 0; lane < lanes; lane++) {
            assertThat(life.join(null)).isPresent();
        }
        assertThat(life.state()).isEqualTo(State.OPEN);
        return life;
    }

    @Test
    void opensWithItsLastLane() {
        var life = new ChannelLife(2);
        life.join(null);
        assertThat(life.state()).isEqualTo(State.OPENING);
        assertThat(life.wasOpen()).isFalse();

        life.join(null);

        assertThat(life.state()).isEqualTo(State.OPEN);
    }

    @Test
    void endsInOrderWhenThisEndCloses() {
        var life = open(2);

        assertThat(life.end(Optional.empty())).isEqualTo(Next.SAY_FAREWELL);
        assertThat(life.end(Optional.empty())).isEqualTo(Next.NOTHING);
        assertThat(life.farewellSent()).isEqualTo(Next.NOTHING);
        assertThat(life.farewellSent()).isEqualTo(Next.NOTHING);
        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.NOTHING);
        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.CLOSE_LANES);
        assertThat(life.laneGone(true, WHY)).isEqualTo(Next.NOTHING);
        assertThat(life.laneGone(true, WHY)).isEqualTo(Next.FINISH);
        assertThat(life.cause()).isEmpty();
    }

    @Test
    void answersThePeersFarewellOnlyWhenAllLanesHaveSeenIt() {
        var life = open(2);

        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.NOTHING);
        assertThat(life.state()).isEqualTo(State.OPEN);
        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.SAY_FAREWELL);
        assertThat(life.farewellSent()).isEqualTo(Next.NOTHING);
        assertThat(life.farewellSent()).isEqualTo(Next.CLOSE_LANES);
    }

    @Test
    void keepsThePeersReason() {
        var life = open(1);

        life.farewellSeen(new Wire.Close(1, Optional.of(WHY)));

        assertThat(life.cause()).containsSame(WHY);
    }

    @Test
    void breaksWithTheFirstLaneThatIsLost() {
        var life = open(2);

        assertThat(life.laneGone(false, WHY)).isEqualTo(Next.ABORT_LANES);
        assertThat(life.laneGone(false, WHY)).isEqualTo(Next.FINISH);
        assertThat(life.cause()).containsSame(WHY);
    }

    @Test
    void endsInOrderAfterALaneThatItWentOnWithout() {
        var life = open(3);

        assertThat(life.lose(null)).hasValueSatisfying(left -> assertThat(left).hasSize(2));

        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.NOTHING);
        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.SAY_FAREWELL);
        assertThat(life.cause()).isEmpty();
    }

    @Test
    void breaksWhenAFarewellWasDueOnALaneThatItWentOnWithout() {
        var life = open(2);
        assertThat(life.lose(null)).isPresent();

        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.NOTHING);

        assertThat(life.lose(null)).as("the peer is closing").isEmpty();
        assertThat(life.laneGone(true, WHY)).isEqualTo(Next.FINISH);
        assertThat(life.cause()).contains(WHY);
    }

    @Test
    void goesOnWithoutNoLaneAtAll() {
        assertThat(open(1).lose(null)).isEmpty();
    }

    @Test
    void noticesALaneThatIsLostWhileItCloses() {
        var life = open(2);
        life.end(Optional.empty());

        assertThat(life.laneGone(false, WHY)).isEqualTo(Next.ABORT_LANES);

        assertThat(life.cause()).containsSame(WHY);
    }

    @Test
    void doesNotMindALaneThatEndsAfterItsFarewell() {
        var life = open(2);
        life.farewellSeen(BYE);

        assertThat(life.laneGone(true, WHY)).isEqualTo(Next.NOTHING);

        assertThat(life.state()).isEqualTo(State.OPEN);
        assertThat(life.farewellSeen(BYE)).isEqualTo(Next.SAY_FAREWELL);
    }

    @Test
    void finishesAtOnceWhenOpeningFailsWithoutALane() {
        var life = new ChannelLife(2);

        assertThat(life.fail(WHY)).isEqualTo(Next.FINISH);
        assertThat(life.fail(WHY)).isEqualTo(Next.NOTHING);
        assertThat(life.join(null)).isEmpty();
        assertThat(life.wasOpen()).isFalse();
    }

    @Test
    void givesUpOnceAndSaysWhatWasLeft() {
        var life = open(1);
        life.end(Optional.empty());

        assertThat(life.giveUp(Optional.of(WHY))).isEqualTo(Next.ABORT_LANES);
        assertThat(life.giveUp(Optional.of(WHY))).isEqualTo(Next.NOTHING);
        assertThat(life.laneGone(false, WHY)).isEqualTo(Next.FINISH);
        assertThat(life.cause()).containsSame(WHY);
    }
}
