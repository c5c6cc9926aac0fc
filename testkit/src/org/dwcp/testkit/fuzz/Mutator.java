// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes inputs out of good ones: what a wire does to bytes (flipped, cut, doubled, mixed), and what an attacker does (lengths and counts that lie,
 * written over any place in 1, 2, 4 or 8 bytes). One input in sixteen is noise. The same seed and number give the same input.
 */
public final class Mutator {
    private static final int NOISE_BYTES_MAX = 300;
    private static final int CHANGES_MAX = 4;
    private static final long[] LIES = {0, 1, 2, 3, 7, 8, 15, 16, 0x7f, 0x80, 0xff, 0x100, 0x3ff, 0x400, 0x401, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x10_0000,
        0x11_0000, 0x11_0001, 0xff_ffff, 0x7fff_fff0L, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, Long.MAX_VALUE, Long.MIN_VALUE, -1, -2};

    private final List<byte[]> good;
    private final long seed;

    /**
     * Prepares.
     *
     * @param good inputs that the decoder takes, at least one
     * @param seed any number
     */
    public Mutator(List<byte[]> good, long seed) {
        this.good = good.stream().map(byte[]::clone).toList();
        this.seed = seed;
    }

    /**
     * Gives an input.
     *
     * @param number which one
     * @return its bytes; may by chance be a good one
     */
    public byte[] input(long number) {
        var random = new SplittableRandom(seed ^ number * 0x9e37_79b9_7f4a_7c15L);
        if (random.nextInt(16) == 0) {
            var noise = new byte[random.nextInt(NOISE_BYTES_MAX)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] bytes = pick(random).clone();
        for (int changes = random.nextInt(CHANGES_MAX + 1); changes >= 0; changes--) {
            bytes = change(bytes, random);
        }
        return bytes;
    }

    private byte[] pick(SplittableRandom random) {
        return good.get(random.nextInt(good.size()));
    }

    private byte[] change(byte[] bytes, SplittableRandom random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(Math.min(bytes.length, random.nextBoolean() ? 64 : bytes.length)); // headers are hit more often
        return switch (random.nextInt(7)) {
            case 0 -> flip(bytes, at, random);
            case 1, 2 -> lie(bytes, at, random);
            case 3 -> Arrays.copyOf(bytes, at);
            case 4 -> splice(bytes, at, bytes, random.nextInt(bytes.length)); // doubled or left out
            case 5 -> {
                byte[] other = pick(random);
                yield splice(bytes, at, other, other.length == 0 ? 0 : random.nextInt(other.length));
            }
            default -> splice(bytes, bytes.length, pick(random), 0); // one behind the other
        };
    }

    private static byte[] flip(byte[] bytes, int at, SplittableRandom random) {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }

    private static byte[] lie(byte[] bytes, int at, SplittableRandom random) {
        long value = LIES[random.nextInt(LIES.length)];
        int width = 1 << random.nextInt(4);
        for (int index = 0; index < width && at + index < bytes.length; index++) {
            bytes[at + index] = (byte) (value >>> 8 * (width - 1 - index));
        }
        return bytes;
    }

    private static byte[] splice(byte[] head, int headBytes, byte[] tail, int tailFrom) {
        var joined = Arrays.copyOf(head, headBytes + tail.length - tailFrom);
        System.arraycopy(tail, tailFrom, joined, headBytes, tail.length - tailFrom);
        return joined;
    }
}
