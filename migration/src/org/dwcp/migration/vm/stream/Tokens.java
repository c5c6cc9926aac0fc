// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What travels instead of the stream. A token is a byte and what it needs. The low 3 bits are its kind; {@link #NEXT} says that the page follows the one before
 * in the same block and its record does so too. Else there follow: 0 (record without a block's name), or 1 and the block's number, or 2 and the name of a
 * block that is new (length 1, text); then the page's number. Numbers take 7 bits a byte, lowest first.
 */
final class Tokens {
    /** Length (number, to {@link #RAW_MAX}) and bytes as they are. */
    static final int RAW = 0;
    /** A zero page; with NEXT the number of pages in a row. */
    static final int ZERO = 1;
    /** A page. */
    static final int PAGE = 2;
    /** A page as changes of its last version: number of runs, then for each words that stay, words that change less 1, and those. A word has 8 bytes. */
    static final int DELTA = 3;
    /** A page that is in the place of the cache whose number follows. */
    static final int COPY = 4;
    /** A page that is as it was. */
    static final int SAME = 5;
    /** The stream is whole: its bytes (8) and their CRC-32C (4). */
    static final int END = 6;
    static final int KINDS = 7;
    static final int KIND = 7;
    static final int NEXT = 8;

    static final int BLOCK_SAME = 0;
    static final int BLOCK_KNOWN = 1;
    static final int BLOCK_NEW = 2;
    /** Most blocks of memory. Source: chosen; QEMU has about ten, and more with each device. */
    static final int BLOCKS_MAX = 1_000;

    static final int RAW_MAX = 32 << 10;
    /** Most zero pages in one token. Source: chosen; 4 GiB. */
    static final int RUN_MAX = 1 << 20;
    static final int WORDS = StreamParser.PAGE / 8;
    /** A delta that is larger is no gain: the page goes as it is. */
    static final int DELTA_MAX = StreamParser.PAGE / 2;
    /** No token is larger. */
    static final int BYTES_MAX = RAW_MAX + 16;

    /** "DWVM". */
    static final int MAGIC = 0x4457564d;
    static final byte VERSION = 1;
    static final byte PLAIN = 0;
    static final byte ZSTD = 1;
    /** Magic, version, compression, most pages of the cache (4). */
    static final int HEAD = 10;

    private Tokens() {
    }

    /**
     * Writes the changes between two versions of a page.
     *
     * @return false when they are more than {@link #DELTA_MAX}; the target's position is undefined then
     */
    static boolean delta(byte[] before, byte[] after, ByteBuffer target) {
        ByteBuffer old = ByteBuffer.wrap(before).order(ByteOrder.nativeOrder());
        ByteBuffer now = ByteBuffer.wrap(after).order(ByteOrder.nativeOrder());
        int begin = target.position();
        target.putShort((short) 0); // number of runs, in two bytes of 7 bits
        int runs = 0;
        int word = 0;
        int kept = 0;
        while (true) {
            while (word < WORDS && old.getLong(word * 8) == now.getLong(word * 8)) {
                word++;
            }
            if (word == WORDS) {
                break;
            }
            int first = word;
            while (word < WORDS && old.getLong(word * 8) != now.getLong(word * 8)) {
                word++;
            }
            if (target.position() - begin + (word - first) * 8 + 4 > DELTA_MAX) {
                return false;
            }
            number(target, first - kept);
            number(target, word - first - 1);
            target.put(after, first * 8, (word - first) * 8);
            kept = word;
            runs++;
        }
        target.put(begin, (byte) (runs | 0x80)).put(begin + 1, (byte) (runs >>> 7));
        return true;
    }

    static void number(ByteBuffer target, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            target.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        target.put((byte) rest);
    }
}
