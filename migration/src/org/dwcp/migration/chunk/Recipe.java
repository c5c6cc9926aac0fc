// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/**
 * What a version is made of: its chunks in order, each with its offset; what lies between them is zero. About 44 bytes of memory a chunk. Immutable.
 * In its file: magic, format, name, bytes, SHA-256, time, count; then for each chunk gap, length, id; then the CRC-32C of all before.
 */
public final class Recipe {
    /** Most chunks of a version. Source: chosen; 176 MiB of memory while it is worked on, 256 GiB of data in chunks of 64 KiB. */
    public static final int CHUNKS_MAX = 1 << 22;
    /** Most bytes of a version. Source: chosen; largest disk that QEMU users are seen with. */
    public static final long BYTES_MAX = 1L << 46;
    /** Most bytes of a name. Source: Linux NAME_MAX, less what the store adds. */
    public static final int NAME_BYTES_MAX = 200;
    private static final int MAGIC = 0x44575243; // "DWRC"
    private static final int FORMAT = 1;

    private final Version version;
    private final long[] ids;
    private final long[] offsets;
    private final int[] lengths;

    private Recipe(Version version, long[] ids, long[] offsets, int[] lengths) {
        this.version = version;
        this.ids = ids;
        this.offsets = offsets;
        this.lengths = lengths;
    }

    public Version version() {
        return version;
    }

    public int count() {
        return lengths.length;
    }

    public ChunkId id(int index) {
        return new ChunkId(ids[4 * index], ids[4 * index + 1], ids[4 * index + 2], ids[4 * index + 3]);
    }

    public long offset(int index) {
        return offsets[index];
    }

    public int length(int index) {
        return lengths[index];
    }

    /** The same with another time. */
    public Recipe at(long createdMs) {
        return new Recipe(new Version(version.name(), version.sha256(), version.bytes(), createdMs, version.chunks()), ids, offsets, lengths);
    }

    /** The first 8 bytes of an id, by which the other end finds equal chunks. */
    public long shortId(int index) {
        return ids[4 * index];
    }

    /** Collects chunks in the order of their offsets. For one thread. */
    public static final class Builder {
        private long[] ids = new long[4 * 1024];
        private long[] offsets = new long[1024];
        private int[] lengths = new int[1024];
        private int count;
        private long end;

        /**
         * Adds a chunk.
         *
         * @throws BadPackException when it overlaps the one before or there are too many
         */
        public void add(ChunkId id, long offset, int length) throws BadPackException {
            if (offset < end || length < 1 || length > Chunker.bytesLimit() || offset > BYTES_MAX - length) {
                throw new BadPackException("chunk of " + length + " bytes at " + offset + " is out of place");
            }
            if (count == CHUNKS_MAX) {
                throw new BadPackException("image has more than " + CHUNKS_MAX + " chunks; send it in parts");
            }
            if (count == lengths.length) {
                int size = Math.min(CHUNKS_MAX, 2 * count);
                ids = Arrays.copyOf(ids, 4 * size);
                offsets = Arrays.copyOf(offsets, size);
                lengths = Arrays.copyOf(lengths, size);
            }
            ids[4 * count] = id.a();
            ids[4 * count + 1] = id.b();
            ids[4 * count + 2] = id.c();
            ids[4 * count + 3] = id.d();
            offsets[count] = offset;
            lengths[count++] = length;
            end = offset + length;
        }

        /** The recipe of what was added. */
        public Recipe build(String name, long bytes, ChunkId sha256, long createdMs) throws BadPackException {
            if (bytes < end || bytes > BYTES_MAX) {
                throw new BadPackException("image of " + bytes + " bytes has a chunk that ends at " + end);
            }
            return new Recipe(new Version(name, sha256, bytes, createdMs, count), Arrays.copyOf(ids, 4 * count), Arrays.copyOf(offsets, count),
                    Arrays.copyOf(lengths, count));
        }
    }

    /** Writes it into a file, durably but for the file's name. */
    void write(StoreDisk disk, Path path) throws IOException {
        byte[] name = version.name().getBytes(StandardCharsets.UTF_8);
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocate(256 << 10);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            buffer.putInt(MAGIC).putInt(FORMAT).putShort((short) name.length).put(name).putLong(version.bytes());
            version.sha256().write(buffer);
            buffer.putLong(version.createdMs()).putInt(lengths.length);
            long position = 0;
            long end = 0;
            for (int i = 0; i < lengths.length; i++) {
                if (buffer.remaining() < 8 + 4 + ChunkId.BYTES) {
                    position = flush(disk, path, file, buffer, crc, position);
                }
                buffer.putLong(offsets[i] - end).putInt(lengths[i]);
                id(i).write(buffer);
                end = offsets[i] + lengths[i];
            }
            position = flush(disk, path, file, buffer, crc, position);
            buffer.putInt((int) crc.getValue());
            flush(disk, path, file, buffer, crc, position);
            disk.sync(path, file);
        }
    }

    private static long flush(StoreDisk disk, Path path, FileChannel file, ByteBuffer buffer, CRC32C crc, long position) throws IOException {
        buffer.flip();
        crc.update(buffer.duplicate());
        int length = buffer.remaining();
        disk.write(path, file, buffer, position);
        buffer.clear();
        return position + length;
    }

    /**
     * Reads one from its file.
     *
     * @throws BadPackException when it is damaged
     */
    static Recipe read(Path path) throws IOException {
        CheckedInputStream checked = new CheckedInputStream(new BufferedInputStream(Files.newInputStream(path), 256 << 10), new CRC32C());
        try (DataInputStream in = new DataInputStream(checked)) {
            Version version = head(in, path);
            Builder builder = new Builder();
            long end = 0;
            for (int i = 0; i < version.chunks(); i++) {
                long gap = in.readLong();
                int length = in.readInt();
                ChunkId id = new ChunkId(in.readLong(), in.readLong(), in.readLong(), in.readLong());
                if (gap < 0 || gap > BYTES_MAX) {
                    throw new BadPackException("recipe " + path.getFileName() + " has a gap of " + gap + " bytes");
                }
                builder.add(id, end + gap, length);
                end += gap + length;
            }
            int expected = (int) checked.getChecksum().getValue();
            if (in.readInt() != expected) {
                throw new BadPackException("recipe " + path.getFileName() + " has a wrong checksum");
            }
            return builder.build(version.name(), version.bytes(), version.sha256(), version.createdMs());
        } catch (EOFException _) {
            throw new BadPackException("recipe " + path.getFileName() + " is cut off");
        }
    }

    private static Version head(DataInputStream in, Path path) throws IOException {
        int magic = in.readInt();
        int format = in.readInt();
        if (magic != MAGIC || format != FORMAT) {
            throw new BadPackException(path.getFileName() + " is no recipe of format " + FORMAT);
        }
        byte[] name = new byte[in.readUnsignedShort()];
        in.readFully(name);
        long bytes = in.readLong();
        ChunkId sha256 = new ChunkId(in.readLong(), in.readLong(), in.readLong(), in.readLong());
        long created = in.readLong();
        int count = in.readInt();
        if (name.length > NAME_BYTES_MAX || count < 0 || count > CHUNKS_MAX) {
            throw new BadPackException("recipe " + path.getFileName() + " says it has " + count + " chunks");
        }
        return new Version(new String(name, StandardCharsets.UTF_8), sha256, bytes, created, count);
    }
}
