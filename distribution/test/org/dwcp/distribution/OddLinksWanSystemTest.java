// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

import org.dwcp.distribution.Pair.Answer;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink.End;
import org.dwcp.testkit.wan.WanNodes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file on its way over links that are not what links should be: exactly its bytes arrive. */
@Tag("system")
@Timeout(300)
class OddLinksWanSystemTest {
    private static final double RTT_MS = 100;
    private static final long SEED = 17;

    @TempDir
    private Path folder;

    @Test
    @Requirement("R-064")
    void aRateThatChangesEveryFiveSecondsStaysInternetAndTheFileArrives() throws Exception {
        try (var pair = WanPair.start(folder, WanCondition.of(RTT_MS, 100))) {
            await("mode").atMost(WanPair.PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> isInternet(pair));
            var source = Pair.write(folder.resolve("image.bin"), 400L << 20, SEED);

            var transfer = pair.send(source);
            for (double mbit : new double[] {900, 300, 600, 100, 900, 200}) {
                pair.link.set(WanCondition.of(RTT_MS, mbit));
                await().pollDelay(Duration.ofSeconds(5)).atMost(WanPair.PATIENCE).untilAsserted(() -> assertThat(isInternet(pair)).as(pair.mode()).isTrue());
            }

            mustArrive(pair, source, transfer);
            assertThat(isInternet(pair)).as(pair.mode()).isTrue();
        }
    }

    @Test
    @Requirement("R-041")
    void aPeerThatMovesToAnotherAddressGetsTheRest() throws Exception {
        moveInTheMiddle((pair, address) -> {
            pair.link.move(End.B, address);
            pair.tellOfMove(address);
        });
    }

    /** The peer dials when nobody answers it any more, and so shows where it is. */
    @Test
    @Requirement("R-041")
    void aPeerThatMovesAndOfWhichNobodyIsToldGetsTheRest() throws Exception {
        moveInTheMiddle((pair, address) -> pair.link.move(End.B, address));
    }

    private void moveInTheMiddle(BiConsumer<WanPair, String> move) throws Exception {
        try (var pair = WanPair.start(folder, WanCondition.of(20, 80))) {
            var source = Pair.write(folder.resolve("image.bin"), 100L << 20, SEED);
            long before = pair.link.stats().aToB().bytesOut();
            var transfer = pair.send(source);
            await().atMost(WanPair.PATIENCE).until(() -> pair.link.stats().aToB().bytesOut() - before > 20L << 20);
            assertThat(transfer.isDone()).isFalse();

            move.accept(pair, "10.77.0.3");

            assertThat(transfer.isDone()).as("the rest came to the new address: there is no other").isFalse();
            mustArrive(pair, source, transfer);
        }
    }

    @Test
    @Requirement("R-041")
    void aLaneThatIsKilledEverySecondCostsNoByte() throws Exception {
        try (var pair = WanPair.start(folder, WanCondition.of(RTT_MS, 100).withLoss(0.001))) {
            assumeThat(ConnectionKiller.unavailable()).as("what kills connections").isEmpty();
            var pinned = pair.run(End.A, "pin", "transport", "v3");
            assertThat(pinned.status()).as(pinned.toString()).isZero();
            var source = Pair.write(folder.resolve("image.bin"), 150L << 20, SEED);
            var killer = new ConnectionKiller(pair.link, End.A, WanNodes.PORT);

            var transfer = pair.send(source);
            await().atMost(WanPair.PATIENCE.multipliedBy(2)).pollInterval(Duration.ofSeconds(1)).until(() -> {
                killer.killOne();
                return transfer.isDone();
            });

            mustArrive(pair, source, transfer);
            assertThat(killer.killed()).as("connections killed").isGreaterThanOrEqualTo(5);
        }
    }

    /** Every fourth connection, so at least one lane of four, has a hundredth of what the others share. */
    @Test
    void aLaneThatIsAHundredTimesSlowerThanTheOthersDoesNotHoldTheFileUp() throws Exception {
        try (var pair = new Pair(folder)) {
            long rate = 200_000_000;
            var source = Pair.write(folder.resolve("image.bin"), 100L << 20, SEED);
            var forced = pair.run("a", "pin", "transport", "v3");
            assertThat(forced.status()).as(forced.toString()).isZero();
            pair.rate(rate);
            pair.link("b", Pair.V3).slow(4, rate / 400);

            var answer = pair.send(source).get();

            assertThat(answer.status()).as(answer.toString()).isZero();
            assertThat(answer.value("state")).isEqualTo("DONE");
            assertThat(answer.value("transport")).isEqualTo(Pair.V3);
            assertThat(Pair.hash(pair.inbox("b").resolve("image.bin"))).isEqualTo(Pair.hash(source));
        }
    }

    private static boolean isInternet(WanPair pair) {
        return pair.mode().matches("(?s).*mode +internet.*");
    }

    private static void mustArrive(WanPair pair, Path source, CompletableFuture<Answer> transfer) throws Exception {
        var answer = transfer.get();
        assertThat(answer.status()).as(answer.toString()).isZero();
        assertThat(answer.value("state")).isEqualTo("DONE");
        assertThat(Pair.hash(pair.inbox().resolve("image.bin"))).isEqualTo(Pair.hash(source));
    }
}
