// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.LongConsumer;

import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Chunker;
import org.dwcp.migration.image.disk.ImageSource;

/**
 * Reads an image once from end to end: blocks of 4 KiB that are all zero become holes, what lies between becomes chunks. A hole ends a chunk, so
 * that chunks begin anew behind it. What the source knows to be zero is not read; the parts are the same, whatever it knows. No state.
 */
final class ImageScan {
    /** Source: the block of the usual file systems; what they free and trim is a multiple of it. */
    private static final int BLOCK = 4096;
    private static final byte[] ZEROS = new byte[64 << 10];
    /** Zeros hashed between two words of progress. */
    private static final long STRIDE = 64 << 20;
    private static final int READ = 4 << 20;

    private ImageScan() {
    }

    /** Takes the parts of an image in order. */
    interface Parts {
        void zero(long bytes) throws IOException;

        void chunk(ChunkId id, byte[] bytes, int offset, int length) throws IOException;
    }

    /**
     * Scans an image.
     *
     * @param progress gets the bytes done so far, now and then
     * @return the SHA-256 of all its bytes
     * @throws InterruptedIOException when the thread is interrupted
     */
    static ChunkId scan(ImageSource image, Parts parts, LongConsumer progress) throws IOException {
        return new Run(image, Chunker.forBytes(image.bytes()), parts, progress).run();
    }

    private static final class Run {
        private final ImageSource image;
        private final Chunker chunker;
        private final Parts parts;
        private final LongConsumer progress;
        private final byte[] bytes;
        private final ByteBuffer direct = ByteBuffer.allocateDirect(READ);
        private final MessageDigest whole = ChunkId.sha256();
        private final MessageDigest each = ChunkId.sha256();
        /** Place in the image of what is first in the buffer. */
        private long origin;
        private int at;
        private int have;
        /** End of the blocks that have to be read, as far as is known; all that follows up to {@link #next} is zero. */
        private long readTo;
        private long next;
        private long zeros;

        Run(ImageSource image, Chunker chunker, Parts parts, LongConsumer progress) {
            this.image = image;
            this.chunker = chunker;
            this.parts = parts;
            this.progress = progress;
            bytes = new byte[READ + chunker.bytesMax() + 2 * BLOCK];
        }

        ChunkId run() throws IOException {
            fill();
            while (at < have || origin + at < image.bytes()) {
                if (at == have) {
                    skip();
                } else {
                    part();
                }
                if (have - at < chunker.bytesMax() + BLOCK) {
                    fill();
                }
            }
            if (zeros > 0) {
                parts.zero(zeros);
            }
            return ChunkId.of(whole);
        }

        private void part() throws IOException {
            int block = Math.min(BLOCK, have - at);
            if ((origin + at) % BLOCK == 0 && isZero(at, block)) {
                zeros += block;
                at += block;
                return;
            }
            if (zeros > 0) {
                parts.zero(zeros);
                zeros = 0;
            }
            int end = chunker.cut(bytes, at, dataEnd());
            each.update(bytes, at, end - at);
            parts.chunk(ChunkId.of(each), bytes, at, end - at);
            at = end;
        }

        private boolean isZero(int from, int length) {
            return Arrays.equals(bytes, from, from + length, ZEROS, 0, length);
        }

        /** End of the data that begins here: the next block of zeros, or as far as a chunk can reach. */
        private int dataEnd() {
            int most = Math.min(have, at + chunker.bytesMax());
            int block = at + BLOCK - (int) ((origin + at) % BLOCK);
            while (block < most && !isZero(block, Math.min(BLOCK, have - block))) {
                block += BLOCK;
            }
            return Math.min(block, most);
        }

        /** Reads on, as far as the buffer reaches or up to the next hole. */
        private void fill() throws IOException {
            System.arraycopy(bytes, at, bytes, 0, have - at);
            origin += at;
            have -= at;
            at = 0;
            while (have < bytes.length && origin + have < extent(origin + have)) {
                int length = (int) Math.min(Math.min(READ, bytes.length - have), readTo - origin - have);
                requireGoing(origin + have);
                image.read(origin + have, direct.clear().limit(length));
                direct.get(0, bytes, have, length);
                whole.update(bytes, have, length);
                have += length;
            }
            progress.accept(origin + have);
        }

        /** End of the blocks that have to be read from a place on. Extents that share or touch a block are one. */
        private long extent(long from) throws IOException {
            while (from == readTo && next <= readTo && readTo < image.bytes()) {
                ImageSource.Extent found = image.data(readTo);
                next = found.from() / BLOCK * BLOCK;
                if (found.from() == image.bytes()) {
                    next = image.bytes();
                } else if (next <= readTo) {
                    readTo = Math.min(image.bytes(), (found.to() + BLOCK - 1) / BLOCK * BLOCK);
                }
            }
            return readTo;
        }

        /** Goes to the end of a hole. */
        private void skip() throws IOException {
            long end = next;
            zeros += end - origin - at;
            for (long left = end - origin - at; left > 0;) {
                long stride = Math.min(left, STRIDE);
                zeros(stride);
                left -= stride;
                requireGoing(end - left);
                progress.accept(end - left);
            }
            origin = end;
            at = 0;
            have = 0;
            readTo = end;
        }

        private void zeros(long count) {
            for (long left = count; left > 0; left -= ZEROS.length) {
                whole.update(ZEROS, 0, (int) Math.min(ZEROS.length, left));
            }
        }

        private static void requireGoing(long place) throws InterruptedIOException {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("stopped at " + place + " bytes");
            }
        }
    }
}
