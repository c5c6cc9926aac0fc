// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.encoding;

import java.nio.ByteBuffer;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.encoding.frame.Codec;
import org.dwcp.encoding.frame.FrameCoder;
import org.dwcp.encoding.v3.Effort;

/** The frames of encoding.v3 with one effort for every block. Takes buffers outside the heap; writes only. One thread. */
final class AlwaysEncoding implements Encoding, Codec {
    private static final int ZSTD = 3;

    private final ZstdCompressCtx compressor = new ZstdCompressCtx();
    private final FrameCoder coder = new FrameCoder(ZSTD, this);

    AlwaysEncoding(Effort effort) {
        effort.applyTo(compressor);
    }

    @Override
    public int codecId() {
        return ZSTD;
    }

    @Override
    public int encode(ByteBuffer block, ByteBuffer frame) {
        return coder.encode(block, frame);
    }

    @Override
    public int compress(ByteBuffer block, ByteBuffer payload) {
        try {
            return compressor.compressDirectByteBuffer(payload, payload.position(), payload.remaining(), block, block.position(), block.remaining());
        } catch (ZstdException e) { // the result is longer than the space for it
            return DOES_NOT_SHRINK;
        }
    }

    @Override
    public int decode(ByteBuffer frame, ByteBuffer block) {
        throw new UnsupportedOperationException("writes only");
    }

    @Override
    public int decompress(ByteBuffer payload, ByteBuffer block) {
        throw new UnsupportedOperationException("writes only");
    }

    @Override
    public void close() {
        compressor.close();
    }
}
