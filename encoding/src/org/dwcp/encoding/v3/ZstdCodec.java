// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.IntSupplier;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.encoding.frame.Codec;

/**
 * A pair of native contexts. Only buffers outside the heap reach it, because the library's calls on heap arrays stop every thread of the JVM
 * from reaching a safepoint until the block is done (ADR 16). A payload is exactly one frame of RFC 8878, or one of LZ4 ({@link Lz4Frame}): other
 * magics, which the library would also take, and anything behind the frame are refused before it is decoded.
 */
final class ZstdCodec implements Codec {
    private static final int MAGIC = 0xFD2FB528; // RFC 8878 section 3.1.1, little-endian

    /** Blocks from this size on are chosen for and timed. Source: chosen; below it the look costs as much as the level. */
    static final int CHOOSABLE_BYTES_MIN = 4096;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final IntSupplier wantedLevel;
    private final Optional<EffortChooser> chooser;
    private final ZstdCompressCtx compressor;
    private final ZstdDecompressCtx decompressor;
    private final Lz4Frame lz4;
    private Effort effort;

    ZstdCodec(IntSupplier wantedLevel, Optional<EffortChooser> chooser, Lz4Frame lz4) {
        this.wantedLevel = wantedLevel;
        this.chooser = chooser;
        this.lz4 = lz4;
        effort = Effort.level(wantedLevel.getAsInt());
        compressor = new ZstdCompressCtx();
        try {
            effort.applyTo(compressor);
            decompressor = new ZstdDecompressCtx();
        } catch (RuntimeException | LinkageError e) {
            compressor.close();
            throw e;
        }
    }

    @Override
    public int compress(ByteBuffer block, ByteBuffer payload) {
        return compress(Effort.level(wantedLevel.getAsInt()), block, payload);
    }

    @Override
    public int compress(ByteBuffer block, ByteBuffer payload, long bandwidthBps) {
        if (bandwidthBps == 0 || chooser.isEmpty() || block.remaining() < CHOOSABLE_BYTES_MIN) {
            return compress(block, payload);
        }
        Effort chosen = chooser.get().effort(block, bandwidthBps);
        if (chosen == Effort.STORE) {
            return DOES_NOT_SHRINK;
        }
        long before = THREADS.getCurrentThreadCpuTime();
        int bytes = chosen == Effort.LZ4 ? lz4.compress(block, payload) : compress(chosen, block, payload);
        if (before >= 0) { // below 0: this thread's CPU time cannot be told
            chooser.get().took(THREADS.getCurrentThreadCpuTime() - before);
        }
        return bytes;
    }

    private int compress(Effort wanted, ByteBuffer block, ByteBuffer payload) {
        if (!wanted.equals(effort)) {
            wanted.applyTo(compressor);
            effort = wanted;
        }
        try {
            return compressor.compressDirectByteBuffer(payload, payload.position(), payload.remaining(), block, block.position(), block.remaining());
        } catch (ZstdException e) {
            if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
                return DOES_NOT_SHRINK;
            }
            throw new EncodingException(Kind.BROKEN, effort.text() + " failed on a block of " + block.remaining() + " bytes: " + e.getMessage());
        }
    }

    @Override
    public int decompress(ByteBuffer payload, ByteBuffer block) {
        int bytes = payload.remaining();
        int magic = bytes < Integer.BYTES ? 0 : payload.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(payload.position());
        if (magic == Lz4Frame.MAGIC) {
            return lz4.decompress(payload, block);
        }
        boolean oneFrame = magic == MAGIC
                && Zstd.findDirectByteBufferFrameCompressedSize(payload, payload.position(), bytes) == bytes;
        if (!oneFrame) {
            throw new EncodingException(Kind.REJECTED, "payload of " + bytes + " bytes is not one frame of zstd or LZ4; ask for it again");
        }
        try {
            return decompressor.decompressDirectByteBuffer(block, block.position(), block.remaining(), payload, payload.position(), bytes);
        } catch (ZstdException e) {
            throw new EncodingException(Kind.REJECTED, "zstd payload of " + bytes + " bytes is broken: " + e.getMessage() + "; ask for it again");
        }
    }

    @Override
    public void close() {
        compressor.close();
        decompressor.close();
    }
}
