// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v1;

import java.nio.ByteBuffer;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.encoding.frame.Codec;

/**
 * LZ4 in one direction or the other. Holds no memory of its own: the library keeps its table on the native stack. The decompressor is the one
 * that checks each length of the payload ({@code LZ4_decompress_safe}), never the "fast" one, which trusts it.
 */
final class Lz4Codec implements Codec {
    private final LZ4Compressor compressor;
    private final LZ4SafeDecompressor decompressor;

    Lz4Codec(LZ4Factory library) {
        compressor = library.fastCompressor();
        decompressor = library.safeDecompressor();
    }

    @Override
    public int compress(ByteBuffer block, ByteBuffer payload) {
        try {
            return compressor.compress(block, block.position(), block.remaining(), payload, payload.position(), payload.remaining());
        } catch (LZ4Exception e) { // the library's only way to say that the result is longer than the space for it
            return DOES_NOT_SHRINK;
        }
    }

    @Override
    public int decompress(ByteBuffer payload, ByteBuffer block) {
        try {
            return decompressor.decompress(payload, payload.position(), payload.remaining(), block, block.position(), block.remaining());
        } catch (LZ4Exception | IndexOutOfBoundsException e) { // the Java code finds some faults by its array bounds
            throw new EncodingException(Kind.REJECTED, "LZ4 payload of " + payload.remaining() + " bytes is broken; ask for it again");
        }
    }

    @Override
    public void close() {
    }
}
