// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.encoding;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Blocks to encode, the same in every run. Each kind stands for traffic that a codec meets.
 * {@snippet :
 * byte[] page = Blocks.MACHINE.bytes(4096);
 * }
 */
public enum Blocks {
    /** Words of a small vocabulary. */
    TEXT {
        @Override
        void fill(byte[] block, SplittableRandom random) {
            for (int at = 0; at < block.length;) {
                byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.US_ASCII);
                int length = Math.min(word.length, block.length - at);
                System.arraycopy(word, 0, block, at, length);
                at += length;
            }
        }
    },
    /** Noise: cannot shrink. */
    RANDOM {
        @Override
        void fill(byte[] block, SplittableRandom random) {
            random.nextBytes(block);
        }
    },
    /** Nothing but zeros. */
    ZERO {
        @Override
        void fill(byte[] block, SplittableRandom random) {
        }
    },
    /** Memory of a machine: pages of 4 KiB, some zero, some of pointers, some of text, some of noise. */
    MACHINE {
        @Override
        void fill(byte[] block, SplittableRandom random) {
            for (int page = 0; page < block.length; page += PAGE_BYTES) {
                byte[] content = new byte[Math.min(PAGE_BYTES, block.length - page)];
                switch (random.nextInt(4)) {
                    case 0 -> ZERO.fill(content, random);
                    case 1 -> pointers(content, random);
                    case 2 -> TEXT.fill(content, random);
                    default -> RANDOM.fill(content, random);
                }
                System.arraycopy(content, 0, block, page, content.length);
            }
        }
    };

    private static final int PAGE_BYTES = 4096;
    private static final String[] WORDS = {"route ", "lease ", "the ", "provider\n", "of ", "epoch=17 ", "a ", "swap ", "frame ", "0x7f3a "};

    abstract void fill(byte[] block, SplittableRandom random);

    /**
     * Makes a block of this kind.
     *
     * @param size bytes
     * @return a new array, always with the same content for the same size
     */
    public byte[] bytes(int size) {
        byte[] block = new byte[size];
        fill(block, new SplittableRandom(size * 31L + ordinal()));
        return block;
    }

    private static void pointers(byte[] page, SplittableRandom random) {
        ByteBuffer words = ByteBuffer.wrap(page);
        while (words.remaining() >= Long.BYTES) {
            words.putLong(0x00007f3a_00000000L | random.nextInt(1 << 20) << 3);
        }
    }
}
