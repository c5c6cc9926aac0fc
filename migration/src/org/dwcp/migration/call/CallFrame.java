// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.TransferException;

/**
 * A frame of protocol {@code dwcp.call}, big-endian: magic "DC" (2), version (1), type (1), client (8), number (8), kind of failure (1), text bytes
 * (2), text, body. The text is the method of a request and the message of a failure. Immutable.
 */
record CallFrame(Type type, long client, long number, Kind kind, String text, byte[] body) {
    private static final short MAGIC = 0x4443;
    private static final byte VERSION = 1;
    private static final int FIXED = 2 + 1 + 1 + 8 + 8 + 1 + 2;
    private static final int TEXT_MAX = 2_000;
    private static final Pattern METHOD = Pattern.compile("[a-z0-9.-]{1,64}");

    /** What a frame can be. */
    enum Type {
        REQUEST, ANSWER, FAILURE
    }

    static CallFrame request(long client, long number, String method, byte[] body) {
        require(METHOD.matcher(method).matches(), "method '" + method + "' is not 1 to 64 characters of a-z 0-9 . -");
        require(body.length <= Calls.BODY_BYTES_MAX, "request of " + body.length + " bytes exceeds " + Calls.BODY_BYTES_MAX + "; send it as a file");
        return new CallFrame(Type.REQUEST, client, number, Kind.RETRY, method, body);
    }

    CallFrame answer(byte[] answer) {
        if (answer.length > Calls.BODY_BYTES_MAX) {
            return failure(Kind.REJECTED, "answer of " + answer.length + " bytes exceeds " + Calls.BODY_BYTES_MAX + "; fetch it as a file");
        }
        return new CallFrame(Type.ANSWER, client, number, Kind.RETRY, "", answer);
    }

    CallFrame failure(Kind why, String message) {
        return new CallFrame(Type.FAILURE, client, number, why, message, new byte[0]);
    }

    /** The frame in pieces, so that the body is not copied here: the transport does that once. */
    ByteBuffer[] parts() {
        byte[] words = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(words.length, TEXT_MAX);
        ByteBuffer head = ByteBuffer.allocate(FIXED + length);
        head.putShort(MAGIC).put(VERSION).put((byte) type.ordinal()).putLong(client).putLong(number).put((byte) kind.ordinal());
        head.putShort((short) length).put(words, 0, length).flip();
        return new ByteBuffer[] {head, ByteBuffer.wrap(body)};
    }

    static CallFrame read(ByteBuffer frame) {
        ByteBuffer in = frame.duplicate();
        require(in.remaining() >= FIXED, "frame of " + in.remaining() + " bytes is too short");
        require(in.getShort() == MAGIC, "frame is no call");
        byte version = in.get();
        require(version == VERSION, "version " + version + " of calls is unknown; this node speaks " + VERSION);
        int type = in.get();
        require(type >= 0 && type < Type.values().length, "type " + type + " of a call is unknown");
        long client = in.getLong();
        long number = in.getLong();
        int kind = in.get();
        require(kind >= 0 && kind < Kind.values().length, "kind " + kind + " of a failure is unknown");
        int length = in.getShort() & 0xffff;
        require(length <= TEXT_MAX && length <= in.remaining(), "text of " + length + " bytes is too long");
        byte[] words = new byte[length];
        in.get(words);
        require(in.remaining() <= Calls.BODY_BYTES_MAX, "body of " + in.remaining() + " bytes exceeds " + Calls.BODY_BYTES_MAX);
        byte[] body = new byte[in.remaining()];
        in.get(body);
        return new CallFrame(Type.values()[type], client, number, Kind.values()[kind], new String(words, StandardCharsets.UTF_8), body);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new TransferException(Kind.REJECTED, what);
        }
    }
}
