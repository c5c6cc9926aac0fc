// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest on its way over an emulated wide-area link that lets nothing through for a time: it runs on at its source meanwhile, and the move comes to its end. */
@Tag("system")
@Timeout(280)
@Requirement({"R-242", "R-246"})
class VmWanSystemTest {
    private static final String LOAD = "fill=48 rate=10 kind=counter";
    private static final WanCondition LINE = WanCondition.of(20, 40);
    private static final Duration CUT = Duration.ofSeconds(30);
    private static final long MIDDLE = 12_000_000;

    @TempDir
    private Path folder;
    private final TestClock clock = new TestClock();

    @Test
    void goesOnAfterTheLineWasDeadForThirtySeconds() throws Exception {
        GuestPair.lab();
        try (var pair = WanPair.start(folder, LINE);
                var guest = new GuestPair((at, words) -> pair.run(end(at), words), at -> pair.home(end(at)), folder, LOAD)) {
            guest.start();
            var moving = guest.migrate("a", "b");
            awaitCarried(pair, MIDDLE, moving);

            pair.link.cut();
            long begun = clock.nanoTime();
            var cutAt = guest.serial("a").lastBeat();
            clock.sleep(CUT);
            long cutNs = clock.nanoTime() - begun;
            var beats = guest.serial("a").lastBeat();
            assertThat(moving.isDone()).as(moving.toString()).isFalse();
            assertThat(guest.serial("b").beats()).as("what it says at the target while the line is dead").isEmpty();
            pair.link.heal();

            assertThat(cutNs).isGreaterThanOrEqualTo(CUT.toNanos());
            assertThat(beats).as("beats in %d s without a line", CUT.toSeconds()).isGreaterThan(cutAt + CUT.toMillis() / 100);
            guest.mustMove("a", "b", moving.get());
        }
    }

    private static End end(String node) {
        return node.equals("a") ? End.A : End.B;
    }

    private static void awaitCarried(WanPair pair, long bytes, CompletableFuture<Pair.Answer> moving) {
        long begin = pair.link.stats().aToB().bytesIn();
        await().atMost(GuestPair.PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> pair.link.stats().aToB().bytesIn() - begin >= bytes || moving.isDone());
        assertThat(moving.isDone()).as("still on its way: %s", moving).isFalse();
    }
}
