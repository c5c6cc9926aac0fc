// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Looks at 1 or 2 KiB of a block in stretches spread over it to tell how it will compress: entropy of order 0, and what a greedy Lempel-Ziv
 * parse of the sample finds. Holds its tables; one thread at a time.
 */
public final class BlockTraits {
    /** What {@link #of} tells, in order. Part of the model's format. */
    public static final List<String> NAMES = List.of("parse.ratio.ln", "entropy", "literal.entropy", "matched", "matches", "zeros", "printable",
            "runs", "bytes.log2");

    private static final int STRETCHES = 8;
    private static final int STRETCH_BYTES_MIN = 128;
    private static final int STRETCH_BYTES_MAX = 256;
    private static final int BYTES_A_STRETCH_BYTE = 2048;
    private static final int SAMPLE_BYTES = STRETCHES * STRETCH_BYTES_MAX;
    private static final int HASH_BITS = 12;
    private static final int MATCH_BYTES_MIN = 4;
    private static final int MISSES_A_STEP_LOG2 = 5; // after 32 misses every second place is tried, after 64 every third: as LZ4 does
    private static final double MATCH_COST_BYTES = 2.5; // an offset and a length, about
    private static final double RATIO_MIN = 0.002;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    /** n times the binary logarithm of n. */
    private static final double[] N_LOG_N = new double[SAMPLE_BYTES + 1];

    static {
        for (int n = 2; n < N_LOG_N.length; n++) {
            N_LOG_N[n] = n * Math.log(n) / Math.log(2);
        }
    }

    private final byte[] sample = new byte[SAMPLE_BYTES];
    private final int[] counts = new int[256];
    private final int[] literals = new int[256];
    private final short[] heads = new short[1 << HASH_BITS];

    /**
     * Looks at a block.
     *
     * @param block 1 byte or more, position to limit; not moved
     * @return a value for each of {@link #NAMES}: the logarithm of the share of bytes that the parse leaves, entropies as shares of 8 bits, shares of
     *         the sample's bytes, binary logarithm of the block's bytes
     */
    public double[] of(ByteBuffer block) {
        int bytes = take(block);
        Arrays.fill(counts, 0);
        Arrays.fill(literals, 0);
        Arrays.fill(heads, (short) -1);
        int runs = 0;
        for (int i = 0; i < bytes; i++) {
            counts[sample[i] & 0xff]++;
            runs += i > 0 && sample[i] == sample[i - 1] ? 1 : 0;
        }
        int matched = 0;
        int matches = 0;
        int misses = 0;
        int at = 0;
        while (at < bytes) {
            int length = at <= bytes - MATCH_BYTES_MIN ? match(at, bytes) : 0;
            if (length == 0) {
                int next = Math.min(bytes, at + 1 + (misses++ >> MISSES_A_STEP_LOG2));
                while (at < next) {
                    literals[sample[at++] & 0xff]++;
                }
            } else {
                matched += length;
                matches++;
                misses = 0;
                at += length;
            }
        }
        double literalEntropy = entropy(literals, bytes - matched);
        double left = ((bytes - matched) * literalEntropy + matches * MATCH_COST_BYTES) / bytes;
        return new double[] {Math.log(Math.clamp(left, RATIO_MIN, 1)), entropy(counts, bytes), literalEntropy, (double) matched / bytes, (double) matches / bytes,
                (double) counts[0] / bytes, printable() / (double) bytes, (double) runs / bytes, Math.log(block.remaining()) / Math.log(2)};
    }

    /** Fills the sample; gives its bytes. */
    private int take(ByteBuffer block) {
        int all = block.remaining();
        int stretch = Math.clamp(all / BYTES_A_STRETCH_BYTE, STRETCH_BYTES_MIN, STRETCH_BYTES_MAX);
        if (all <= STRETCHES * stretch) {
            block.get(block.position(), sample, 0, all);
            return all;
        }
        for (int i = 0; i < STRETCHES; i++) {
            int from = (int) ((long) (all - stretch) * i / (STRETCHES - 1));
            block.get(block.position() + from, sample, i * stretch, stretch);
        }
        return STRETCHES * stretch;
    }

    /** Length of what comes once more at a place, 0 for none. */
    private int match(int at, int bytes) {
        int word = (int) INT.get(sample, at);
        int slot = word * 0x9E3779B1 >>> Integer.SIZE - HASH_BITS; // Knuth's multiplicative hash
        int before = heads[slot];
        heads[slot] = (short) at;
        if (before < 0 || (int) INT.get(sample, before) != word) {
            return 0;
        }
        int length = Arrays.mismatch(sample, before, before + bytes - at, sample, at, bytes);
        return length < 0 ? bytes - at : length;
    }

    private int printable() {
        int sum = counts['\n'] + counts['\t'] + counts['\r'];
        for (int value = ' '; value <= '~'; value++) {
            sum += counts[value];
        }
        return sum;
    }

    /** Order 0, as a share of 8 bits a byte. */
    private static double entropy(int[] counts, int sum) {
        if (sum == 0) {
            return 0;
        }
        double bits = N_LOG_N[sum];
        for (int count : counts) {
            bits -= N_LOG_N[count];
        }
        return bits / sum / Byte.SIZE;
    }
}
