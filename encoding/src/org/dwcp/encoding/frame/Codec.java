// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.frame;

import java.nio.ByteBuffer;

/**
 * Turns a block into a payload and back. Both buffers are the callee's to move; from position to limit they are exactly what may be read and
 * written. A failure leaves the codec fit for the next call.
 */
public interface Codec extends AutoCloseable {
    /** Answer of {@link #compress} for a block that does not fit the payload's space. */
    int DOES_NOT_SHRINK = 0;

    /**
     * Compresses.
     *
     * @param block   what to compress
     * @param payload the space for the result
     * @return bytes written, or {@link #DOES_NOT_SHRINK}
     */
    int compress(ByteBuffer block, ByteBuffer payload);

    /**
     * Compresses for a link.
     *
     * @param block        what to compress
     * @param payload      the space for the result
     * @param bandwidthBps available bandwidth in bits a second, 0 when it is not known
     * @return bytes written, or {@link #DOES_NOT_SHRINK}
     */
    default int compress(ByteBuffer block, ByteBuffer payload, long bandwidthBps) {
        return compress(block, payload);
    }

    /**
     * Decompresses what may be garbage.
     *
     * @param payload what came over the wire
     * @param block   space for exactly the bytes that the header promises
     * @return bytes written
     * @throws org.dwcp.api.encoding.EncodingException of kind REJECTED when the payload is broken
     */
    int decompress(ByteBuffer payload, ByteBuffer block);

    /** Releases what it holds. Twice is fine. */
    @Override
    void close();
}
