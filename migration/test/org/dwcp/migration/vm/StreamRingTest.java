// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamRingTest {
    private final StreamRing ring = new StreamRing(new TestClock());

    @Test
    void bytesComeOutAsTheyWentInAndAgainUntilTheyAreAcknowledged() throws Exception {
        var all = new byte[20 << 20];
        new SplittableRandom(1).nextBytes(all);
        var wakes = new AtomicInteger();
        ring.onMore(wakes::incrementAndGet);
        var maker = Thread.ofVirtual().start(() -> {
            for (int at = 0; at < all.length; at += 100_000) {
                ring.put(ByteBuffer.wrap(all, at, Math.min(100_000, all.length - at)));
            }
            ring.end();
        });

        long at = 0;
        while (at < all.length) {
            long from = at;
            await().atMost(Duration.ofSeconds(30)).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> ring.sendable(from) > from);
            var got = ByteBuffer.allocate(200_000);
            int read = ring.read(at, got);
            assertThat(got.flip()).isEqualTo(ByteBuffer.wrap(all, (int) at, read));
            assertThat(ring.read(at, ByteBuffer.allocate(10))).isPositive(); // again
            at += read;
            ring.acknowledged(at);
        }

        maker.join();
        assertThat(ring.read(at, ByteBuffer.allocate(10))).isEqualTo(-1);
        assertThat(ring.sendable(at)).isEqualTo(Long.MAX_VALUE);
        assertThat(wakes.get()).isPositive();
        assertThatThrownBy(() -> ring.read(at(0), ByteBuffer.allocate(1))).isInstanceOf(IOException.class).hasMessageContaining("were acknowledged");
        assertThat(ring.isStuck()).isFalse();
    }

    private static long at(long offset) {
        return offset;
    }

    @Test
    void noMoreIsTakenThanMayBeOnItsWayAndAStopLetsGo() throws Exception {
        var maker = Thread.ofVirtual().start(() -> ring.put(ByteBuffer.allocate(StreamRing.BOUND_MIN + 1)));
        await().atMost(Duration.ofSeconds(30)).until(() -> ring.sendable(0) == StreamRing.BOUND_MIN);
        assertThat(maker.isAlive()).isTrue();

        ring.acknowledged(1);
        maker.join();
        assertThat(ring.sendable(0)).isEqualTo(StreamRing.BOUND_MIN + 1);

        var more = Thread.ofVirtual().start(() -> ring.put(ByteBuffer.allocate(StreamRing.BOUND_MAX)));
        ring.stop();
        more.join();
        assertThatThrownBy(() -> ring.read(1, ByteBuffer.allocate(1))).hasMessageContaining("stopped");
    }
}
