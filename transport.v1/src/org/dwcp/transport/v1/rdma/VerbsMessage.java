// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Head of a message of a {@link VerbsStream}, big-endian: type (1), version (1), slots given back (2), bytes that follow (4). Nothing is believed yet.
 *
 * @param type    what it is
 * @param version {@link #VERSION}, or not
 * @param given   slots of the reader that its peer has read since, 0 to 65535
 * @param length  bytes that are said to follow
 */
record VerbsMessage(int type, int version, int given, int length) {
    static final int HEADER_BYTES = 8;
    /** Bytes behind the head of a {@link #HELLO}: bytes of a slot (4), slots (4). */
    static final int HELLO_BYTES = 8;
    static final byte VERSION = 1;
    static final byte HELLO = 1;
    static final byte DATA = 2;
    static final byte CREDIT = 3;
    static final byte END = 4;
    private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    static VerbsMessage read(MemorySegment from) {
        return new VerbsMessage(from.get(JAVA_BYTE, 0), from.get(JAVA_BYTE, 1), Short.toUnsignedInt(from.get(SHORT, 2)), from.get(INT, 4));
    }

    static void write(MemorySegment to, byte type, int given, int length) {
        to.set(JAVA_BYTE, 0, type);
        to.set(JAVA_BYTE, 1, VERSION);
        to.set(SHORT, 2, (short) given);
        to.set(INT, 4, length);
    }

    /** A number behind the head; index 0 is the first. */
    static int number(MemorySegment of, int index) {
        return of.get(INT, HEADER_BYTES + (long) index * Integer.BYTES);
    }

    static void number(MemorySegment of, int index, int value) {
        of.set(INT, HEADER_BYTES + (long) index * Integer.BYTES, value);
    }
}
