// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.LongConsumer;

import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkIndex;
import org.dwcp.migration.chunk.Chunker;
import org.dwcp.migration.chunk.PackWriter;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.StoreDisk;

/** Writes the pack of one image: each chunk once, and none that the receiver has. No state. */
public final class ImagePack {
    private ImagePack() {
    }

    /**
     * What the receiver has.
     *
     * @param base  a version of it; empty: none is named
     * @param other places in the recipe of chunks that are in whatever other version; not kept or changed by anybody
     */
    public record Known(Optional<Baseline> base, BitSet other) {
        /** Nothing: the pack holds everything. */
        public static final Known NOTHING = new Known(Optional.empty(), new BitSet());
    }

    /** Where the bytes of chunks come from. */
    interface Source {
        /** Puts the chunk at a place of the recipe into the array, from 0; the length is the recipe's. */
        void read(int place, byte[] target) throws IOException;
    }

    /**
     * Writes a pack, durably.
     *
     * @param progress gets the bytes of the image that it is past, now and then; an exception of it ends the work
     */
    static Packed write(StoreDisk disk, Path out, int level, Recipe recipe, Known known, Source source, LongConsumer progress) throws IOException {
        ImagePlan.Writer plan = new ImagePlan.Writer();
        ChunkIndex mine = new ChunkIndex();
        byte[] chunk = new byte[Chunker.bytesLimit()];
        long end = 0;
        long data = 0;
        long fresh = 0;
        try (PackWriter writer = new PackWriter(disk, out, level)) {
            for (int place = 0; place < recipe.count(); place++) {
                if (recipe.offset(place) > end) {
                    plan.zero(recipe.offset(place) - end);
                }
                ChunkId id = recipe.id(place);
                int length = recipe.length(place);
                end = recipe.offset(place) + length;
                data += length;
                int based = known.base().map(version -> version.find(id)).orElse(-1);
                long before = mine.find(id);
                if (based >= 0) {
                    plan.base(based);
                } else if (known.other().get(place)) {
                    plan.known(id);
                } else if (before != ChunkIndex.ABSENT) {
                    plan.again(ChunkIndex.place(before));
                } else {
                    source.read(place, chunk);
                    mine.put(id, 0, writer.add(chunk, 0, length));
                    fresh += length;
                    plan.next();
                }
                if ((place & 0xff) == 0) {
                    progress.accept(end);
                }
            }
            if (recipe.version().bytes() > end) {
                plan.zero(recipe.version().bytes() - end);
            }
            progress.accept(recipe.version().bytes());
            writer.finish(plan.finish(recipe.version().name(), recipe.version().bytes(), recipe.version().sha256(), known.base().orElse(null)));
            return new Packed(recipe.version().name(), recipe.version().sha256(), recipe.version().bytes(), data, fresh, writer.bytes());
        }
    }

    /**
     * What became of an image.
     *
     * @param bytes      its size
     * @param dataBytes  what of it is not zero
     * @param freshBytes what of that the receiver does not have, each chunk once
     * @param packBytes  bytes of the pack
     */
    public record Packed(String name, ChunkId sha256, long bytes, long dataBytes, long freshBytes, long packBytes) {
    }
}
