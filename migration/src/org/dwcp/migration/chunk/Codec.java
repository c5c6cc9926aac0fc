// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.nio.ByteBuffer;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

/**
 * Compresses and reads bodies of sections with zstd. Its buffers lie outside the heap: the library's calls on heap arrays hold up the whole JVM
 * (ADR 16). For one thread at a time; about 9 MiB, and zstd's own memory.
 */
final class Codec implements AutoCloseable {
    /** Source: ADR 33; level 3 is three times as fast as 9 and 8 % larger. */
    static final int LEVEL = 3;

    private final ByteBuffer raw = ByteBuffer.allocateDirect(Section.RAW_MAX);
    private final ByteBuffer packed = ByteBuffer.allocateDirect(Section.RAW_MAX);
    private final ZstdCompressCtx compressor;
    private final ZstdDecompressCtx decompressor;

    Codec(int level) {
        compressor = new ZstdCompressCtx();
        try {
            compressor.setLevel(level);
            compressor.setLong(Integer.SIZE - Integer.numberOfLeadingZeros(Section.RAW_MAX - 1));
            decompressor = new ZstdDecompressCtx();
        } catch (RuntimeException | LinkageError e) {
            compressor.close();
            throw e;
        }
    }

    /** Where to put what {@link #compress} is to compress. */
    ByteBuffer raw() {
        return raw;
    }

    /** Where to read the body of a section to, before {@link #decode}. */
    ByteBuffer packed() {
        return packed;
    }

    /** Compresses {@link #raw} up to its position; gives it as it is when it does not shrink. Valid until the next call. */
    Body compress() {
        int bytes = raw.position();
        int size;
        try {
            size = compressor.compressDirectByteBuffer(packed, 0, bytes - 1, raw, 0, bytes);
        } catch (ZstdException e) {
            if (e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
                throw new IllegalStateException("zstd failed on " + bytes + " bytes: " + e.getMessage());
            }
            return new Body(Section.STORED, raw.slice(0, bytes));
        }
        return new Body(Section.ZSTD, packed.slice(0, size));
    }

    /** Decodes the body that {@link Section#read} has left in {@link #packed} into a fresh array. */
    byte[] decode(Section section) throws BadPackException {
        byte[] out = new byte[section.raw()];
        if (section.codec() == Section.STORED) {
            packed.get(0, out);
            return out;
        }
        try {
            int size = decompressor.decompressDirectByteBuffer(raw, 0, section.raw(), packed, 0, section.stored());
            if (size != section.raw()) {
                throw new BadPackException("zstd frame holds " + size + " bytes, not the " + section.raw() + " it says");
            }
        } catch (ZstdException e) {
            throw new BadPackException("zstd frame of " + section.stored() + " bytes is broken: " + e.getMessage());
        }
        raw.get(0, out);
        return out;
    }

    @Override
    public void close() {
        compressor.close();
        decompressor.close();
    }

    /** What goes into the file. */
    record Body(int codec, ByteBuffer bytes) {
    }
}
