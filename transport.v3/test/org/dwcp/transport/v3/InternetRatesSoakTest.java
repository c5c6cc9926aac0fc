// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.wan.WanCondition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rates on emulated links that nobody knows beforehand, of frames of a channel as their receiver gets them. The best of some stretches of three seconds counts; at
 * 900 Mbit/s both ends and the emulator need both cores of a small machine all the same, so this wants one for itself. The figures beside other programs' are
 * those of {@code ./dwcp bench transport-wan}.
 */
@Tag("soak")
class InternetRatesSoakTest extends InternetLink {
    private static final int STRETCHES = 12;
    private static final double SECONDS = 3;

    @ParameterizedTest
    @CsvSource({"100, 0.001", "500, 0.001", "900, 0.001", "100, 0", "500, 0", "900, 0"})
    @Requirement({"R-080", "R-138"})
    void fillsALinkThatItDoesNotKnow(double mbit, double loss) {
        fill(channel(WanCondition.of(100, mbit).withLoss(loss), Map.of()));

        assertThat(bestMbit(mbit, 0.85)).isGreaterThanOrEqualTo(0.85 * mbit);
    }

    /** What one packet in a hundred costs is less than two fifths of the link, and so less than two fifths of what it gives without loss. */
    @ParameterizedTest
    @CsvSource({"100", "500", "900"})
    @Requirement("R-153")
    void onePacketInAHundredCostsLessThanTwoFifths(double mbit) {
        fill(channel(WanCondition.of(100, mbit).withLoss(0.01), Map.of()));

        assertThat(bestMbit(mbit, 0.6)).isGreaterThan(0.6 * mbit);
    }

    /** Counts stretches of the bytes that come in three seconds at the rate that is enough, until one was that fast. */
    private double bestMbit(double linkMbit, double enough) {
        long bytes = (long) (linkMbit * 1e6 / 8 * SECONDS * enough);
        double best = 0;
        for (int stretch = 0; stretch < STRETCHES && best < enough * linkMbit; stretch++) {
            long startNs = a.clock().nanoTime();
            awaitReceived(bytes);
            best = Math.max(best, bytes * 8e3 / (a.clock().nanoTime() - startNs));
        }
        return best;
    }
}
