// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A large file over a link of known rate, and nodes that die as in a power cut, at moments that a seed decides. */
@Tag("system")
@Timeout(300)
@Requirement({"R-041", "R-310"})
class KilledNodeSystemTest {
    private static final long BYTES = 208L << 20;
    private static final long RATE = 320_000_000;
    private static final long SEED = 20_260_411;
    private static final int KILLS = 3;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @TempDir
    private Path folder;
    private Pair pair;
    private Path source;

    @BeforeEach
    void start() throws Exception {
        pair = new Pair(folder);
        source = Pair.write(folder.resolve("image.bin"), BYTES, SEED);
        pair.rate(RATE);
    }

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    void aReceiverThatIsKilledThreeTimesEndsWithTheRightHash() throws Exception {
        var transfer = pair.send(source);
        for (var kill = 0; kill < KILLS; kill++) {
            pair.awaitCarried(pair.carried() + random.nextLong(BYTES / 16, BYTES / 5), transfer);
            pair.node("b").kill();
            assertThat(pair.inbox("b").resolve("image.bin")).doesNotExist();
            pair.start("b");
        }

        var answer = transfer.get();

        assertThat(answer.status()).as(answer.toString()).isZero();
        assertThat(answer.value("state")).isEqualTo("DONE");
        assertThat(answer.number("bytesResumed")).as(answer.toString()).isPositive();
        assertThat(Pair.hash(pair.inbox("b").resolve("image.bin"))).isEqualTo(Pair.hash(source));
        pair.mustStillSend(folder, "after.bin");
    }

    @Test
    void aSenderThatIsKilledThreeTimesGoesOnByItself() throws Exception {
        var transfer = pair.send(source);
        for (var kill = 0; kill < KILLS; kill++) {
            var until = pair.carried() + random.nextLong(BYTES / 16, BYTES / 5);
            await().atMost(Pair.PATIENCE).until(() -> pair.carried() >= until);
            assertThat(pair.inbox("b").resolve("image.bin")).doesNotExist();
            pair.node("a").kill();
            if (kill == 0) {
                assertThat(transfer.get().status()).as("the command knows that it does not know").isEqualTo(1);
            }
            pair.start("a");
        }

        await().atMost(Pair.PATIENCE).until(() -> Files.exists(pair.inbox("b").resolve("image.bin")));
        assertThat(Pair.hash(pair.inbox("b").resolve("image.bin"))).isEqualTo(Pair.hash(source));
        assertThat(pair.node("a").output()).contains("name=image.bin resumed after a restart");
        // Not all of it came again after the last kill, nor was it sent from its start each time.
        assertThat(pair.carried()).isLessThan(2 * BYTES);

        var again = pair.send(source).get();

        assertThat(again.status()).as(again.toString()).isZero();
        assertThat(again.number("bytesWire")).as("only compared").isLessThan(BYTES / 100);
    }
}
