// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;

/**
 * What stands on a lane, inside TLS; numbers are big-endian. Every frame begins with a 32-bit word. Bit 31 clear: the word is the length of
 * a data frame, 1 to {@link org.dwcp.api.transport.Transport#FRAME_BYTES_MAX}. Bit 31 set: a control frame, its type in bits 24 to 30, its
 * length in bits 0 to 23, at most {@link #CONTROL_BYTES_MAX}.
 *
 * <pre>
 * opener:   HELLO                      data ... CLOSE
 * acceptor:        WELCOME (or refusal) data ... CLOSE
 * </pre>
 *
 * Nothing may come before HELLO and WELCOME, nothing after CLOSE.
 */
final class Wire {
    static final int VERSION = 1;
    static final int HEADER_BYTES = 4;
    static final int CONTROL_BYTES_MAX = 1_024;
    static final int HELLO = 1;
    static final int WELCOME = 2;
    static final int CLOSE = 3;
    private static final int CONTROL = 0x8000_0000;
    private static final int MAGIC = 0x44574350; // "DWCP"
    private static final int MESSAGE_BYTES_MAX = 512;

    private Wire() {
    }

    static boolean isControl(int word) {
        return (word & CONTROL) != 0;
    }

    static int controlType(int word) {
        return word >>> 24 & 0x7f;
    }

    static int controlBytes(int word) {
        return word & 0xff_ffff;
    }

    /** What a lane is for. */
    enum Purpose {
        /** One of the lanes that a channel is opened with. */
        OPEN,
        /** One more lane for a channel that runs. */
        JOIN
    }

    /** First frame of the opener. */
    record Hello(String provider, Purpose purpose, UUID channel, int lane, OpenOptions.Order order, String protocol) {
        ByteBuffer encode() {
            var body = ByteBuffer.allocate(CONTROL_BYTES_MAX);
            body.putInt(MAGIC).put((byte) VERSION).put((byte) purpose.ordinal()).put((byte) order.ordinal()).putShort((short) lane)
                    .putLong(channel.getMostSignificantBits()).putLong(channel.getLeastSignificantBits());
            putName(body, provider);
            putName(body, protocol);
            return framed(HELLO, body);
        }

        static Hello decode(ByteBuffer body) {
            try {
                if (body.getInt() != MAGIC) {
                    throw refusal("first frame is not a DWCP hello");
                }
                int version = body.get();
                if (version != VERSION) {
                    throw refusal("wire version " + version + " is not " + VERSION + "; update the older node");
                }
                var purpose = Purpose.values()[body.get()];
                var order = OpenOptions.Order.values()[body.get()];
                int lane = body.getShort();
                var channel = new UUID(body.getLong(), body.getLong());
                return new Hello(name(body), purpose, channel, lane, order, name(body));
            } catch (BufferUnderflowException | ArrayIndexOutOfBoundsException e) {
                throw refusal("malformed hello");
            }
        }

        private static void putName(ByteBuffer body, String name) {
            var bytes = name.getBytes(StandardCharsets.US_ASCII);
            body.put((byte) bytes.length).put(bytes);
        }

        private static String name(ByteBuffer body) {
            var bytes = new byte[Byte.toUnsignedInt(body.get())];
            body.get(bytes);
            return new String(bytes, StandardCharsets.US_ASCII);
        }
    }

    /** The acceptor's answer: empty accepts. */
    record Welcome(Optional<TransportException> refusal) {
        ByteBuffer encode() {
            var body = ByteBuffer.allocate(CONTROL_BYTES_MAX);
            putReason(body, refusal);
            return framed(WELCOME, body);
        }

        static Welcome decode(ByteBuffer body) {
            return new Welcome(reason(body));
        }
    }

    /**
     * Last frame of one end on a lane.
     *
     * @param lanes how many lanes get this frame: the other end has everything when it has seen as many
     * @param cause why the channel ends, empty for an orderly end
     */
    record Close(int lanes, Optional<TransportException> cause) {
        ByteBuffer encode() {
            var body = ByteBuffer.allocate(CONTROL_BYTES_MAX).putShort((short) lanes);
            putReason(body, cause);
            return framed(CLOSE, body);
        }

        static Close decode(ByteBuffer body) {
            if (body.remaining() < Short.BYTES) {
                throw refusal("malformed close");
            }
            return new Close(Short.toUnsignedInt(body.getShort()), reason(body));
        }
    }

    private static ByteBuffer framed(int type, ByteBuffer body) {
        body.flip();
        return ByteBuffer.allocate(HEADER_BYTES + body.remaining()).putInt(CONTROL | type << 24 | body.remaining()).put(body).flip();
    }

    private static void putReason(ByteBuffer body, Optional<TransportException> reason) {
        body.put((byte) reason.map(e -> e.kind().ordinal() + 1).orElse(0).intValue());
        var text = reason.map(TransportException::getMessage).orElse("").getBytes(StandardCharsets.UTF_8);
        body.put(text, 0, Math.min(text.length, MESSAGE_BYTES_MAX));
    }

    private static Optional<TransportException> reason(ByteBuffer body) {
        if (!body.hasRemaining()) {
            throw refusal("malformed reason");
        }
        int code = body.get();
        if (code == 0) {
            return Optional.empty();
        }
        var kind = code > 0 && code <= Kind.values().length ? Kind.values()[code - 1] : Kind.UNAVAILABLE;
        return Optional.of(new TransportException(kind, StandardCharsets.UTF_8.decode(body).toString()));
    }

    private static TransportException refusal(String message) {
        return new TransportException(Kind.REJECTED, message);
    }
}
