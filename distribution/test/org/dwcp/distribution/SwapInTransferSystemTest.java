// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A large file on its way while what carries it is exchanged, by an operator or by a fault: exactly its bytes arrive. */
@Tag("system")
@Timeout(300)
class SwapInTransferSystemTest {
    private static final long BYTES = 208L << 20;
    private static final long RATE = 240_000_000;
    private static final long SEED = 3;
    /** Each with the words that bring it about. */
    private static final List<List<String>> SWAPS = List.of(List.of("promote", "transport", "v3"), List.of("promote", "encoding", "v3"),
            List.of("killswitch", "on"), List.of("killswitch", "off"), List.of("rollback", "transport"), List.of("pin", "transport", "v3"));

    @TempDir
    private Path folder;
    private Pair pair;
    private Path source;

    @BeforeEach
    void start() throws Exception {
        pair = new Pair(folder);
        source = Pair.write(folder.resolve("image.bin"), BYTES, SEED);
        pair.rate(RATE);
        // What a busy machine measures on its own links must not swap by itself here: v1 serves until a test or a fault changes that.
        var forced = pair.run("a", "mode", "force", "datacenter");
        assertThat(forced.status()).as(forced.toString()).isZero();
    }

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    @Requirement({"R-005", "R-013", "R-310", "R-322"})
    void swapsOfTransportAndEncodingInTheMiddleKeepTheContent() throws Exception {
        var transfer = pair.send(source);
        for (var swap : SWAPS) {
            pair.awaitCarried(pair.carried() + BYTES / (SWAPS.size() + 4), transfer);
            var answer = pair.run("a", swap.toArray(String[]::new));
            assertThat(answer.status()).as(answer.toString()).isZero();
        }

        var answer = transfer.get();

        assertThat(answer.status()).as(answer.toString()).isZero();
        assertThat(answer.number("moves")).as(answer.toString()).isPositive();
        assertThat(Pair.hash(pair.inbox("b").resolve("image.bin"))).isEqualTo(Pair.hash(source));
        assertThat(pair.link("b", Pair.V1).bytes()).isGreaterThan(BYTES / 20);
        assertThat(pair.link("b", Pair.V3).bytes()).isGreaterThan(BYTES / 20);
    }

    @Test
    @Requirement("R-013")
    void aTransportThatFailsInTheMiddleIsReplacedAndComesBack() throws Exception {
        var transfer = pair.send(source);
        pair.awaitCarried(BYTES / 4, transfer);
        assertThat(pair.link("b", Pair.V1).bytes()).as("v1 carries it").isGreaterThan(BYTES / 5);

        pair.link("b", Pair.V1).refuse();
        var answer = transfer.get();

        assertThat(answer.status()).as(answer.toString()).isZero();
        assertThat(answer.number("moves")).as(answer.toString()).isPositive();
        assertThat(Pair.hash(pair.inbox("b").resolve("image.bin"))).isEqualTo(Pair.hash(source));
        assertThat(pair.link("b", Pair.V3).bytes()).isGreaterThan(BYTES / 4);
        assertThat(pair.run("a", "history", "transport").out()).contains("FALLBACK");

        pair.link("b", Pair.V1).heal();
        await().atMost(Pair.PATIENCE).untilAsserted(() -> assertThat(pair.run("a", "list").out())
                .as("healthy again, and what the mode wants").containsPattern(Pair.V1 + " .*ACTIVE"));
    }
}
