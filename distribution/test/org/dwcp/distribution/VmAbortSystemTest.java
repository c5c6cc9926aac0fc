// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.TreeMap;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Moves of a running guest between two node processes are given up at random moments, from before the first byte to after the last, and their target's QEMU is
 * killed: whatever came first, the guest runs at one of the two, never at both, goes on where it was, and has all of its memory. The seed is the property
 * {@code seed}.
 */
@Tag("system")
@Timeout(280)
@Requirement({"R-242", "R-246", "R-305"})
class VmAbortSystemTest {
    private static final int ABORTS = 20;
    /** One in so many is a killed QEMU, over a line on which no move comes to its end meanwhile. */
    private static final int KILLED_ONE_IN = 5;
    private static final long SLOW_BITS = 16_000_000;
    private static final long SLOW_BYTES_MOST = 4_000_000;
    private static final String LOAD = "fill=32 rate=10 kind=counter";

    @TempDir
    private Path folder;
    private final TestClock clock = new TestClock();

    @Test
    void runsAtOneOfTheTwoWheneverAMoveIsGivenUp(TestReporter reporter) throws Exception {
        GuestPair.lab();
        long seed = Long.getLong("seed", clock.now().toEpochMilli());
        reporter.publishEntry("seed", String.valueOf(seed));
        var random = new SplittableRandom(seed);
        var ends = new TreeMap<String, Integer>();
        try (var pair = new Pair(folder); var guest = new GuestPair(pair::run, pair.homes::home, folder, LOAD)) {
            guest.start();
            var whole = guest.mustMove("a", "b", guest.migrate("a", "b").get());
            var longest = Duration.ofNanos((long) (Double.parseDouble(whole.value("elapsed")) * 1.1e9));
            guest.mustMove("b", "a", guest.migrate("b", "a").get());

            var owner = "a";
            for (int i = 0; i < ABORTS; i++) {
                var other = owner.equals("a") ? "b" : "a";
                var killed = owner.equals("a") && i % KILLED_ONE_IN == 0;
                var answer = killed ? killed(pair, guest, random) : cancelled(pair, guest, owner, other, random.nextLong(longest.toNanos()));
                ends.merge(answer.value("state") + (killed ? " killed" : ""), 1, Integer::sum);
                if (answer.value("state").equals("DONE")) {
                    guest.hasMoved(owner, other, answer);
                    owner = other;
                } else {
                    guest.hasStayed(owner, other, answer);
                }
                assertThat(guest.serial(owner).bad()).isZero();
            }
            guest.livesAt(owner);
        }
        reporter.publishEntry("ends", ends.toString());
        assertThat(ends.getOrDefault("CANCELLED", 0)).as(ends.toString()).isPositive();
    }

    /** Orders a move and gives it up after so long; it may be over by then. */
    private Pair.Answer cancelled(Pair pair, GuestPair guest, String from, String to, long afterNs) throws Exception {
        var moving = guest.migrate(from, to);
        clock.sleep(Duration.ofNanos(afterNs));
        pair.run(from, "vm", "cancel", "guest"); // refused when it was handed over, or not yet begun
        return moving.get();
    }

    private static Pair.Answer killed(Pair pair, GuestPair guest, SplittableRandom random) throws Exception {
        pair.rate(SLOW_BITS);
        try {
            var begin = pair.carried();
            var moving = guest.migrate("a", "b");
            await().atMost(GuestPair.PATIENCE).until(() -> guest.hasQemu("b"));
            pair.awaitCarried(begin + random.nextLong(SLOW_BYTES_MOST), moving);
            guest.killQemu("b");
            return moving.get();
        } finally {
            pair.rate(0);
        }
    }
}
