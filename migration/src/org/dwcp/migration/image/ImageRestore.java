// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.Chunker;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.image.disk.ImageTarget;

/** Puts an image together from a store. No state. */
final class ImageRestore {
    private static final byte[] ZEROS = new byte[64 << 10];
    private static final int WRITE = 1 << 20;

    private ImageRestore() {
    }

    /**
     * Writes an image, durably but for its name.
     *
     * @param progress gets the bytes done so far, now and then
     * @return the SHA-256 of the bytes that were written
     * @throws org.dwcp.migration.chunk.ChunkLostException when a chunk is missing or damaged
     */
    static ChunkId write(ChunkStore store, Recipe recipe, ImageTarget target, LongConsumer progress) throws IOException {
        long data = 0;
        for (int i = 0; i < recipe.count(); i++) {
            data += recipe.length(i);
        }
        target.begin(recipe.version().bytes(), data);
        ByteBuffer run = ByteBuffer.allocateDirect(WRITE + Chunker.bytesLimit());
        long[] start = {0};
        ChunkId sha256 = each(store, recipe, progress, new Sink() {
            @Override
            public void data(long offset, byte[] bytes, int length) throws IOException {
                if (run.position() >= WRITE) {
                    flush();
                }
                if (run.position() == 0) {
                    start[0] = offset;
                }
                run.put(bytes, 0, length);
            }

            @Override
            public void zero(long offset, long bytes) throws IOException {
                flush();
                target.zero(offset, bytes);
            }

            private void flush() throws IOException {
                target.write(start[0], run.flip());
                run.clear();
            }
        });
        target.write(start[0], run.flip());
        target.finish();
        return sha256;
    }

    /** Reads all that a version is made of and gives the SHA-256 of its bytes. */
    static ChunkId hash(ChunkStore store, Recipe recipe, LongConsumer progress) throws IOException {
        return each(store, recipe, progress, new Sink() { });
    }

    private interface Sink {
        default void data(long offset, byte[] bytes, int length) throws IOException {
        }

        default void zero(long offset, long bytes) throws IOException {
        }
    }

    private static ChunkId each(ChunkStore store, Recipe recipe, LongConsumer progress, Sink sink) throws IOException {
        MessageDigest whole = ChunkId.sha256();
        byte[] chunk = new byte[Chunker.bytesLimit()];
        long end = 0;
        for (int i = 0; i < recipe.count(); i++) {
            zeros(whole, end, recipe.offset(i) - end, sink);
            int length = store.read(recipe.id(i), chunk, 0);
            if (length != recipe.length(i)) {
                throw new IOException("chunk " + recipe.id(i) + " has " + length + " bytes, its recipe says " + recipe.length(i));
            }
            whole.update(chunk, 0, length);
            sink.data(recipe.offset(i), chunk, length);
            end = recipe.offset(i) + length;
            if ((i & 0xff) == 0) {
                progress.accept(end);
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("stopped at " + end + " bytes");
                }
            }
        }
        zeros(whole, end, recipe.version().bytes() - end, sink);
        progress.accept(recipe.version().bytes());
        return ChunkId.of(whole);
    }

    private static void zeros(MessageDigest digest, long at, long bytes, Sink sink) throws IOException {
        if (bytes > 0) {
            sink.zero(at, bytes);
        }
        for (long left = bytes; left > 0; left -= ZEROS.length) {
            digest.update(ZEROS, 0, (int) Math.min(ZEROS.length, left));
        }
    }
}
