// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;

/** What an image is read from: a run of bytes of known length, parts of which are known to be zero without reading them. For one thread. */
public interface ImageSource extends Closeable {
    /** Bytes of the image, as a guest sees it. */
    long bytes();

    /**
     * Finds what has to be read. All outside the extents is zero; what is inside may be zero too.
     *
     * @param from a place from 0 to {@link #bytes()}
     * @return the first extent that begins at or behind the place; empty, at the end of the image, when there is none
     */
    Extent data(long from) throws IOException;

    /**
     * Reads bytes; those outside the extents are zero.
     *
     * @param at     place of the first
     * @param target filled to its limit
     * @throws IOException when the image ends before, or what it lies in is damaged
     */
    void read(long at, ByteBuffer target) throws IOException;

    /** Tells what the source is and in what state; two that are equal mean that nothing was written in between. */
    Stamp stamp() throws IOException;

    /**
     * Bytes that have to be read.
     *
     * @param from the first
     * @param to   behind the last
     */
    record Extent(long from, long to) {
    }

    /**
     * State of a source.
     *
     * @param identity which one it is, and its size
     * @param time     of its last change; the beginning of time where that is not kept
     * @param written  what was written to it so far; 0 where the time says it
     */
    record Stamp(String identity, FileTime time, long written) {
    }
}
