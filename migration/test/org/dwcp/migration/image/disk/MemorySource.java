// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.util.BitSet;

/** Bytes as a source, for tests. It tells of its holes what a bitmap says, and counts what is read. */
public final class MemorySource implements ImageSource {
    private final byte[] bytes;
    private final BitSet data;
    private long read;

    /** All of it has to be read. */
    public MemorySource(byte[] bytes) {
        this(bytes, null);
    }

    /** Only the bytes that are set have to be read. */
    public MemorySource(byte[] bytes, BitSet data) {
        this.bytes = bytes;
        this.data = data;
    }

    /** Bytes read so far. */
    public long read() {
        return read;
    }

    @Override
    public long bytes() {
        return bytes.length;
    }

    @Override
    public Extent data(long from) {
        if (data == null) {
            return new Extent(from, bytes.length);
        }
        int start = data.nextSetBit((int) from);
        return start < 0 ? new Extent(bytes.length, bytes.length) : new Extent(start, data.nextClearBit(start));
    }

    @Override
    public void read(long at, ByteBuffer target) throws IOException {
        if (at < 0 || at > bytes.length - target.remaining()) {
            throw new EOFException("read of " + target.remaining() + " at " + at + " of " + bytes.length);
        }
        read += target.remaining();
        target.put(bytes, (int) at, target.remaining());
    }

    @Override
    public Stamp stamp() {
        return new Stamp("memory", FileTime.fromMillis(0), 0);
    }

    @Override
    public void close() {
        // nothing is open
    }
}
