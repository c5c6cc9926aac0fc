// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

class SharesTest {
    @Test
    void noBoundIsNoneForAnyLane() {
        assertThat(Shares.of(0, new long[] {5, 7}, 2)).containsExactly(0, 0);
        assertThat(Shares.of(100, new long[0], 4)).isEmpty();
    }

    @Test
    void lanesThatUseWhatTheyGetGetTheSame() {
        assertThat(Shares.of(400, new long[] {100, 100, 100, 100}, 4)).containsExactly(100, 100, 100, 100);
        assertThat(Shares.of(400, new long[4], 4)).containsExactly(100, 100, 100, 100);
    }

    @Test
    void whatASlowLaneLeavesGoesToTheOthers() {
        var shares = Shares.of(4_000, new long[] {100, 1_300, 1_300, 1_300}, 4);

        assertThat(shares[0]).as("room to grow").isEqualTo(125);
        assertThat(shares[1]).isEqualTo(shares[2]).isEqualTo(shares[3]).isBetween(1_291L, 1_292L);
    }

    @Test
    void aLaneThatBeginsTakesLittleOfWhatTheOthersUse() {
        var shares = Shares.of(9_000, new long[] {1_500, 1_500, 1_500, 1_500, 1_500, 5}, 6);

        assertThat(shares[5]).isEqualTo(150);
        assertThat(shares[0]).isEqualTo(1_770);
    }

    @Test
    void togetherTheyGetAllOfItAndNoMore() {
        for (var rates : new long[][] {{1, 2, 3, 4}, {9_000, 1, 1, 1}, {0, 0, 0, 50_000}, {3_000, 2_500, 2_000, 10}}) {
            assertThat(Arrays.stream(Shares.of(10_000, rates, 4)).sum()).isBetween(9_996L, 10_000L);
        }
    }

    @Test
    void lanesPutAsideDoNotCount() {
        var shares = Shares.of(400, new long[] {100, 100, 100, 100}, 2);

        assertThat(shares[0] + shares[1]).isEqualTo(400);
        assertThat(shares[2]).as("what it may send when it is used again").isEqualTo(200);
    }
}
