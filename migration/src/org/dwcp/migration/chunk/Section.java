// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/**
 * Head of one section of a pack: 24 bytes before its body. Every length is checked against limits and file before it is believed.
 *
 * @param kind   {@link #CHUNKS} or {@link #RECIPE}
 * @param codec  {@link #STORED} or {@link #ZSTD}
 * @param raw    bytes of the decoded body, 1 to {@link #RAW_MAX}
 * @param stored bytes of the body in the file, 1 to {@link #RAW_MAX}
 * @param count  chunks in it
 * @param check  CRC-32C of the first 20 bytes of the head and of the body
 */
record Section(int kind, int codec, int raw, int stored, int count, int check) {
    /** First bytes of a pack: "DWPK", version 1, three zeros. */
    static final long FILE_HEAD = 0x4457504B_01000000L;
    static final int FILE_HEAD_BYTES = 8;
    static final int HEAD = 24;
    static final int CHUNKS = 1;
    static final int RECIPE = 2;
    static final int STORED = 0;
    static final int ZSTD = 1;
    /** Bytes of chunks that are compressed together. Source: measured, ADR 33: 1 MiB costs 4 % more, 16 MiB gains 1 % and has to be read for one chunk. */
    static final int BATCH = 4 << 20;
    /** Room for the lengths too, and for recipes in pieces. */
    static final int RAW_MAX = BATCH + (512 << 10);
    /** Most chunks of a section. Source: chosen; a batch of the smallest mean has about a thousand. */
    static final int COUNT_MAX = 1 << 16;
    private static final int MAGIC = 0x44574353; // "DWCS"

    /** Writes the head of a body. */
    static ByteBuffer head(int kind, int codec, int raw, int count, ByteBuffer body) {
        ByteBuffer head = ByteBuffer.allocate(HEAD).putInt(MAGIC).put((byte) kind).put((byte) codec).putShort((short) 0)
                .putInt(raw).putInt(body.remaining()).putInt(count);
        return head.putInt(check(head, body)).flip();
    }

    private static int check(ByteBuffer head, ByteBuffer body) {
        CRC32C crc = new CRC32C();
        crc.update(head.slice(0, HEAD - Integer.BYTES));
        crc.update(body.duplicate());
        return (int) crc.getValue();
    }

    /**
     * Reads a section; the body is left in {@code body}, from 0 to its limit.
     *
     * @throws BadPackException when it is none, does not fit the file, or its checksum is wrong
     */
    static Section read(FileChannel file, long position, ByteBuffer body) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD);
        readFully(file, position, head);
        head.flip();
        require(head.getInt(0) == MAGIC && head.getShort(6) == 0, position, "does not begin as one");
        Section section = new Section(head.get(4), head.get(5), head.getInt(8), head.getInt(12), head.getInt(16), head.getInt(20));
        require(section.kind == CHUNKS || section.kind == RECIPE, position, "is of unknown kind " + section.kind);
        require(section.codec == STORED || section.codec == ZSTD, position, "has unknown codec " + section.codec);
        require(section.raw >= 1 && section.raw <= RAW_MAX, position, "says it has " + section.raw + " bytes, not 1 to " + RAW_MAX);
        require(section.stored >= 1 && section.stored <= section.raw && (section.codec == ZSTD || section.stored == section.raw), position,
                "says that " + section.stored + " bytes hold " + section.raw);
        require(section.count >= 0 && section.count <= COUNT_MAX && section.kind == CHUNKS == section.count > 0, position,
                "says it has " + section.count + " chunks");
        body.clear().limit(section.stored);
        readFully(file, position + HEAD, body);
        body.flip();
        require(check(head, body) == section.check, position, "has a wrong checksum");
        return section;
    }

    static void readFully(FileChannel file, long position, ByteBuffer target) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = file.read(target, at);
            if (read < 0) {
                throw new BadPackException("section at " + position + " is cut off at " + at + " bytes");
            }
            at += read;
        }
    }

    private static void require(boolean holds, long position, String what) throws BadPackException {
        if (!holds) {
            throw new BadPackException("section at " + position + " " + what);
        }
    }

    /** Bytes in the file, head included. */
    int bytes() {
        return HEAD + stored;
    }
}
