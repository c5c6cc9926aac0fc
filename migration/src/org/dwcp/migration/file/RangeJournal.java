// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * What a receiver has written, one record of 20 bytes for each piece: offset (8), length (4), CRC-32C of the bytes (4), CRC-32C of the record (4).
 * A record is appended after its bytes and before their acknowledgement, so the death of the process loses no acknowledged byte. After a power
 * cut, when either may be gone, the checksums tell which pieces are still there. A torn record at the end is cut off.
 */
final class RangeJournal implements AutoCloseable {
    private static final int RECORD = 20;

    private final Disk disk;
    private final FileChannel file;
    private long position;

    /** Opens for appending behind the sound records. */
    RangeJournal(Disk disk, Path path) throws IOException {
        this.disk = disk;
        position = scan(path, (_, _, _) -> { });
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        file.truncate(position);
    }

    /** Takes a record. */
    interface Reader {
        void record(long offset, int bytes, int checksum) throws IOException;
    }

    /**
     * Reads the sound records of a journal.
     *
     * @return where they end; 0 when there is none
     */
    static long scan(Path path, Reader reader) throws IOException {
        long end = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), 64 << 10))) {
            byte[] record = new byte[RECORD];
            while (true) {
                in.readFully(record);
                ByteBuffer fields = ByteBuffer.wrap(record);
                if (fields.getInt(16) != checksum(fields)) {
                    return end;
                }
                reader.record(fields.getLong(0), fields.getInt(8), fields.getInt(12));
                end += RECORD;
            }
        } catch (EOFException | NoSuchFileException _) {
            return end;
        }
    }

    void append(long offset, int bytes, int checksum) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(RECORD).putLong(offset).putInt(bytes).putInt(checksum);
        record.putInt(checksum(record)).flip();
        disk.write(file, record, position);
        position += RECORD;
    }

    private static int checksum(ByteBuffer record) {
        CRC32C crc = new CRC32C();
        crc.update(record.slice(0, 16));
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
