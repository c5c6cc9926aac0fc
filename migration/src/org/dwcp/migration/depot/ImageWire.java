// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.Images;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.image.ImageName;

/**
 * Questions and answers of {@link #METHOD}, big-endian. A question begins with format and operation, 1 byte each; texts have 2 bytes of length. An
 * operation that takes long is asked again with the same number until it is over: its answer begins with a state. No state.
 */
final class ImageWire {
    static final String METHOD = "dwcp.image";
    static final int FORMAT = 1;
    /** Name, first wanted; answers with chunks kept, versions in all, count and versions. */
    static final int LIST = 1;
    /** Count and halves of ids; answers with a bit for each. */
    static final int HAVE = 2;
    /** Name, version, bytes of each id (8 or 16), first wanted; answers with as many ids as fit. */
    static final int OUTLINE = 3;
    /** Number, name, version, flow; takes the pack that the flow has brought, or only reads the version when the flow is zero. */
    static final int TAKE = 4;
    /** Number, name, version, baseline or none, bits of chunks that the asker has; answers with the pack's key and figures. */
    static final int PREPARE = 5;
    /** Number, name; answers with versions that are right, and what is wrong. */
    static final int VERIFY = 6;

    static final byte RUNNING = 0;
    static final byte DONE = 1;
    static final byte FAILED = 2;

    /** Most ids in one question or answer, so that it fits into a call. */
    static final int HALVES_MAX = (Calls.BODY_BYTES_MAX - 1024) / 16;
    /** Most versions in one answer. */
    static final int VERSIONS_MAX = 500;
    /** Most bytes of a text that says what is wrong. Source: chosen. */
    static final int WHY_MAX = 2_000;

    private ImageWire() {
    }

    /** Begins a question. */
    static ByteBuffer ask(int operation, int room) {
        return ByteBuffer.allocate(2 + room).put((byte) FORMAT).put((byte) operation);
    }

    static byte[] bytes(ByteBuffer written) {
        return Arrays.copyOf(written.array(), written.position());
    }

    static ByteBuffer text(ByteBuffer out, String text) {
        byte[] bytes = cut(text);
        return out.putShort((short) bytes.length).put(bytes);
    }

    /** Bytes that {@link #text} takes. */
    static int size(String text) {
        return 2 + cut(text).length;
    }

    private static byte[] cut(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= WHY_MAX ? bytes : Arrays.copyOf(bytes, WHY_MAX);
    }

    static String text(ByteBuffer in, int most) {
        int length = in.getShort() & 0xffff;
        require(length <= most && length <= in.remaining(), "text of %d bytes is too long", length);
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static String name(ByteBuffer in) {
        return ImageName.check(text(in, Images.NAME_BYTES_MAX));
    }

    static ChunkId id(ByteBuffer in) {
        require(in.remaining() >= ChunkId.BYTES, "hash is cut off after %d bytes", in.remaining());
        return ChunkId.read(in);
    }

    /** A number of things that follow, each of so many bytes. */
    static int count(ByteBuffer in, int most, int bytesEach) {
        int count = in.getInt();
        require(count >= 0 && count <= most && (long) count * bytesEach <= in.remaining(), "count of %d is out of range", count);
        return count;
    }

    /** A place in a recipe. */
    static int place(ByteBuffer in) {
        int place = in.getInt();
        require(place >= 0 && place <= Recipe.CHUNKS_MAX, "place %d is out of range", place);
        return place;
    }

    static void require(boolean holds, String message, long value) {
        if (!holds) {
            throw new TransferException(Kind.REJECTED, "message about images: " + String.format(message, value));
        }
    }

    /** Reads something that a peer has written; what is cut off is refused. */
    static <T> T read(byte[] body, Reader<T> reader) {
        try {
            return reader.read(ByteBuffer.wrap(body));
        } catch (BufferUnderflowException _) {
            throw new TransferException(Kind.REJECTED, "message about images: is cut off at " + body.length + " bytes");
        }
    }

    interface Reader<T> {
        T read(ByteBuffer in);
    }
}
