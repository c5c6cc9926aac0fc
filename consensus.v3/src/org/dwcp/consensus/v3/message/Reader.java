// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads what {@link Writer} wrote. Every length is checked against its limit and against what is there before anything is made of it. */
public final class Reader {
    private final ByteBuffer in;

    /** Reads the whole array. */
    public Reader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    /** Reads a part of an array. */
    public Reader(byte[] bytes, int offset, int length) {
        in = ByteBuffer.wrap(bytes, offset, length);
    }

    private void need(int bytes) {
        if (in.remaining() < bytes) {
            throw new MalformedException("ends " + (bytes - in.remaining()) + " bytes too early");
        }
    }

    /** One byte, unsigned. */
    public int u8() {
        need(1);
        return in.get() & 0xff;
    }

    /** Two bytes, unsigned. */
    public int u16() {
        need(2);
        return in.getShort() & 0xffff;
    }

    /** Four bytes, not negative. */
    public int i32() {
        need(4);
        int value = in.getInt();
        if (value < 0) {
            throw new MalformedException("negative number " + value);
        }
        return value;
    }

    /** Eight bytes, not negative. */
    public long i64() {
        need(8);
        long value = in.getLong();
        if (value < 0) {
            throw new MalformedException("negative number " + value);
        }
        return value;
    }

    /** A count of things of which each takes at least so many bytes. */
    public int count(int max, int bytesEach) {
        int count = u16();
        if (count > max || (long) count * bytesEach > in.remaining()) {
            throw new MalformedException("count " + count + " exceeds " + max + " or what is there");
        }
        return count;
    }

    /** Bytes without a length. */
    public byte[] raw(int bytes) {
        need(bytes);
        var value = new byte[bytes];
        in.get(value);
        return value;
    }

    /** Bytes behind a length of four bytes. */
    public byte[] block(int max) {
        int length = i32();
        if (length > max) {
            throw new MalformedException("length " + length + " exceeds " + max);
        }
        return raw(length);
    }

    /** Bytes behind a length of one byte. */
    public byte[] small(int max) {
        int length = u8();
        if (length > max) {
            throw new MalformedException("length " + length + " exceeds " + max);
        }
        return raw(length);
    }

    /** A name: 1 to {@link Limits#NAME_BYTES_MAX} bytes of UTF-8. */
    public String text() {
        var bytes = small(Limits.NAME_BYTES_MAX);
        if (bytes.length == 0) {
            throw new MalformedException("empty name");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedException("name is not UTF-8");
        }
    }

    /** A digest. */
    public Digest digest() {
        return Digest.wrap(raw(Digest.BYTES));
    }

    /** One of a few choices. */
    public <E> E choice(E[] values) {
        int index = u8();
        if (index >= values.length) {
            throw new MalformedException("choice " + index + " of " + values.length);
        }
        return values[index];
    }

    /** A yes or no. */
    public boolean flag() {
        return choice(new Boolean[] {false, true});
    }

    /** How many bytes are left. */
    public int remaining() {
        return in.remaining();
    }

    /** Nothing may follow. */
    public void end() {
        if (in.hasRemaining()) {
            throw new MalformedException(in.remaining() + " bytes too many");
        }
    }
}
