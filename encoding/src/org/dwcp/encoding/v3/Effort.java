// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.util.Arrays;

import com.github.luben.zstd.ZstdCompressCtx;

/**
 * One way to encode a block: not at all, by LZ4, by zstd at a level, or by one of zstd's two fastest strategies with tables of other sizes than the levels have.
 * Immutable. As a word, for models and statistics: {@code lz4}; a level, {@code -5} to {@code 22} without 0; {@code fast:HASH:MATCH:SKIP} and {@code
 * dfast:HASH:SHORT:MATCH}, with the binary logarithms of the entries of the hash tables, the shortest match and how fast it skips what has none (RFC 8878 leaves all
 * that to the sender; the names are those of zstd's manual).
 *
 * @param word         as above, or {@code stored}
 * @param level        of zstd; 3 where a strategy is named, 0 for the two others
 * @param strategy     zstd's number of it, 0 for what belongs to the level; so with those that follow
 * @param hashLog      6 to 20
 * @param chainLog     6 to 20
 * @param minMatch     3 to 7
 * @param targetLength 0 to 128
 */
public record Effort(String word, int level, int strategy, int hashLog, int chainLog, int minMatch, int targetLength) {
    /** Not compressed. */
    static final Effort STORE = new Effort("stored", 0, 0, 0, 0, 0, 0);
    /** A frame of LZ4. */
    public static final Effort LZ4 = new Effort("lz4", 0, 0, 0, 0, 0, 0);

    private static final int LEVEL_MIN = -7; // source: below that LZ4 leaves less in less time
    private static final int FAST = 1; // ZSTD_fast and ZSTD_dfast in zstd's manual
    private static final int DFAST = 2;
    private static final int BASE_LEVEL = 3; // of what a strategy's word leaves open; nothing of it matters to these two
    private static final int LOG_MIN = 6;
    private static final int LOG_MAX = 20;
    private static final int MATCH_MIN = 3;
    private static final int MATCH_MAX = 7;
    private static final int SKIP_MAX = 128;

    /**
     * A level of zstd.
     *
     * @param level -7 to 22, not 0
     * @return the effort
     * @throws IllegalArgumentException for another
     */
    static Effort level(int level) {
        expect(level >= LEVEL_MIN && level <= ZstdSettings.LEVEL_MAX && level != 0, "level %d is 0 or not in %d..%d", level, LEVEL_MIN,
                ZstdSettings.LEVEL_MAX);
        return new Effort(Integer.toString(level), level, 0, 0, 0, 0, 0);
    }

    /**
     * Reads a word.
     *
     * @param word as above
     * @return the effort
     * @throws IllegalArgumentException when it is none; says why
     */
    public static Effort of(String word) {
        if (word.equals(LZ4.word)) {
            return LZ4;
        }
        String[] parts = word.split(":", -1);
        int[] numbers = Arrays.stream(parts).skip(parts.length == 1 ? 0 : 1).mapToInt(part -> number(word, part)).toArray();
        if (parts.length == 1) {
            return level(numbers[0]);
        }
        expect(parts.length == 4 && (parts[0].equals("fast") || parts[0].equals("dfast")),
                "\"%s\" is neither lz4, a level, fast:HASH:MATCH:SKIP nor dfast:HASH:SHORT:MATCH", word);
        int hash = within(word, numbers[0], LOG_MIN, LOG_MAX);
        return parts[0].equals("fast")
                ? new Effort(word, BASE_LEVEL, FAST, hash, 0, within(word, numbers[1], MATCH_MIN, MATCH_MAX), within(word, numbers[2], 0, SKIP_MAX))
                : new Effort(word, BASE_LEVEL, DFAST, hash, within(word, numbers[1], LOG_MIN, LOG_MAX), within(word, numbers[2], MATCH_MIN, MATCH_MAX), 0);
    }

    private static int number(String word, String part) {
        try {
            return Integer.parseInt(part);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + word + "\" has \"" + part + "\" for a number", e);
        }
    }

    private static int within(String word, int value, int min, int max) {
        expect(value >= min && value <= max, "\"%s\" has %d, which is not in %d..%d", word, value, min, max);
        return value;
    }

    private static void expect(boolean holds, String wrong, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(wrong, values));
        }
    }

    /** What people are told. */
    String text() {
        return this == STORE || this == LZ4 ? word : "zstd " + word;
    }

    /**
     * Sets a context to it; only for those of zstd.
     *
     * @param context of one thread
     */
    public void applyTo(ZstdCompressCtx context) {
        context.setLevel(level).setStrategy(strategy).setHashLog(hashLog).setChainLog(chainLog).setMinMatch(minMatch).setTargetLength(targetLength);
    }
}
