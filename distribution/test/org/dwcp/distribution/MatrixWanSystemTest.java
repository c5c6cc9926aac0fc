// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two real nodes while the link between them becomes everything from a cable to a satellite: every transfer arrives whole, and the mode is what
 * the rule says. The nodes live through all of it; each value of latency, loss, bandwidth and jitter meets each value of the others.
 */
@Tag("system")
@Timeout(300)
class MatrixWanSystemTest {
    private static final int FILE_BYTES = 3 << 20;

    @TempDir
    private static Path folder;
    private static WanPair pair;
    private static int sent;

    @BeforeAll
    static void start() {
        pair = WanPair.start(folder, WanCondition.of(9, 100));
    }

    @AfterAll
    static void stop() {
        if (pair != null) {
            pair.close();
        }
    }

    /** Pairs of all values in nine links, by the orthogonal array L9 (Taguchi). Below 1 Gbit/s only the round trip decides. */
    static Stream<WanCondition> links() {
        return Stream.of(
                link(9, 20, 0, 0), link(9, 100, 0.005, 2), link(9, 400, 0.02, 10),
                link(90, 20, 0.005, 10), link(90, 100, 0.02, 0), link(90, 400, 0, 2),
                link(200, 20, 0.02, 2), link(200, 100, 0, 10), link(200, 400, 0.005, 0));
    }

    private static WanCondition link(double rttMs, double mbit, double loss, long jitterMs) {
        return WanCondition.of(rttMs, mbit).withLoss(loss).withJitter(Duration.ofMillis(jitterMs));
    }

    @ParameterizedTest
    @MethodSource("links")
    @Requirement({"R-079", "R-482"})
    void transfersArriveWholeAndTheModeIsWhatTheRuleSays(WanCondition link) throws Exception {
        pair.link.set(link);

        sendOne();

        var expected = link.rtt().toMillis() > 55 ? "internet" : "hybrid";
        await("mode on " + link).atMost(WanPair.PATIENCE).pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(pair.mode()).containsPattern("mode +" + expected));
    }

    @ParameterizedTest
    @MethodSource("roundTrips")
    @Requirement("R-079")
    void worksAtEveryRoundTripTime(WanCondition link) throws Exception {
        pair.link.set(link);

        var answer = sendOne();

        assertThat(answer.number("moves")).as("%s: no channel timed out", answer).isLessThanOrEqualTo(1);
        for (var end : End.values()) {
            assertThat(pair.run(end, "status").status()).isZero();
            pair.awaitOnline(end);
        }
    }

    static Stream<WanCondition> roundTrips() {
        return Stream.of(0.1, 9.0, 50.0, 200.0, 500.0).map(ms -> WanCondition.of(ms, 200));
    }

    private static Pair.Answer sendOne() throws Exception {
        var file = Pair.write(folder.resolve("file" + sent++), FILE_BYTES, sent);
        try {
            return pair.mustSend(file);
        } finally {
            Files.delete(file);
        }
    }
}
