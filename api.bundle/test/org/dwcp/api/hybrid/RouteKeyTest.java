// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dwcp.api.Refusals.assertRejected;

import java.util.HashSet;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The hash decides who is in the first percent: it must be the same on every node, in every release. */
class RouteKeyTest {
    @ParameterizedTest
    @CsvSource({"'', efd01f60ba992926", "node, 19dc85f5f5520fda", "lisbon/flow-17, ec68317eb20fcdf1", "ä€😀, f42079479f3f09ac"})
    void hashesToTheGoldenValues(String text, String golden) {
        assertThat(Long.toHexString(RouteKey.hash(text))).isEqualTo(golden);
    }

    @Test
    void keyCarriesTheHashOfItsText() {
        assertThat(RouteKey.of("lisbon/flow-17").hash()).isEqualTo(RouteKey.hash("lisbon/flow-17"));
        assertThat(RouteKey.NODE.text()).isEqualTo("node");
    }

    @Test
    void mixesEachInputBitIntoAboutHalfOfTheOutputBits() {
        for (int bit = 0; bit < 64; bit++) {
            long flipped = 0;
            for (long value = 1; value <= 1000; value++) {
                long input = value * 0x9e3779b97f4a7c15L;
                flipped += Long.bitCount(RouteKey.mix(input) ^ RouteKey.mix(input ^ 1L << bit));
            }
            assertThat(flipped / 1000.0).as("bits flipped by bit %d", bit).isBetween(28.0, 36.0);
        }
    }

    @Test
    void mixMapsNoTwoValuesToOne() {
        Set<Long> seen = new HashSet<>();
        for (long value = -50_000; value < 50_000; value++) {
            seen.add(RouteKey.mix(value));
        }
        assertThat(seen).hasSize(100_000);
        assertThat(RouteKey.mix(0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"peer-%d", "lisbon/flow-%d", "%d", "group/%08x/task"})
    void spreadsSimilarKeysEvenlyOverAHundredShares(String pattern) {
        int keys = 100_000;
        int[] perShare = new int[100];
        for (int i = 0; i < keys; i++) {
            perShare[(int) Long.remainderUnsigned(RouteKey.hash(String.format(pattern, i)), 100)]++;
        }
        double chiSquare = 0;
        for (int count : perShare) {
            chiSquare += (count - keys / 100.0) * (count - keys / 100.0) / (keys / 100.0);
        }
        assertThat(chiSquare).as("99 degrees of freedom: above 160 by chance once in 10,000").isLessThan(160);
    }

    @Test
    void takes256CharactersAndRefuses257AndNone() {
        assertThat(RouteKey.of("k".repeat(RouteKey.LENGTH_MAX)).text()).hasSize(256);
        assertRejected(() -> RouteKey.of("k".repeat(RouteKey.LENGTH_MAX + 1)), "257", "256");
        assertRejected(() -> RouteKey.of(""), "0 characters");
        assertRejected(() -> RouteKey.of(null), "0 characters");
    }

    @Test
    void equalsByText() {
        assertThat(RouteKey.of("a")).isEqualTo(RouteKey.of("a")).hasSameHashCodeAs(RouteKey.of("a")).isNotEqualTo(RouteKey.of("b")).hasToString("a");
    }
}
