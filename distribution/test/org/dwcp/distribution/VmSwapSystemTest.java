// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running guest moves between two node processes while an operator exchanges what carries it: transport and encoding, by promotion, kill switch, rollback and pin. */
@Tag("system")
@Timeout(280)
@Requirement({"R-005", "R-242", "R-246", "R-310", "R-322"})
class VmSwapSystemTest {
    private static final String LOAD = "fill=48 rate=10 kind=counter";
    private static final long RATE = 40_000_000;
    private static final long BYTES_BETWEEN = 3_000_000;
    /** Each with the words that bring it about. */
    private static final List<List<String>> SWAPS = List.of(List.of("promote", "transport", "v3"), List.of("promote", "encoding", "v3"),
            List.of("killswitch", "on"), List.of("killswitch", "off"), List.of("rollback", "transport"), List.of("pin", "transport", "v3"));

    @TempDir
    private Path folder;

    @Test
    void goesOnWhileTransportAndEncodingAreExchanged() throws Exception {
        GuestPair.lab();
        try (var pair = new Pair(folder); var guest = new GuestPair(pair::run, pair.homes::home, folder, LOAD)) {
            // What a busy machine measures on its own links must not swap by itself here.
            guest.good(pair.run("a", "mode", "force", "datacenter"));
            guest.start();
            pair.rate(RATE);
            var v1 = pair.link("b", Pair.V1).bytes();
            var v3 = pair.link("b", Pair.V3).bytes();
            var moving = guest.migrate("a", "b");
            for (var swap : SWAPS) {
                pair.awaitCarried(pair.carried() + BYTES_BETWEEN, moving);
                guest.good(pair.run("a", swap.toArray(String[]::new)));
            }

            var answer = guest.mustMove("a", "b", moving.get());

            assertThat(answer.number("moves")).as(answer.toString()).isPositive();
            assertThat(pair.link("b", Pair.V1).bytes() - v1).as("bytes of transport.v1").isGreaterThan(BYTES_BETWEEN);
            assertThat(pair.link("b", Pair.V3).bytes() - v3).as("bytes of transport.v3").isGreaterThan(BYTES_BETWEEN);
        }
    }
}
