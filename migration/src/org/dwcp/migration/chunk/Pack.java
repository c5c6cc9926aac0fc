// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/**
 * A pack in the store and the map of what lies where in it. The ids are not kept in memory: they stand in the file beside it, {@code .idx}, which is
 * made again from the pack when it is missing or damaged. Reading and closing may overlap; a pack that is closed says so.
 */
final class Pack implements AutoCloseable {
    private static final int INDEX_HEAD = 0x44575849; // "DWXI"
    private static final int INDEX_FIXED = 4 + 8 + 4 + 4;

    final int number;
    final Path path;
    private final FileChannel file;
    private final long bytes;
    private final ReentrantReadWriteLock closing = new ReentrantReadWriteLock();
    private long[] positions = new long[16];
    private int[] firsts = new int[17];
    private int batches;
    private int[] starts = new int[64];
    private int[] lengths = new int[64];
    private int count;
    private long rawBytes;
    private ByteBuffer recipe = ByteBuffer.allocate(0);
    private FileChannel ids;

    /** Takes chunks as they are found. */
    interface Chunks {
        void chunk(ChunkId id, int place, int bytes) throws IOException;
    }

    private Pack(int number, Path path) throws IOException {
        this.number = number;
        this.path = path;
        file = FileChannel.open(path, StandardOpenOption.READ);
        bytes = file.size();
    }

    static Path index(Path pack) {
        return pack.resolveSibling(pack.getFileName() + ".idx");
    }

    /** Reads all of a pack and writes its index, durably. */
    static Pack make(StoreDisk disk, int number, Path path, Path index, Chunks chunks) throws IOException {
        Pack pack = new Pack(number, path);
        Path fresh = index.resolveSibling(index.getFileName() + ".tmp");
        try (FileChannel out = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            IndexFile file = new IndexFile(disk, fresh, out);
            pack.recipe = PackScan.scan(path, (position, _, starts, ids) -> {
                pack.batch(position, ids.length);
                for (int i = 0; i < ids.length; i++) {
                    int place = pack.chunk(starts[i], starts[i + 1] - starts[i]);
                    file.add(ids[i], starts[i], starts[i + 1] - starts[i], i == 0 ? position : -1);
                    chunks.chunk(ids[i], place, starts[i + 1] - starts[i]);
                }
            });
            file.finish(pack.bytes);
        } catch (IOException | RuntimeException e) {
            pack.close();
            disk.delete(fresh);
            throw e;
        }
        disk.rename(fresh, index);
        return pack;
    }

    /**
     * Opens a pack by its index.
     *
     * @throws IOException when there is no index or it is not this pack's; nothing was told then
     */
    static Pack open(int number, Path path, Chunks chunks) throws IOException {
        Pack pack = new Pack(number, path);
        try {
            pack.readIndex((_, _, _) -> { });
            pack.forget();
            pack.readIndex(chunks);
            return pack;
        } catch (IOException | RuntimeException e) {
            pack.close();
            throw e;
        }
    }

    private void forget() {
        batches = 0;
        count = 0;
        rawBytes = 0;
    }

    /** Tells every id with its place. */
    void ids(Chunks chunks) throws IOException {
        try (Pack again = new Pack(number, path)) {
            again.readIndex(chunks);
        }
    }

    private void readIndex(Chunks chunks) throws IOException {
        Path index = index(path);
        CheckedInputStream checked = new CheckedInputStream(new BufferedInputStream(Files.newInputStream(index), 256 << 10), new CRC32C());
        try (DataInputStream in = new DataInputStream(checked)) {
            long size = Files.size(index);
            for (long at = 0; at < size - INDEX_FIXED; at += IndexFile.RECORD) {
                long position = in.readLong();
                int start = in.readInt();
                int length = in.readInt();
                ChunkId id = new ChunkId(in.readLong(), in.readLong(), in.readLong(), in.readLong());
                if (position >= 0) {
                    batch(position, 0);
                }
                if (batches == 0 || length < 1 || start < 0 || (long) start + length > Section.RAW_MAX || position >= bytes) {
                    throw new BadPackException("index " + index.getFileName() + " is damaged");
                }
                chunks.chunk(id, chunk(start, length), length);
            }
            int head = in.readInt();
            long packBytes = in.readLong();
            int total = in.readInt();
            int expected = (int) checked.getChecksum().getValue();
            if (head != INDEX_HEAD || packBytes != bytes || total != count || in.readInt() != expected) {
                throw new BadPackException("index " + index.getFileName() + " is damaged or of another pack");
            }
            firsts[batches] = count;
        }
    }

    private void batch(long position, int chunks) {
        if (batches == positions.length) {
            positions = Arrays.copyOf(positions, 2 * batches);
            firsts = Arrays.copyOf(firsts, 2 * batches + 1);
        }
        positions[batches] = position;
        firsts[batches++] = count;
        firsts[batches] = count + chunks;
    }

    private int chunk(int start, int length) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        starts[count] = start;
        lengths[count] = length;
        rawBytes += length;
        return count++;
    }

    /** Number of the batch that holds a place. */
    int batchOf(int place) {
        int found = Arrays.binarySearch(firsts, 0, batches, place);
        return found >= 0 ? found : -found - 2;
    }

    int start(int place) {
        return starts[place];
    }

    int length(int place) {
        return lengths[place];
    }

    /** The recipe at its end, of a pack that was just {@link #make made}; else empty. */
    ByteBuffer recipe() {
        return recipe;
    }

    int count() {
        return count;
    }

    long bytes() {
        return bytes;
    }

    long rawBytes() {
        return rawBytes;
    }

    /** The whole id of the chunk at a place, from the file beside this pack; null when the pack was closed meanwhile. */
    ChunkId id(int place) throws IOException {
        closing.readLock().lock();
        try {
            if (!file.isOpen()) {
                return null;
            }
            ByteBuffer id = ByteBuffer.allocate(ChunkId.BYTES);
            Section.readFully(ids(), (long) place * IndexFile.RECORD + IndexFile.RECORD - ChunkId.BYTES, id);
            return ChunkId.read(id.flip());
        } finally {
            closing.readLock().unlock();
        }
    }

    private synchronized FileChannel ids() throws IOException {
        if (ids == null) {
            ids = FileChannel.open(index(path), StandardOpenOption.READ);
        }
        return ids;
    }

    /** Decodes a batch; null when this pack was closed meanwhile. */
    byte[] read(int batch, Codec codec) throws IOException {
        closing.readLock().lock();
        try {
            if (!file.isOpen()) {
                return null;
            }
            return codec.decode(Section.read(file, positions[batch], codec.packed()));
        } finally {
            closing.readLock().unlock();
        }
    }

    @Override
    public void close() throws IOException {
        closing.writeLock().lock();
        try {
            file.close();
            if (ids != null) {
                ids.close();
            }
        } finally {
            closing.writeLock().unlock();
        }
    }

    /** Writes an index: a record of 48 bytes a chunk, then head, pack bytes, count and the CRC-32C of all before. */
    private static final class IndexFile {
        static final int RECORD = 8 + 4 + 4 + ChunkId.BYTES;

        private final StoreDisk disk;
        private final Path path;
        private final FileChannel file;
        private final ByteBuffer buffer = ByteBuffer.allocate(1024 * RECORD);
        private final CRC32C crc = new CRC32C();
        private long position;
        private int count;

        IndexFile(StoreDisk disk, Path path, FileChannel file) {
            this.disk = disk;
            this.path = path;
            this.file = file;
        }

        void add(ChunkId id, int start, int length, long batch) throws IOException {
            if (buffer.remaining() < RECORD) {
                flush();
            }
            buffer.putLong(batch).putInt(start).putInt(length);
            id.write(buffer);
            count++;
        }

        private void flush() throws IOException {
            buffer.flip();
            crc.update(buffer.duplicate());
            int length = buffer.remaining();
            disk.write(path, file, buffer, position);
            position += length;
            buffer.clear();
        }

        void finish(long packBytes) throws IOException {
            flush();
            buffer.putInt(INDEX_HEAD).putLong(packBytes).putInt(count);
            flush();
            buffer.putInt((int) crc.getValue());
            flush();
            disk.sync(path, file);
        }
    }
}
