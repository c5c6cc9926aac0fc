// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.encoding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Ways in which bytes can lie in a buffer.
 * {@snippet :
 * java.nio.ByteBuffer inside = BufferKind.DIRECT_SLICE.of(new byte[] {1, 2, 3});
 * }
 */
public enum BufferKind {
    /** An array from its beginning. */
    HEAP,
    /** In the middle of an array, with an offset of its own. */
    HEAP_SLICE,
    /** In an array that may not be seen. */
    HEAP_READ_ONLY,
    /** Outside the heap. */
    DIRECT,
    /** In the middle of memory outside the heap, at an odd address. */
    DIRECT_SLICE,
    /** Outside the heap, not to be changed. */
    DIRECT_READ_ONLY,
    /** Position behind the beginning, limit before the end, bytes the other way round. */
    POSITIONED;

    /** The kinds that can be a target. */
    public static final List<BufferKind> WRITABLE = List.of(HEAP, HEAP_SLICE, DIRECT, DIRECT_SLICE);

    private static final int MARGIN = 7;

    /**
     * Puts bytes into a buffer of this kind.
     *
     * @param bytes content
     * @return the buffer, ready to be read
     */
    public ByteBuffer of(byte[] bytes) {
        ByteBuffer buffer = writable(bytes.length);
        buffer.duplicate().put(bytes);
        return this == HEAP_READ_ONLY || this == DIRECT_READ_ONLY ? buffer.asReadOnlyBuffer() : buffer;
    }

    /**
     * Makes an empty target of this kind.
     *
     * @param size bytes that it takes
     * @return the buffer, ready to be written
     */
    public ByteBuffer empty(int size) {
        return writable(size);
    }

    private ByteBuffer writable(int size) {
        return switch (this) {
            case HEAP, HEAP_READ_ONLY -> ByteBuffer.allocate(size);
            case HEAP_SLICE -> ByteBuffer.allocate(size + 2 * MARGIN).slice(MARGIN, size);
            case DIRECT, DIRECT_READ_ONLY -> ByteBuffer.allocateDirect(size);
            case DIRECT_SLICE -> ByteBuffer.allocateDirect(size + 2 * MARGIN).slice(MARGIN, size);
            case POSITIONED -> ByteBuffer.allocateDirect(size + 2 * MARGIN).position(MARGIN).limit(MARGIN + size).order(ByteOrder.LITTLE_ENDIAN);
        };
    }
}
