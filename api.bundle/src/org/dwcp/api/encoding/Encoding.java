// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

import java.nio.ByteBuffer;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.Slot;
import org.dwcp.api.Swappable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Turns blocks of bytes into self-describing, checksummed frames and back. A frame names its codec ({@link FrameHeader}), so a swap hands over
 * nothing: each block is decoded by the provider that wrote it. Consumers get it from a route. Thread-safe: calls run concurrently.
 * {@snippet :
 * static ByteBuffer roundTrip(Encoding encoding, ByteBuffer block) {
 *     ByteBuffer frame = ByteBuffer.allocateDirect(encoding.frameBytesMax(block.remaining()));
 *     encoding.encode(block, frame);
 *     frame.flip();
 *     ByteBuffer back = ByteBuffer.allocateDirect(FrameHeader.read(frame.duplicate()).rawBytes());
 *     encoding.decode(frame, back);
 *     return back.flip();
 * }
 * }
 */
@ConsumerType
public interface Encoding extends Swappable {
    /** The slot. Key: flow. */
    Slot<Encoding> SLOT = new Slot<>("encoding", Encoding.class);
    /** Value of {@link Swappable#SLOT_NAME} for encodings. */
    String SLOT_PROPERTY = Swappable.SLOT_NAME + "=encoding";
    /** Name of the capability that carries {@link #codecId()}, for example {@code codec=3}; peers choose by it. */
    String CODEC = "codec";
    /** Largest block, in bytes before encoding. Source: chosen; with its header it fits {@link org.dwcp.api.transport.Transport#FRAME_BYTES_MAX}. */
    int BLOCK_BYTES_MAX = 1 << 20;

    /**
     * Gives the number that frames carry. Stable for ever: 0 none, 1 LZ4, 3 zstd; third parties use 128 to 255.
     *
     * @return 0 to 255
     */
    int codecId();

    /**
     * Gives the largest frame that a block can become, with its header. A block that does not shrink is stored as it is, so this is at most the
     * block and the header.
     *
     * @param blockBytes 1 to {@link #BLOCK_BYTES_MAX}
     * @return bytes to provide for {@link #encode}
     */
    default int frameBytesMax(int blockBytes) {
        return FrameHeader.BYTES + blockBytes;
    }

    /**
     * Encodes one block into one frame.
     *
     * @param block 1 to {@link #BLOCK_BYTES_MAX} remaining bytes, heap or direct; consumed
     * @param frame gets header and payload; at least {@link #frameBytesMax} remaining
     * @return bytes written
     * @throws EncodingException of kind REJECTED for a block out of bounds or a target too small
     */
    int encode(ByteBuffer block, ByteBuffer frame);

    /**
     * Encodes one block into one frame that is about to go to a peer. A codec may weigh its effort by the link there. Default: {@link
     * #encode(ByteBuffer, ByteBuffer)}.
     *
     * @param block 1 to {@link #BLOCK_BYTES_MAX} remaining bytes, heap or direct; consumed
     * @param frame gets header and payload; at least {@link #frameBytesMax} remaining
     * @param peer  who the frame is for
     * @return bytes written
     * @throws EncodingException of kind REJECTED for a block out of bounds or a target too small
     */
    default int encode(ByteBuffer block, ByteBuffer frame, NodeId peer) {
        return encode(block, frame);
    }

    /**
     * Decodes one frame that this codec wrote and checks the block's checksum.
     *
     * @param frame header and payload; consumed
     * @param block gets the bytes; at least {@link FrameHeader#rawBytes()} remaining
     * @return bytes written
     * @throws EncodingException of kind REJECTED for a frame of another codec, a broken or truncated frame, a wrong checksum or a target too
     *         small; what was written to the target is not to be used then
     */
    int decode(ByteBuffer frame, ByteBuffer block);

    /**
     * Gives what it has encoded since it started and how it chose.
     *
     * @return empty when it does not count (default)
     */
    default Optional<EncodingStats> stats() {
        return Optional.empty();
    }
}
