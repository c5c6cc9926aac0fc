// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.dwcp.migration.chunk.BadPackException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.Varint;

/**
 * How an image is put together, as it travels at the end of a pack: format (1), name, bytes, SHA-256, then the baseline (its chunk count; 0: none;
 * else its name and SHA-256), then runs. A run is a number n and a kind in the lowest two bits: 0 = n bytes of zero; 1 = the next n chunks of the
 * pack; 2 = n chunks of the baseline from a place; 3 = n chunks of the pack from a place, once more.
 */
final class ImagePlan {
    private static final int FORMAT = 1;
    private static final int ZERO = 0;
    private static final int NEXT = 1;
    private static final int BASE = 2;
    private static final int AGAIN = 3;
    /** Bytes that the longest run takes, twice. */
    private static final int ROOM = 4 * Varint.BYTES_MAX;

    private ImagePlan() {
    }

    /** Writes runs, joining those that continue one another. For one thread. */
    static final class Writer {
        private ByteBuffer runs = ByteBuffer.allocate(64 << 10);
        private int kind = -1;
        private long length;
        private long from;

        void zero(long bytes) {
            run(ZERO, bytes, 0);
        }

        void next() {
            run(NEXT, 1, 0);
        }

        void base(int place) {
            run(BASE, 1, place);
        }

        void again(int place) {
            run(AGAIN, 1, place);
        }

        private void run(int wanted, long more, long place) {
            boolean continues = wanted == kind && (kind == ZERO || kind == NEXT || from + length == place);
            if (!continues) {
                flush();
                kind = wanted;
                from = place;
            }
            length += more;
        }

        private void flush() {
            if (length > 0) {
                if (runs.remaining() < ROOM) {
                    runs = ByteBuffer.wrap(Arrays.copyOf(runs.array(), 2 * runs.capacity())).position(runs.position());
                }
                Varint.write(runs, length << 2 | kind);
                if (kind == BASE || kind == AGAIN) {
                    Varint.write(runs, from);
                }
            }
            length = 0;
        }

        /** All of it; the baseline may be null. */
        ByteBuffer finish(String name, long bytes, ChunkId sha256, Baseline base) {
            flush();
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            byte[] baseText = base == null ? new byte[0] : base.name().getBytes(StandardCharsets.UTF_8);
            ByteBuffer out = ByteBuffer.allocate(1 + 4 * Varint.BYTES_MAX + text.length + baseText.length + 2 * ChunkId.BYTES + runs.position());
            out.put((byte) FORMAT);
            Varint.write(out, text.length);
            out.put(text);
            Varint.write(out, bytes);
            sha256.write(out);
            Varint.write(out, base == null ? 0 : base.count());
            if (base != null && base.count() > 0) {
                Varint.write(out, baseText.length);
                out.put(baseText);
                base.sha256().write(out);
            }
            return out.put(runs.flip()).flip();
        }
    }

    /** What a pack says it is, before its runs. */
    record Head(String name, long bytes, ChunkId sha256, int baseCount, String baseName, ChunkId baseSha256) {
        static Head read(ByteBuffer in) throws BadPackException {
            if (in.remaining() < 2 || in.get() != FORMAT) {
                throw new BadPackException("pack holds no image of format " + FORMAT);
            }
            String name = text(in);
            long bytes = Varint.read(in, Recipe.BYTES_MAX);
            ChunkId sha256 = id(in);
            int count = (int) Varint.read(in, Recipe.CHUNKS_MAX);
            return count == 0 ? new Head(name, bytes, sha256, 0, "", ChunkId.NONE) : new Head(name, bytes, sha256, count, text(in), id(in));
        }

        private static String text(ByteBuffer in) throws BadPackException {
            byte[] text = new byte[(int) Varint.read(in, Recipe.NAME_BYTES_MAX)];
            require(in.remaining() >= text.length, "name is cut off");
            in.get(text);
            return new String(text, StandardCharsets.UTF_8);
        }

        private static ChunkId id(ByteBuffer in) throws BadPackException {
            require(in.remaining() >= ChunkId.BYTES, "hash is cut off");
            return ChunkId.read(in);
        }
    }

    /** The chunks of a pack, by place. */
    interface PackChunks {
        int count();

        ChunkId id(int place);

        int length(int place);
    }

    /**
     * Reads the runs behind a head.
     *
     * @param base the baseline that the head names; not looked at when it names none
     * @throws BadPackException when a run leads outside pack, baseline or image
     */
    static Recipe recipe(Head head, ByteBuffer in, PackChunks pack, Recipe base, long createdMs) throws BadPackException {
        require(head.baseCount == 0 || base.count() == head.baseCount, "baseline has another number of chunks than " + head.baseCount);
        Recipe.Builder builder = new Recipe.Builder();
        long offset = 0;
        int next = 0;
        while (in.hasRemaining()) {
            long word = Varint.read(in, Long.MAX_VALUE);
            int kind = (int) word & 3;
            long length = word >>> 2;
            require(length > 0 && length <= (kind == ZERO ? head.bytes - offset : Recipe.CHUNKS_MAX), "run of " + length + " is out of range");
            if (kind == ZERO) {
                offset += length;
                continue;
            }
            int available = kind == BASE ? head.baseCount : pack.count();
            long from = kind == NEXT ? next : Varint.read(in, Recipe.CHUNKS_MAX);
            require(from + length <= available, "run from " + from + " of " + length + " chunks exceeds " + available);
            for (int place = (int) from; place < from + length; place++) {
                int bytes = kind == BASE ? base.length(place) : pack.length(place);
                builder.add(kind == BASE ? base.id(place) : pack.id(place), offset, bytes);
                offset += bytes;
            }
            next = kind == NEXT ? (int) (from + length) : next;
        }
        require(offset == head.bytes, "runs make " + offset + " bytes, not the " + head.bytes + " of the image");
        return builder.build(head.name, head.bytes, head.sha256, createdMs);
    }

    private static void require(boolean holds, String what) throws BadPackException {
        if (!holds) {
            throw new BadPackException("plan of an image: " + what);
        }
    }
}
