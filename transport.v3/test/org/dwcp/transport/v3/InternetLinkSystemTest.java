// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.transport.OpenOptions;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the provider does on emulated wide-area links, as far as a busy machine can show it. */
@Tag("system")
class InternetLinkSystemTest extends InternetLink {
    @Test
    @Requirement({"R-140", "R-152"})
    void takesMoreLanesWhenTheLinkGetsNineTimesFaster() {
        var channel = channel(WanCondition.of(100, 100), Map.of());
        fill(channel);
        awaitReceived(60_000_000);
        assertThat(channel.stats().lanes()).isBetween(4, 16);
        int before = channel.stats().lanes();

        link.set(WanCondition.of(100, 900));

        await().atMost(LONG).until(() -> channel.stats().lanes() > before);
        assertThat(channel.stats().lanes()).isLessThanOrEqualTo(16);
    }

    /**
     * What comes through a wire of 1.1 times the pace and never waits there for more than 0.1 times what passes in 10 ms, is never more than 1.2 times the
     * pace within 10 ms: a wire of rate r with a queue of at most q lets through r t + q in any time t.
     */
    @Test
    @Requirement("R-143")
    void noTenMillisecondsCarryMoreThanAFifthAboveThePace() {
        long paceMbit = 100;
        var channel = channel(WanCondition.of(20, paceMbit * 11 / 10.0).withQueueBytes(10_000_000),
                Map.of("pacing_mbit_max", (int) paceMbit));
        fill(channel);
        awaitReceived(20_000_000); // lanes have found each other, and the shares are dealt out

        var best = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 30 && best > paceMbit * 125; attempt++) { // a busy machine lets the emulator itself wait, and that looks like a burst
            link.stats();
            awaitReceived(2_000_000);
            best = Math.min(best, link.stats().aToB().queueBytesMax());
        }

        assertThat(best).as("bytes that waited at most").isLessThanOrEqualTo(paceMbit * 125); // 0.1 * 100 Mbit/s * 10 ms / 8
    }

    @Test
    @Requirement("R-068")
    void aSmallMessageIsAnsweredWhileBulkFillsTheLink() {
        var channel = channel(WanCondition.of(50, 50), Map.of());
        fill(channel);
        awaitReceived(20_000_000);
        var answered = new AtomicLong();

        try (var echo = link.inside(End.A, () -> transport.open(b.id(), "echo", (from, frame) -> answered.incrementAndGet(),
                new OpenOptions(OpenOptions.Order.ORDERED, LONG)))) {
            for (int call = 1; call <= 20; call++) {
                long calls = call;
                echo.send(ByteBuffer.allocate(200));
                await().atMost(LONG).until(() -> answered.get() >= calls);
            }
        }
        assertThat(received.get()).isPositive();
    }
}
