// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Crc32c;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.FrameHeader;

/** The JDK's compression as an encoding; can be told to fail. */
public final class DeflateEncoding implements Encoding {
    private final int codec;
    private volatile boolean encodeFails;
    private volatile boolean decodeFails;

    public DeflateEncoding(int codec) {
        this.codec = codec;
    }

    /** From now on it fails. */
    public void failEncoding() {
        encodeFails = true;
    }

    /** From now on it fails. */
    public void failDecoding() {
        decodeFails = true;
    }

    @Override
    public int codecId() {
        return codec;
    }

    @Override
    public int encode(ByteBuffer block, ByteBuffer frame) {
        if (encodeFails) {
            throw new EncodingException(Kind.BROKEN, "made to fail");
        }
        int raw = block.remaining();
        int checksum = Crc32c.of(block);
        byte[] small = new byte[raw];
        try (Deflater deflater = new Deflater(1)) {
            deflater.setInput(block.duplicate());
            deflater.finish();
            int size = deflater.deflate(small);
            int start = frame.position();
            if (size >= raw || !deflater.finished()) {
                new FrameHeader(codec, FrameHeader.FORMAT_STORED, raw, raw, checksum).write(frame);
                frame.put(block);
            } else {
                new FrameHeader(codec, FrameHeader.FORMAT_CODEC, raw, size, checksum).write(frame);
                frame.put(small, 0, size);
                block.position(block.limit());
            }
            return frame.position() - start;
        }
    }

    @Override
    public int decode(ByteBuffer frame, ByteBuffer block) {
        FrameHeader header = FrameHeader.read(frame);
        if (header.codecId() != codec || decodeFails) {
            throw new EncodingException(Kind.REJECTED, "not to be decoded here");
        }
        if (header.format() == FrameHeader.FORMAT_STORED) {
            block.put(frame);
            return header.rawBytes();
        }
        try (Inflater inflater = new Inflater()) {
            inflater.setInput(frame);
            return inflater.inflate(block);
        } catch (DataFormatException e) {
            throw new EncodingException(Kind.REJECTED, "broken frame");
        }
    }
}
