// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.encoding.frame.Codec;

/**
 * A block as a frame of LZ4 (its frame format 1.6): 7 bytes of header, always the same, 4 for the length of the one block, the block, 4 zeros. No checksums: those of our own frame
 * cover it. Any other shape of such a frame is refused. Thread-safe.
 */
final class Lz4Frame {
    /** First four bytes, little-endian. */
    static final int MAGIC = 0x184D2204;

    /** Version 1, independent blocks, no checksums, no content size; blocks of up to 1 MiB; the second byte of xxHash-32 over these two. */
    private static final byte[] DESCRIPTOR = {0x60, 0x60, 0x51};
    private static final int HEADER_BYTES = Integer.BYTES + DESCRIPTOR.length;
    private static final int BLOCK_AT = HEADER_BYTES + Integer.BYTES;
    private static final int EXTRA_BYTES = BLOCK_AT + Integer.BYTES;

    private final LZ4Compressor compressor;
    private final LZ4SafeDecompressor decompressor;

    Lz4Frame(LZ4Factory library) {
        compressor = library.fastCompressor();
        decompressor = library.safeDecompressor();
    }

    /** Writes a frame; gives its bytes, or {@link Codec#DOES_NOT_SHRINK}. */
    int compress(ByteBuffer block, ByteBuffer payload) {
        int room = payload.remaining() - EXTRA_BYTES;
        if (room < 1) {
            return Codec.DOES_NOT_SHRINK;
        }
        int at = payload.position();
        int bytes;
        try {
            bytes = compressor.compress(block, block.position(), block.remaining(), payload, at + BLOCK_AT, room);
        } catch (LZ4Exception e) { // the library's only way to say that the result is longer than the space for it
            return Codec.DOES_NOT_SHRINK;
        }
        payload.duplicate().order(ByteOrder.LITTLE_ENDIAN).putInt(MAGIC).put(DESCRIPTOR).putInt(bytes).position(at + BLOCK_AT + bytes).putInt(0);
        return bytes + EXTRA_BYTES;
    }

    /** Reads what begins with {@link #MAGIC}; gives the block's bytes. */
    int decompress(ByteBuffer payload, ByteBuffer block) {
        int bytes = payload.remaining() - EXTRA_BYTES;
        int at = payload.position();
        ByteBuffer numbers = payload.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        boolean ours = bytes >= 1 && bytes <= Encoding.BLOCK_BYTES_MAX && numbers.slice(at + Integer.BYTES, DESCRIPTOR.length).equals(ByteBuffer.wrap(DESCRIPTOR))
                && numbers.getInt(at + HEADER_BYTES) == bytes && numbers.getInt(at + BLOCK_AT + bytes) == 0;
        if (!ours) {
            throw new EncodingException(Kind.REJECTED, "payload of " + payload.remaining() + " bytes is not one LZ4 frame of one block; ask for it again");
        }
        try {
            return decompressor.decompress(payload, at + BLOCK_AT, bytes, block, block.position(), block.remaining());
        } catch (LZ4Exception | IndexOutOfBoundsException e) { // the Java code finds some faults by its array bounds
            throw new EncodingException(Kind.REJECTED, "LZ4 payload of " + payload.remaining() + " bytes is broken; ask for it again");
        }
    }
}
