// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import org.dwcp.api.DwcpException;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final int CHUNK = 256 << 10;
    private static final long RATE = 10_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SimulatedClock clock = new SimulatedClock();
    private final RateLimit limit = new RateLimit(clock);

    /** Sends without a pause for a while; gives the bytes. */
    private long send(Duration time) {
        long untilNs = clock.nanoTime() + time.toNanos();
        long sent = 0;
        while (true) {
            long waitNs = limit.take(CHUNK);
            if (waitNs == 0) {
                sent += CHUNK;
            } else if (clock.nanoTime() + waitNs >= untilNs) {
                return sent;
            } else {
                clock.advance(Duration.ofNanos(waitNs));
            }
        }
    }

    @Test
    void noLimitNeverWaits() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(limit.take(CHUNK)).isZero();
        }
    }

    @Test
    void theMeanIsTheRateThoughAPieceIsLargerThanTheBucket() {
        limit.change(RATE);

        assertThat(send(Duration.ofSeconds(20))).isCloseTo(20 * RATE, within(2L * CHUNK));
        limit.change(10_000);
        clock.advance(Duration.ofSeconds(60));
        assertThat(send(Duration.ofSeconds(600))).as("a chunk is 26 s of it").isCloseTo(600 * 10_000, within(2L * CHUNK));
    }

    @Test
    void anIdleBucketHoldsATenthOfASecond() {
        limit.change(RATE);
        clock.advance(Duration.ofHours(1));

        assertThat(send(Duration.ofNanos(1))).isCloseTo(RATE / 10, within((long) CHUNK));
    }

    @Test
    void aChangeHoldsForWhoWaits() {
        limit.change(10_000);
        limit.take(10_000_000);
        var waiting = waitForAPiece(new AtomicBoolean());
        assertThat(waiting).isNotDone();

        limit.change(0);

        pass(waiting);
    }

    @Test
    void whoWaitsEndsWithItsFlow() {
        limit.change(10_000);
        limit.take(10_000_000);
        var over = new AtomicBoolean();
        var waiting = waitForAPiece(over);

        over.set(true);

        pass(waiting);
        assertThat(limit.take(1)).as("nothing was taken nor given").isPositive();
    }

    private CompletableFuture<Void> waitForAPiece(AtomicBoolean over) {
        var done = new CompletableFuture<Void>();
        Thread.ofVirtual().start(() -> {
            try {
                limit.await(CHUNK, over::get);
                done.complete(null);
            } catch (InterruptedException e) {
                done.completeExceptionally(e);
            }
        });
        await().atMost(PATIENCE).until(() -> clock.sleepers() == 1);
        return done;
    }

    private void pass(CompletableFuture<Void> waiting) {
        clock.advance(Duration.ofMillis(50));
        assertThat(waiting).succeedsWithin(PATIENCE);
    }

    @Test
    void refusesRatesOutOfBoundsAndKeepsTheOldOne() {
        limit.change(RATE);
        for (long wrong : new long[] {-1, 1, 9_999, 1_000_000_000_001L}) {
            assertThatThrownBy(() -> limit.change(wrong)).isInstanceOf(DwcpException.class).hasMessageContaining(Long.toString(wrong));
        }
        assertThat(limit.bytesPerSecond()).isEqualTo(RATE);
    }
}
