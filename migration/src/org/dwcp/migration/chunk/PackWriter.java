// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a pack: sections of chunks that are compressed together, then the recipe if it has one. The same chunks in the same order make the same
 * bytes. {@link #finish} makes them durable; a pack that was closed without it is no pack. For one thread.
 */
public final class PackWriter implements AutoCloseable {
    private final StoreDisk disk;
    private final Path path;
    private final Codec codec;
    private final FileChannel file;
    private final ByteBuffer chunks = ByteBuffer.allocate(Section.BATCH);
    private final ByteBuffer lengths = ByteBuffer.allocate(Section.RAW_MAX - Section.BATCH);
    private int inBatch;
    private int count;
    private long position;

    /** Begins a pack; what was at this path is gone. */
    public PackWriter(StoreDisk disk, Path path) throws IOException {
        this(disk, path, Codec.LEVEL);
    }

    /** One with another level of zstd, 1 to 22. */
    public PackWriter(StoreDisk disk, Path path, int level) throws IOException {
        this.disk = disk;
        this.path = path;
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        try {
            codec = new Codec(level);
        } catch (RuntimeException | LinkageError e) {
            file.close();
            throw e;
        }
        try {
            put(ByteBuffer.allocate(Section.FILE_HEAD_BYTES).putLong(Section.FILE_HEAD).flip());
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /**
     * Adds a chunk.
     *
     * @return its place in the pack, from 0
     */
    public int add(byte[] bytes, int offset, int length) throws IOException {
        if (length < 1 || length > Chunker.bytesLimit()) {
            throw new IllegalArgumentException("chunk of " + length + " bytes is not 1 to " + Chunker.bytesLimit());
        }
        if (length > chunks.remaining() || inBatch == Section.COUNT_MAX || lengths.remaining() < Varint.BYTES_MAX) {
            flush();
        }
        Varint.write(lengths, length);
        chunks.put(bytes, offset, length);
        inBatch++;
        return count++;
    }

    /** Chunks so far. */
    public int count() {
        return count;
    }

    /** Bytes written so far; the last batch is not among them. */
    public long bytes() {
        return position;
    }

    private void flush() throws IOException {
        if (inBatch > 0) {
            codec.raw().clear().put(lengths.flip()).put(chunks.flip());
            section(Section.CHUNKS, inBatch);
            lengths.clear();
            chunks.clear();
            inBatch = 0;
        }
    }

    private void section(int kind, int chunksInIt) throws IOException {
        int raw = codec.raw().position();
        Codec.Body body = codec.compress();
        put(Section.head(kind, body.codec(), raw, chunksInIt, body.bytes()));
        put(body.bytes());
    }

    private void put(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        disk.write(path, file, bytes, position);
        position += length;
    }

    /** Ends the chunks, adds a recipe (empty: none) and makes all of it durable. */
    public void finish(ByteBuffer recipe) throws IOException {
        flush();
        while (recipe.hasRemaining()) {
            int piece = Math.min(recipe.remaining(), Section.BATCH);
            codec.raw().clear().put(recipe.slice(recipe.position(), piece));
            recipe.position(recipe.position() + piece);
            section(Section.RECIPE, 0);
        }
        disk.sync(path, file);
    }

    @Override
    public void close() throws IOException {
        try (file) {
            codec.close();
        }
    }
}
