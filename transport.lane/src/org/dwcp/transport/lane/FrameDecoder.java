// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Cuts a lane's bytes into frames. A length is checked before a byte is set aside for it, and before the handshake is done only control
 * frames are taken, so a stranger can make a lane hold 1 KiB and not more. Of a large frame only the first {@link #FIRST_BYTES} are set aside at
 * once, more as they arrive: a length alone costs no more. A frame that arrived in one piece is handed up without a copy.
 * Used by the lane's event loop only.
 */
final class FrameDecoder {
    /** Source: a flow's default chunk of 256 KiB with its headers needs no second buffer. */
    static final int FIRST_BYTES = 320 << 10;

    private final ByteBufAllocator allocator;
    private final Sink sink;
    private final ByteBuffer word = ByteBuffer.allocate(Wire.HEADER_BYTES);
    private boolean dataAllowed;
    private boolean inFrame;
    private int header;
    private ByteBuf partial;

    /** Takes frames; the bytes are valid only during the call. */
    interface Sink {
        void onData(ByteBuffer frame);

        void onControl(int type, ByteBuffer body);
    }

    FrameDecoder(ByteBufAllocator allocator, Sink sink) {
        this.allocator = allocator;
        this.sink = sink;
    }

    void allowData() {
        dataAllowed = true;
    }

    /**
     * Takes the next bytes; the caller keeps the buffer.
     *
     * @throws TransportException of kind REJECTED for a length or type that cannot be
     */
    void read(ByteBuf in) {
        while (in.isReadable()) {
            if (!inFrame && !readHeader(in)) {
                return;
            }
            int length = lengthOf(header);
            if (partial == null && in.readableBytes() >= length) {
                inFrame = false;
                int start = in.readerIndex();
                in.skipBytes(length);
                deliver(in.nioBuffer(start, length));
            } else {
                fill(in, length);
            }
        }
    }

    private boolean readHeader(ByteBuf in) {
        word.limit(Math.min(Wire.HEADER_BYTES, word.position() + in.readableBytes()));
        in.readBytes(word);
        if (word.position() < Wire.HEADER_BYTES) {
            return false;
        }
        header = word.flip().getInt();
        word.clear();
        check(header);
        inFrame = true;
        return true;
    }

    private void fill(ByteBuf in, int length) {
        if (partial == null) {
            partial = allocator.directBuffer(Math.min(length, FIRST_BYTES), length);
        }
        partial.writeBytes(in, Math.min(in.readableBytes(), length - partial.readableBytes()));
        if (partial.readableBytes() == length) {
            var whole = partial;
            partial = null;
            inFrame = false;
            try {
                deliver(whole.nioBuffer());
            } finally {
                whole.release();
            }
        }
    }

    private void deliver(ByteBuffer bytes) {
        if (Wire.isControl(header)) {
            sink.onControl(Wire.controlType(header), bytes);
        } else {
            sink.onData(bytes);
        }
    }

    private static int lengthOf(int word) {
        return Wire.isControl(word) ? Wire.controlBytes(word) : word;
    }

    private void check(int word) {
        int length = lengthOf(word);
        if (Wire.isControl(word)) {
            if (length < 1 || length > Wire.CONTROL_BYTES_MAX) {
                throw refusal("control frame of " + length + " bytes is not in 1.." + Wire.CONTROL_BYTES_MAX);
            }
        } else if (!dataAllowed) {
            throw refusal("data before the handshake");
        } else if (length < 1 || length > Transport.FRAME_BYTES_MAX) {
            throw refusal("frame of " + length + " bytes is not in 1.." + Transport.FRAME_BYTES_MAX);
        }
    }

    private static TransportException refusal(String message) {
        return new TransportException(Kind.REJECTED, message);
    }

    /** Gives back what a frame that never got whole had taken. */
    void close() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }
}
