// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where a flow's bytes go. It gets every byte exactly once, in any order. {@link #write} is never called concurrently with itself, nor is {@link
 * #advance}; the two may overlap. An {@link IOException} or {@link org.dwcp.api.DwcpException} ends the flow with its text.
 */
public interface FlowSink {
    /** What it has from an earlier try; the receiver takes over the set. */
    Ranges have();

    /** How far the sender may run ahead of the contiguous bytes, at least one chunk of it; default no limit. */
    default long windowBytes() {
        return FlowSettings.WINDOW_BYTES_LIMIT;
    }

    /**
     * Takes bytes. When it returns they and the knowledge of them survive the death of this process: they are acknowledged next.
     *
     * @param checksum CRC-32C of these bytes
     */
    void write(long offset, ByteBuffer bytes, int checksum) throws IOException;

    /**
     * Tells that all bytes below are there, for what can only be done in order, such as hashing.
     *
     * @return parts that were found right so far, for the sender's progress
     */
    long advance(long contiguous) throws IOException;

    /** All bytes are there and were advanced over: makes them durable and visible. */
    void finish() throws IOException;

    /** Lets go of files. What is not finished is kept for a resume or removed. Twice is fine. */
    void close(Fate fate);

    /** What becomes of unfinished bytes. */
    enum Fate {
        /** They stay for a resume. */
        KEEP,
        /** They are removed. */
        DISCARD
    }
}
