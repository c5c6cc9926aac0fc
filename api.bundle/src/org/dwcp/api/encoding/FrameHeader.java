// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.dwcp.api.DwcpException.Kind;

/**
 * Header of an encoded block, 24 bytes, big-endian: magic (2), wire version (1), codec (1), payload format (1), reserved zero (3), raw bytes (4),
 * payload bytes (4), CRC-32C of the raw block (4, RFC 3720 appendix B.4), CRC-32C of the first 20 header bytes (4). Immutable.
 * {@snippet :
 * java.nio.ByteBuffer target = java.nio.ByteBuffer.allocate(FrameHeader.BYTES);
 * new FrameHeader(3, FrameHeader.FORMAT_CODEC, 4096, 1200, 0x12345678).write(target);
 * FrameHeader back = FrameHeader.read(target.flip());
 * }
 *
 * @param codecId      who wrote it, 0 to 255
 * @param format       {@link #FORMAT_STORED} or {@link #FORMAT_CODEC}
 * @param rawBytes     size of the block, 1 to {@link Encoding#BLOCK_BYTES_MAX}
 * @param payloadBytes bytes that follow the header, 1 to rawBytes
 * @param checksum     CRC-32C of the block before encoding
 */
public record FrameHeader(int codecId, int format, int rawBytes, int payloadBytes, int checksum) {
    /** Size of a header, in bytes. */
    public static final int BYTES = 24;
    /** First two bytes: "DE". */
    public static final short MAGIC = 0x4445;
    /** Version of this layout. */
    public static final byte WIRE_VERSION = 1;
    /** The payload is the block as it was. */
    public static final int FORMAT_STORED = 0;
    /** The payload is what the codec made of the block. */
    public static final int FORMAT_CODEC = 1;

    /** Refuses values out of range. */
    public FrameHeader {
        require(codecId >= 0 && codecId <= 255, "codec id %d is not in 0..255", codecId);
        require(format == FORMAT_STORED || format == FORMAT_CODEC, "payload format %d is unknown; this version knows 0 and 1", format);
        require(rawBytes >= 1 && rawBytes <= Encoding.BLOCK_BYTES_MAX, "block of %d bytes is not in 1.." + Encoding.BLOCK_BYTES_MAX, rawBytes);
        require(payloadBytes >= 1 && payloadBytes <= rawBytes, "payload of %d bytes is not in 1.." + rawBytes, payloadBytes);
        require(format != FORMAT_STORED || payloadBytes == rawBytes, "stored payload of %d bytes differs from its block", payloadBytes);
    }

    /**
     * Writes the header.
     *
     * @param target gets {@link #BYTES} bytes; any byte order
     */
    public void write(ByteBuffer target) {
        require(target.remaining() >= BYTES, "target of %d bytes is too small for a header of " + BYTES, target.remaining());
        ByteBuffer header = target.slice(target.position(), BYTES).order(ByteOrder.BIG_ENDIAN);
        header.putShort(MAGIC).put(WIRE_VERSION).put((byte) codecId).put((byte) format).put((byte) 0).putShort((short) 0);
        header.putInt(rawBytes).putInt(payloadBytes).putInt(checksum);
        header.putInt(Crc32c.of(header.slice(0, BYTES - 4)));
        target.position(target.position() + BYTES);
    }

    /**
     * Reads and checks a header; every length is checked against the limits before it is returned.
     *
     * @param source at least {@link #BYTES} remaining; the header is consumed
     * @return the header
     * @throws EncodingException of kind REJECTED that says what is wrong with it
     */
    public static FrameHeader read(ByteBuffer source) {
        require(source.remaining() >= BYTES, "frame of %d bytes is shorter than a header of " + BYTES, source.remaining());
        ByteBuffer header = source.slice(source.position(), BYTES).order(ByteOrder.BIG_ENDIAN);
        int checksum = Crc32c.of(header.slice(0, BYTES - 4));
        require(header.getShort(0) == MAGIC, "frame begins with %04x, not with the magic 4445", header.getShort(0) & 0xffff);
        require(header.get(2) == WIRE_VERSION, "wire version %d is unknown; this node speaks " + WIRE_VERSION, header.get(2));
        require(header.getInt(20) == checksum, "header checksum %08x is wrong", header.getInt(20));
        require(header.get(5) == 0 && header.getShort(6) == 0, "reserved bytes are not zero: %02x", header.get(5));
        FrameHeader read = new FrameHeader(header.get(3) & 0xff, header.get(4) & 0xff, header.getInt(8), header.getInt(12), header.getInt(16));
        source.position(source.position() + BYTES);
        return read;
    }

    private static void require(boolean holds, String message, Object value) {
        if (!holds) {
            throw new EncodingException(Kind.REJECTED, String.format(message, value));
        }
    }
}
