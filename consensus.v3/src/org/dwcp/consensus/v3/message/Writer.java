// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes big-endian numbers and lengths into a growing array. */
public final class Writer {
    private byte[] buffer = new byte[256];
    private int size;

    /** One byte. */
    public void u8(int value) {
        room(1);
        buffer[size++] = (byte) value;
    }

    /** Two bytes, unsigned. */
    public void u16(int value) {
        room(2);
        buffer[size++] = (byte) (value >> 8);
        buffer[size++] = (byte) value;
    }

    /** Four bytes. */
    public void i32(int value) {
        room(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            buffer[size++] = (byte) (value >> shift);
        }
    }

    /** Eight bytes. */
    public void i64(long value) {
        room(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            buffer[size++] = (byte) (value >> shift);
        }
    }

    /** Bytes without a length. */
    public void raw(byte[] bytes) {
        room(bytes.length);
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
    }

    /** Bytes behind a length of four bytes. */
    public void block(byte[] bytes) {
        i32(bytes.length);
        raw(bytes);
    }

    /** Bytes behind a length of one byte: keys, signatures, names. */
    public void small(byte[] bytes) {
        u8(bytes.length);
        raw(bytes);
    }

    /** Text behind a length of one byte. */
    public void text(String text) {
        small(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A digest. */
    public void digest(Digest digest) {
        raw(digest.raw());
    }

    /** How many bytes there are. */
    public int size() {
        return size;
    }

    /** A copy of what was written. */
    public byte[] bytes() {
        return Arrays.copyOf(buffer, size);
    }

    private void room(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }
}
