// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.DwcpException;

/**
 * Direct buffers in a few sizes that are used again. A buffer belongs to who took it until it is given back. How many are in use is bounded by
 * those who take them (pipeline depth, receive limits); how many lie idle is bounded here. Thread-safe.
 */
final class Buffers {
    private static final int[] SIZES = {4 << 10, 16 << 10, 64 << 10, (256 << 10) + (4 << 10), Wire.PAYLOAD_MAX + Wire.CHUNK_HEADER};
    /** Source: chosen; what one busy flow turns over in some milliseconds. */
    private static final long IDLE_BYTES_MAX = 16 << 20;

    private final ConcurrentLinkedQueue<ByteBuffer>[] idle;
    private final AtomicLong idleBytes = new AtomicLong();
    private final AtomicLong usedBytes = new AtomicLong();

    @SuppressWarnings({"unchecked", "rawtypes"})
    Buffers() {
        idle = new ConcurrentLinkedQueue[SIZES.length];
        for (int i = 0; i < SIZES.length; i++) {
            idle[i] = new ConcurrentLinkedQueue<>();
        }
    }

    /** Gives an empty buffer with room for so many bytes and its limit there. */
    ByteBuffer take(int bytes) {
        int size = size(bytes);
        ByteBuffer buffer = idle[size].poll();
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(SIZES[size]);
        } else {
            idleBytes.addAndGet(-SIZES[size]);
        }
        usedBytes.addAndGet(SIZES[size]);
        return buffer.clear().limit(bytes);
    }

    /** Takes a buffer back; the caller must not touch it again. */
    void give(ByteBuffer buffer) {
        usedBytes.addAndGet(-buffer.capacity());
        if (idleBytes.addAndGet(buffer.capacity()) <= IDLE_BYTES_MAX) {
            idle[size(buffer.capacity())].add(buffer);
        } else {
            idleBytes.addAndGet(-buffer.capacity());
        }
    }

    /** What a buffer for so many bytes really takes. */
    static int capacity(int bytes) {
        return SIZES[size(bytes)];
    }

    /** Bytes of the buffers that are out. */
    long usedBytes() {
        return usedBytes.get();
    }

    private static int size(int bytes) {
        for (int i = 0; i < SIZES.length; i++) {
            if (bytes <= SIZES[i]) {
                return i;
            }
        }
        throw new DwcpException(DwcpException.Kind.BROKEN, "no buffer of " + bytes + " bytes");
    }
}
