// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.encoding;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Factory;
import org.dwcp.encoding.v3.Effort;

/** A library by itself: no header, no checksum, no pool. Buffers lie outside the heap and begin at 0. */
interface Bare extends AutoCloseable {
    int compress(ByteBuffer block, ByteBuffer target);

    void decompress(ByteBuffer payload, ByteBuffer target);

    @Override
    void close();

    static Bare lz4() {
        var compressor = LZ4Factory.nativeInstance().fastCompressor();
        var decompressor = LZ4Factory.nativeInstance().safeDecompressor();
        return new Bare() {
            @Override
            public int compress(ByteBuffer block, ByteBuffer target) {
                return compressor.compress(block, 0, block.remaining(), target, 0, target.capacity());
            }

            @Override
            public void decompress(ByteBuffer payload, ByteBuffer target) {
                decompressor.decompress(payload, 0, payload.remaining(), target, 0, target.capacity());
            }

            @Override
            public void close() {
            }
        };
    }

    static Bare zstd(int level) {
        return zstd(new ZstdCompressCtx().setLevel(level));
    }

    /** What the learned choice chooses from. */
    static Bare of(Effort effort) {
        if (effort.equals(Effort.LZ4)) {
            return lz4();
        }
        var compressor = new ZstdCompressCtx();
        effort.applyTo(compressor);
        return zstd(compressor);
    }

    private static Bare zstd(ZstdCompressCtx compressor) {
        var decompressor = new ZstdDecompressCtx();
        return new Bare() {
            @Override
            public int compress(ByteBuffer block, ByteBuffer target) {
                return compressor.compressDirectByteBuffer(target, 0, target.capacity(), block, 0, block.remaining());
            }

            @Override
            public void decompress(ByteBuffer payload, ByteBuffer target) {
                decompressor.decompressDirectByteBuffer(target, 0, target.capacity(), payload, 0, payload.remaining());
            }

            @Override
            public void close() {
                compressor.close();
                decompressor.close();
            }
        };
    }
}
