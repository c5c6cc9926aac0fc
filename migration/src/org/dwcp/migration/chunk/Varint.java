// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** Numbers from 0 in 1 to 9 bytes, seven bits a byte, lowest first. No state. */
public final class Varint {
    /** Most bytes of a number. */
    public static final int BYTES_MAX = 9;

    private Varint() {
    }

    public static void write(ByteBuffer out, long value) {
        long rest = value;
        while (rest >= 0x80) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    /**
     * Reads one.
     *
     * @throws BadPackException when it is cut off, longer than 9 bytes, or above the limit
     */
    public static long read(ByteBuffer in, long most) throws BadPackException {
        long value = 0;
        try {
            for (int shift = 0; shift < 63; shift += 7) {
                byte next = in.get();
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    if (value > most) {
                        throw new BadPackException("number " + value + " exceeds " + most);
                    }
                    return value;
                }
            }
        } catch (BufferUnderflowException _) {
            throw new BadPackException("number is cut off");
        }
        throw new BadPackException("number has more than " + BYTES_MAX + " bytes");
    }
}
