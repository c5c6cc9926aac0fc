// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.concurrent.Executors;

import org.dwcp.api.NodeId;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

@Requirement("R-041")
class BudgetOfPeersTest {
    private static final NodeId A = NodeId.of("a");
    private static final NodeId B = NodeId.of("b");
    private static final int SMALL = (int) Budget.SMALL_BYTES;
    /** The smallest frame that is bulk. */
    private static final int BULK = Striping.SMALL_BYTES + 1;

    @Test
    void aPeerGetsItsShareAndNotOneByteMore() {
        var share = new Budget(10_000_000, 1_000_000).join(A);

        assertThat(share.take(1_000_000)).isTrue();
        assertThat(share.take(BULK)).isFalse();
        share.give(BULK);
        assertThat(share.take(BULK + 1)).isFalse();
        assertThat(share.take(BULK)).isTrue();
    }

    @Test
    void allPeersTogetherGetTheNodesBudgetAndNotOneByteMore() {
        var budget = new Budget(1_000_000, 900_000);
        var a = budget.join(A);
        var b = budget.join(B);

        assertThat(a.take(SMALL + 600_000)).isTrue();
        assertThat(b.take(SMALL + 400_000)).isTrue();
        assertThat(b.take(BULK)).isFalse();
        assertThat(budget.heldBytes()).isEqualTo(1_000_000);
        a.give(BULK);
        assertThat(b.take(BULK + 1)).isFalse();
        assertThat(b.take(BULK)).isTrue();
    }

    @Test
    void aSmallFrameGoesOutThoughOthersHaveUsedTheBudgetUp() {
        var budget = new Budget(1_000_000, 2_000_000);
        budget.join(A).take(SMALL + 1_000_000);

        var healthy = budget.join(B);

        assertThat(healthy.take(SMALL)).isTrue();
        assertThat(healthy.take(BULK)).isFalse();
    }

    @Test
    void smallFramesHaveRoomThatBulkToTheSamePeerCannotTake() {
        var share = new Budget(10_000_000, 1_000_000).join(A);
        share.take(1_000_000);

        for (int frame = 0; frame < SMALL / Striping.SMALL_BYTES; frame++) {
            assertThat(share.take(Striping.SMALL_BYTES)).isTrue();
        }
        assertThat(share.take(1)).as("that room has an end too").isFalse();
        share.give(1);
        assertThat(share.take(BULK)).as("is not bulk's").isFalse();
        assertThat(share.take(1)).isTrue();
    }

    @Test
    void smallFramesHaveRoomThatBulkOfTheNodeCannotTake() {
        var budget = new Budget(1_000_000, 2_000_000);
        var share = budget.join(A);
        share.take(SMALL + 1_000_000);

        for (int frame = 0; frame < SMALL / Striping.SMALL_BYTES; frame++) {
            assertThat(share.take(Striping.SMALL_BYTES)).isTrue();
        }
        assertThat(share.take(1)).as("that room has an end too").isFalse();
        assertThat(budget.heldBytes()).isEqualTo(1_000_000 + SMALL);
    }

    @Test
    void whatIsTakenAndGivenBackComesToNothing() throws Exception {
        var budget = new Budget(300_000, 250_000);
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (int thread = 0; thread < 4; thread++) {
                var share = budget.join(thread % 2 == 0 ? A : B);
                var random = new SplittableRandom(thread);
                threads.submit(() -> {
                    for (int round = 0; round < 20_000; round++) {
                        int bytes = 1 + random.nextInt(120_000);
                        if (share.take(bytes)) {
                            share.give(bytes);
                        }
                    }
                });
            }
        }

        assertThat(budget.heldBytes()).isZero();
        assertThat(budget.join(A).heldBytes()).isZero();
    }

    @Test
    void channelsToOnePeerHaveOneShare() {
        var budget = new Budget(1_000_000, 900_000);
        var first = budget.join(A);

        assertThat(budget.join(A)).isSameAs(first);
        budget.leave(A);
        assertThat(budget.join(A)).isSameAs(first);
    }
}
