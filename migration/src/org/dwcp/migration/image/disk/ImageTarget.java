// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What an image is written to. The calls come in this order, begin to end; after a failure they may begin again. Places ascend, and all of the image is
 * either written or said to be zero. Closing removes what has no name yet. For one thread.
 */
public interface ImageTarget extends Closeable {
    /** True when what was there before stays until {@link #appear}; false when it is lost with the first byte. */
    boolean keepsOldUntilAppear();

    /**
     * Makes room.
     *
     * @param bytes     of the image
     * @param dataBytes what of that will be written
     * @throws org.dwcp.api.transfer.TransferException of kind REJECTED when there is not enough
     */
    void begin(long bytes, long dataBytes) throws IOException;

    /** Writes all remaining bytes of a buffer outside the heap. */
    void write(long at, ByteBuffer bytes) throws IOException;

    /** Has bytes read as zero. */
    void zero(long at, long bytes) throws IOException;

    /** Makes all of it survive a power cut, but for its name. */
    void finish() throws IOException;

    /** Gives it its name in one step, where it has one. */
    void appear() throws IOException;
}
