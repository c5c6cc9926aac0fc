// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

import org.dwcp.consensus.v3.core.Record;

/**
 * The form of the vote log: blocks of magic, length, how far the file was durable when the block was written, CRC-32C, record. What a crash
 * tore off at the end was never synced, so nobody was told, and is dropped; the same damage further in means that the disk has lost what it had
 * promised to keep, and then a member must not go on: it might vote twice.
 */
public final class LogFormat {
    /** Bytes before a record. */
    public static final int HEADER_BYTES = 20;
    private static final int MAGIC = 0x44575042; // "DWPB"

    private LogFormat() {
    }

    /** What a log holds. {@code bytes} is the length of what is good: cut the file there. */
    public record Contents(List<Record> records, int bytes) {
    }

    /** The disk has lost what it had promised to keep. */
    public static final class DamagedException extends Exception {
        private static final long serialVersionUID = 1L;

        DamagedException(String message) {
            super(message);
        }
    }

    /**
     * Encodes a record.
     *
     * @param durable length of the part of the file that is known to be synced
     */
    public static byte[] block(Record record, long durable) {
        var body = Record.encode(record);
        var block = ByteBuffer.allocate(HEADER_BYTES + body.length);
        block.putInt(MAGIC).putInt(body.length).putLong(durable).putInt(0).put(body);
        return block.putInt(16, crc(block.array(), 0, body.length)).array();
    }

    private static int crc(byte[] file, int at, int length) {
        var crc = new CRC32C();
        crc.update(file, at, 16);
        crc.update(file, at + HEADER_BYTES, length);
        return (int) crc.getValue();
    }

    /**
     * Reads a log.
     *
     * @throws DamagedException when what was synced is not there any more
     */
    public static Contents read(byte[] file) throws DamagedException {
        var records = new ArrayList<Record>();
        int at = 0;
        while (isBlock(file, at)) {
            int length = ByteBuffer.wrap(file).getInt(at + 4);
            try {
                records.add(Record.decode(java.util.Arrays.copyOfRange(file, at + HEADER_BYTES, at + HEADER_BYTES + length)));
            } catch (RuntimeException e) {
                throw new DamagedException("block at " + at + " is whole and holds no record: " + e.getMessage());
            }
            at += HEADER_BYTES + length;
        }
        for (int later = at + 1; later < file.length; later++) {
            if (isBlock(file, later) && ByteBuffer.wrap(file).getLong(later + 8) > at) {
                throw new DamagedException("bytes from " + at + " were synced and are damaged, a later block at " + later + " says so");
            }
        }
        return new Contents(records, at);
    }

    private static boolean isBlock(byte[] file, int at) {
        if (file.length - at < HEADER_BYTES) {
            return false;
        }
        var in = ByteBuffer.wrap(file);
        if (in.getInt(at) != MAGIC) {
            return false;
        }
        int length = in.getInt(at + 4);
        return length >= 0 && length <= file.length - at - HEADER_BYTES && in.getInt(at + 16) == crc(file, at, length);
    }
}
