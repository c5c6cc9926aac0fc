// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.dwcp.migration.chunk.BadPackException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.Varint;

/**
 * How an image is put together, as it travels at the end of a pack: format (1), name, bytes, SHA-256, then the baseline (its chunk count; 0: none;
 * else its name and SHA-256), then runs. A run is a number n and a kind in the lowest three bits: 0 = n bytes of zero; 1 = the next n chunks of the
 * pack; 2 = n chunks of the baseline from a place; 3 = n chunks of the pack from a place, once more; 4 = n chunks that the receiver has in whatever
 * version, by the first 16 bytes of their ids, which follow.
 */
final class ImagePlan {
    private static final int FORMAT = 2;
    private static final int ZERO = 0;
    private static final int NEXT = 1;
    private static final int BASE = 2;
    private static final int AGAIN = 3;
    private static final int KNOWN = 4;
    private static final int KIND_BITS = 3;
    /** Bytes of an id in a run of kind 4. */
    static final int HALF = 16;
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
        private ByteBuffer halves = ByteBuffer.allocate(64 * HALF);

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

        void known(ChunkId id) {
            run(KNOWN, 1, 0);
            halves = room(halves, HALF).putLong(id.a()).putLong(id.b());
        }

        private static ByteBuffer room(ByteBuffer buffer, int bytes) {
            return buffer.remaining() >= bytes ? buffer
                    : ByteBuffer.wrap(Arrays.copyOf(buffer.array(), Math.max(2 * buffer.capacity(), buffer.position() + bytes))).position(buffer.position());
        }

        private void run(int wanted, long more, long place) {
            boolean continues = wanted == kind && (kind == ZERO || kind == NEXT || kind == KNOWN || from + length == place);
            if (!continues) {
                flush();
                kind = wanted;
                from = place;
            }
            length += more;
        }

        private void flush() {
            if (length > 0) {
                runs = room(runs, ROOM + halves.position());
                Varint.write(runs, length << KIND_BITS | kind);
                if (kind == BASE || kind == AGAIN) {
                    Varint.write(runs, from);
                }
                runs.put(halves.flip());
                halves.clear();
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

    /** Finds chunks that this node has by the first 16 bytes of their ids. */
    interface Here {
        ChunkStore.Found find(ChunkId half) throws IOException;
    }

    /**
     * Reads the runs behind a head.
     *
     * @param here finds what runs of kind 4 name
     * @param base the baseline that the head names; not looked at when it names none
     * @throws BadPackException when a run leads outside pack, baseline or image
     * @throws IOException      when a chunk that it says is here is not
     */
    static Recipe recipe(Head head, ByteBuffer in, PackChunks pack, Recipe base, Here here, long createdMs) throws IOException {
        require(head.baseCount == 0 || base.count() == head.baseCount, "baseline has another number of chunks than " + head.baseCount);
        Recipe.Builder builder = new Recipe.Builder();
        long offset = 0;
        int next = 0;
        while (in.hasRemaining()) {
            long word = Varint.read(in, Long.MAX_VALUE);
            int kind = (int) word & (1 << KIND_BITS) - 1;
            long length = word >>> KIND_BITS;
            require(kind <= KNOWN, "run is of unknown kind " + kind);
            require(length > 0 && length <= (kind == ZERO ? head.bytes - offset : Recipe.CHUNKS_MAX), "run of " + length + " is out of range");
            if (kind == ZERO) {
                offset += length;
                continue;
            }
            if (kind == KNOWN) {
                require(in.remaining() >= length * HALF, "ids of " + length + " chunks are cut off");
                for (long i = 0; i < length; i++) {
                    ChunkStore.Found found = here.find(new ChunkId(in.getLong(), in.getLong(), 0, 0));
                    builder.add(found.id(), offset, found.bytes());
                    offset += found.bytes();
                }
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
