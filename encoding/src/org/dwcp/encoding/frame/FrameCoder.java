// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.frame;

import java.nio.ByteBuffer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Crc32c;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.FrameHeader;

/**
 * Puts frames around what a {@link Codec} makes, and takes them off again. A block that does not shrink is stored. Nothing that a frame says
 * is believed before it is checked: first the header's checksum, then every length against the buffers, then the codec, last the block's
 * checksum. A call that is refused moves neither buffer.
 */
public final class FrameCoder {
    /** Smaller blocks are stored without asking the codec. Source: chosen; no codec gains a byte there and a call costs more than the copy. */
    public static final int SHRINKABLE_BYTES_MIN = 32;

    private static final int PROBE_BYTES = 4096;

    private final int codecId;
    private final Codec codec;

    /**
     * Makes a coder.
     *
     * @param codecId number that the frames carry
     * @param codec   thread-safe
     */
    public FrameCoder(int codecId, Codec codec) {
        this.codecId = codecId;
        this.codec = codec;
    }

    /**
     * Encodes as {@link Encoding#encode} promises.
     *
     * @param block the block
     * @param frame gets the frame
     * @return bytes written
     */
    public int encode(ByteBuffer block, ByteBuffer frame) {
        return encode(block, frame, 0);
    }

    /**
     * Encodes as {@link Encoding#encode} promises, for a link.
     *
     * @param block        the block
     * @param frame        gets the frame
     * @param bandwidthBps available bandwidth in bits a second, 0 when it is not known
     * @return bytes written
     */
    public int encode(ByteBuffer block, ByteBuffer frame, long bandwidthBps) {
        int rawBytes = block.remaining();
        require(rawBytes >= 1 && rawBytes <= Encoding.BLOCK_BYTES_MAX, "block of %d bytes is not in 1..%d; split it", rawBytes,
                Encoding.BLOCK_BYTES_MAX);
        require(!frame.isReadOnly(), "target of %d bytes is read-only; give a writable one", frame.remaining(), 0);
        int frameBytesMax = FrameHeader.BYTES + rawBytes;
        require(frame.remaining() >= frameBytesMax, "target of %d bytes is too small; provide %d", frame.remaining(), frameBytesMax);

        int payloadAt = frame.position() + FrameHeader.BYTES;
        int compressed = rawBytes < SHRINKABLE_BYTES_MIN ? Codec.DOES_NOT_SHRINK
                : codec.compress(block.slice(), frame.slice(payloadAt, rawBytes - 1), bandwidthBps);
        boolean stored = compressed == Codec.DOES_NOT_SHRINK;
        if (stored) {
            frame.slice(payloadAt, rawBytes).put(block.slice());
        }
        int payloadBytes = stored ? rawBytes : compressed;
        new FrameHeader(codecId, stored ? FrameHeader.FORMAT_STORED : FrameHeader.FORMAT_CODEC, rawBytes, payloadBytes, Crc32c.of(block)).write(frame);
        frame.position(payloadAt + payloadBytes);
        block.position(block.limit());
        return FrameHeader.BYTES + payloadBytes;
    }

    /**
     * Decodes as {@link Encoding#decode} promises. What follows the frame in its buffer stays there.
     *
     * @param frame the frame
     * @param block gets the block
     * @return bytes written
     */
    public int decode(ByteBuffer frame, ByteBuffer block) {
        FrameHeader header = FrameHeader.read(frame.duplicate());
        require(header.codecId() == codecId, "frame of codec %d came to codec %d; give it to the provider that wrote it", header.codecId(), codecId);
        int payloadAt = frame.position() + FrameHeader.BYTES;
        require(frame.limit() - payloadAt >= header.payloadBytes(), "frame ends after %d of %d payload bytes; ask for it again",
                frame.limit() - payloadAt, header.payloadBytes());
        require(!block.isReadOnly(), "target of %d bytes is read-only; give a writable one", block.remaining(), 0);
        require(block.remaining() >= header.rawBytes(), "target of %d bytes is too small for a block of %d", block.remaining(), header.rawBytes());

        ByteBuffer payload = frame.slice(payloadAt, header.payloadBytes());
        ByteBuffer raw = block.slice(block.position(), header.rawBytes());
        if (header.format() == FrameHeader.FORMAT_STORED) {
            raw.duplicate().put(payload);
        } else {
            int written = codec.decompress(payload, raw.duplicate());
            require(written == header.rawBytes(), "payload gives %d bytes where its header promises %d; ask for it again", written,
                    header.rawBytes());
        }
        int checksum = Crc32c.of(raw);
        require(checksum == header.checksum(), "block has checksum %08x where its header promises %08x; ask for it again", checksum,
                header.checksum());
        frame.position(payloadAt + header.payloadBytes());
        block.position(block.position() + header.rawBytes());
        return header.rawBytes();
    }

    /**
     * Sends a small block there and back.
     *
     * @throws EncodingException of kind BROKEN when it does not come back as it was
     */
    public void probe() {
        ByteBuffer block = ByteBuffer.allocateDirect(PROBE_BYTES);
        for (int i = 0; i < PROBE_BYTES; i++) {
            block.put(i, (byte) (i >> 5 ^ i));
        }
        ByteBuffer frame = ByteBuffer.allocateDirect(FrameHeader.BYTES + PROBE_BYTES);
        encode(block.duplicate(), frame);
        ByteBuffer back = ByteBuffer.allocateDirect(PROBE_BYTES);
        decode(frame.flip(), back);
        if (!back.flip().equals(block)) {
            throw new EncodingException(Kind.BROKEN, "codec " + codecId + " does not give back a block of " + PROBE_BYTES + " bytes");
        }
    }

    private static void require(boolean holds, String message, int value, int limit) {
        if (!holds) {
            throw new EncodingException(Kind.REJECTED, String.format(message, value, limit));
        }
    }
}
