// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.LongConsumer;

import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Chunker;

/**
 * Reads a raw image once from end to end: blocks of 4 KiB that are all zero become holes, what lies between becomes chunks. A hole ends a chunk, so
 * that chunks begin anew behind it. No state.
 */
final class ImageScan {
    /** Source: the block of the usual file systems; what they free and trim is a multiple of it. */
    private static final int BLOCK = 4096;
    private static final byte[] ZEROS = new byte[BLOCK];
    private static final int READ = 4 << 20;

    private ImageScan() {
    }

    /** Takes the parts of an image in order. */
    interface Parts {
        void zero(long bytes) throws IOException;

        void chunk(ChunkId id, byte[] bytes, int offset, int length) throws IOException;
    }

    /**
     * Scans a file.
     *
     * @param progress gets the bytes read so far, now and then
     * @return the SHA-256 of all its bytes
     * @throws InterruptedIOException when the thread is interrupted
     */
    static ChunkId scan(Path image, Parts parts, LongConsumer progress) throws IOException {
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.READ)) {
            long size = file.size();
            ChunkId sha256 = new Run(file, Chunker.forBytes(size), parts, progress).run();
            if (file.size() != size) {
                throw new IOException(image + " changed its size from " + size + " to " + file.size() + " while it was read; stop what writes to it");
            }
            return sha256;
        }
    }

    private static final class Run {
        private final FileChannel file;
        private final Chunker chunker;
        private final Parts parts;
        private final LongConsumer progress;
        private final byte[] bytes;
        private final ByteBuffer direct = ByteBuffer.allocateDirect(READ);
        private final MessageDigest whole = ChunkId.sha256();
        private final MessageDigest each = ChunkId.sha256();
        private long origin;
        private int at;
        private int have;
        private boolean ended;

        Run(FileChannel file, Chunker chunker, Parts parts, LongConsumer progress) {
            this.file = file;
            this.chunker = chunker;
            this.parts = parts;
            this.progress = progress;
            bytes = new byte[READ + chunker.bytesMax() + 2 * BLOCK];
        }

        ChunkId run() throws IOException {
            fill();
            long zeros = 0;
            while (at < have) {
                int block = Math.min(BLOCK, have - at);
                if ((origin + at) % BLOCK == 0 && isZero(at, block)) {
                    zeros += block;
                    at += block;
                } else {
                    if (zeros > 0) {
                        parts.zero(zeros);
                        zeros = 0;
                    }
                    int end = chunker.cut(bytes, at, dataEnd());
                    each.update(bytes, at, end - at);
                    parts.chunk(ChunkId.of(each), bytes, at, end - at);
                    at = end;
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

        private void fill() throws IOException {
            if (ended) {
                return;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("stopped at " + (origin + at) + " bytes");
            }
            System.arraycopy(bytes, at, bytes, 0, have - at);
            origin += at;
            have -= at;
            at = 0;
            while (have < bytes.length) {
                int read = file.read(direct.clear().limit(Math.min(READ, bytes.length - have)));
                if (read < 0) {
                    ended = true;
                    break;
                }
                direct.get(0, bytes, have, read);
                whole.update(bytes, have, read);
                have += read;
            }
            progress.accept(origin + have);
        }
    }
}
