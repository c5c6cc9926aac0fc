// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

import org.dwcp.testkit.encoding.Blocks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a look at a block tells. */
class BlockTraitsTest {
    private final BlockTraits look = new BlockTraits();

    @Test
    void tellsZeros() {
        assertThat(trait(new byte[100_000], "entropy")).isZero();
        assertThat(trait(new byte[100_000], "zeros")).isEqualTo(1);
        assertThat(trait(new byte[100_000], "matched")).isGreaterThan(0.99);
        assertThat(trait(new byte[100_000], "runs")).isGreaterThan(0.99);
        assertThat(Math.exp(trait(new byte[100_000], "parse.ratio.ln"))).isLessThan(0.01);
    }

    @Test
    void tellsRandomBytes() {
        var bytes = new byte[100_000];
        new Random(1).nextBytes(bytes);

        assertThat(trait(bytes, "entropy")).isBetween(0.97, 1.0); // of 1,024 bytes, in which some of the 256 values are rare by chance
        assertThat(trait(bytes, "matched")).isLessThan(0.01);
        assertThat(Math.exp(trait(bytes, "parse.ratio.ln"))).isGreaterThan(0.97);
    }

    @Test
    void tellsTwoValuesInEqualParts() {
        var bytes = new byte[8192];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i % 2 == 0 ? 'a' : 'b');
        }

        assertThat(trait(bytes, "entropy")).isCloseTo(1.0 / 8, within(1e-9));
        assertThat(trait(bytes, "printable")).isEqualTo(1);
        assertThat(trait(bytes, "runs")).isLessThan(0.01); // only where one stretch of the sample follows another
        assertThat(trait(bytes, "bytes.log2")).isCloseTo(13, within(1e-9));
    }

    @Test
    void findsAStretchThatComesOnceMore() {
        var bytes = new byte[1024]; // the whole of it is looked at
        new Random(2).nextBytes(bytes);
        System.arraycopy(bytes, 0, bytes, 512, 512);

        assertThat(trait(bytes, "matched")).isCloseTo(0.5, within(0.01));
    }

    @Test
    void looksAtBothEndsOfALargeBlock() {
        var bytes = new byte[1 << 20];
        var random = new byte[512];
        new Random(3).nextBytes(random);
        System.arraycopy(random, 0, bytes, 0, random.length);
        System.arraycopy(random, 0, bytes, bytes.length - random.length, random.length);

        assertThat(trait(bytes, "zeros")).isBetween(0.74, 0.76);
    }

    @ParameterizedTest
    @EnumSource(Blocks.class)
    void doesNotMoveTheBlockAndIsTheSameFromAnyBuffer(Blocks kind) {
        byte[] bytes = kind.bytes(70_001);
        var direct = ByteBuffer.allocateDirect(bytes.length + 7).position(7).put(7, bytes);

        double[] traits = look.of(direct);

        assertThat(direct.position()).isEqualTo(7);
        assertThat(look.of(ByteBuffer.wrap(bytes))).isEqualTo(traits);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 1023, 2047, 2048, 2049, 32_767, 32_768, 32_769})
    void takesEverySize(int bytes) {
        double[] traits = look.of(ByteBuffer.wrap(Blocks.TEXT.bytes(bytes)));

        assertThat(Arrays.stream(traits).allMatch(Double::isFinite)).isTrue();
        assertThat(traits).hasSize(BlockTraits.NAMES.size());
    }

    private double trait(byte[] bytes, String name) {
        return look.of(ByteBuffer.wrap(bytes))[BlockTraits.NAMES.indexOf(name)];
    }
}
