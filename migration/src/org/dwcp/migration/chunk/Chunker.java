// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

/**
 * Finds the ends of chunks by what is in them, so that bytes that were inserted or moved change only the chunks around them: a gear hash with two
 * masks (Xia et al., FastCDC, USENIX ATC 2016). The table is part of the format: other numbers would find other chunks in the same bytes, which
 * costs bandwidth and nothing else. Immutable.
 */
public final class Chunker {
    /** Mean of 4 KiB, the block of the usual file systems. Source: measured, ADR 33. */
    public static final int BITS_MIN = 12;
    /** Mean of 64 KiB. */
    public static final int BITS_MAX = 16;
    /** Images up to this size get the smallest chunks; each doubling doubles them. Source: chosen; some millions of chunks an image. */
    private static final long SMALLEST_UP_TO = 8L << 30;
    private static final long[] GEAR = gear();

    private final int bits;

    /**
     * Makes one.
     *
     * @param bits chunks have about 2^bits bytes, a quarter of that at least and eight times at most; {@link #BITS_MIN} to {@link #BITS_MAX}
     */
    public Chunker(int bits) {
        if (bits < BITS_MIN || bits > BITS_MAX) {
            throw new IllegalArgumentException("chunks of 2^" + bits + " bytes are not in 2^" + BITS_MIN + "..2^" + BITS_MAX);
        }
        this.bits = bits;
    }

    /** One with chunks that suit so many bytes. */
    public static Chunker forBytes(long bytes) {
        int bits = BITS_MIN;
        for (long size = SMALLEST_UP_TO; size < bytes && bits < BITS_MAX; size <<= 1) {
            bits++;
        }
        return new Chunker(bits);
    }

    /** Most bytes of a chunk. */
    public int bytesMax() {
        return 8 << bits;
    }

    /** Most bytes of any chunk of any size class. */
    public static int bytesLimit() {
        return 8 << BITS_MAX;
    }

    /**
     * Finds where the chunk that begins at {@code from} ends.
     *
     * @param end end of what may be looked at; a chunk ends there at the latest
     * @return above {@code from}, at most {@code end}
     */
    public int cut(byte[] bytes, int from, int end) {
        int last = (int) Math.min(end, (long) from + bytesMax());
        int normal = Math.min(last, from + (1 << bits));
        int at = Math.min(last, from + (1 << bits - 2));
        long strict = -1L << 63 - bits;
        long loose = -1L << 65 - bits;
        long hash = 0;
        for (; at < normal; at++) {
            hash = (hash << 1) + GEAR[bytes[at] & 0xff];
            if ((hash & strict) == 0) {
                return at + 1;
            }
        }
        for (; at < last; at++) {
            hash = (hash << 1) + GEAR[bytes[at] & 0xff];
            if ((hash & loose) == 0) {
                return at + 1;
            }
        }
        return last;
    }

    /** 256 fixed numbers from the SplitMix64 sequence that begins at 1 (Steele et al., OOPSLA 2014). */
    private static long[] gear() {
        long[] table = new long[256];
        long state = 1;
        for (int i = 0; i < table.length; i++) {
            state += 0x9E3779B97F4A7C15L;
            long z = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            table[i] = z ^ z >>> 31;
        }
        return table;
    }
}
