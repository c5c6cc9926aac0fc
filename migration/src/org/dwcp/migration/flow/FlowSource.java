// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a flow at its sender. Called by one thread at a time. The first reads of all offsets come in order, except those that the receiver
 * has already; what was lost with a channel is read again. A source that cannot go back keeps what is above {@link #acknowledged}.
 */
public interface FlowSource extends AutoCloseable {
    /** Number of bytes, or -1 when only the end will tell. */
    long total();

    /**
     * Reads bytes of the flow.
     *
     * @param offset where from, below the total
     * @param target gets 1 or more bytes, fewer than it has room for only if the source is not yet that far
     * @return bytes read, or -1 at the end of a source without a total
     * @throws org.dwcp.api.DwcpException when the source is not what it was; ends the flow with this kind and text, and the receiver discards
     * @throws IOException when it cannot be read; ends the flow, the receiver keeps what it has
     */
    int read(long offset, ByteBuffer target) throws IOException;

    /** Offset that must not be passed while only so much is acknowledged in one piece; default none. */
    default long sendable(long contiguous) {
        return Long.MAX_VALUE;
    }

    /** Everything below is at the receiver and will not be asked for again, unless the receiver loses its disk. */
    default void acknowledged(long contiguous) {
    }

    /** Asks a read that takes long to end with an {@link IOException}; from any thread. */
    default void stop() {
    }

    @Override
    void close();
}
