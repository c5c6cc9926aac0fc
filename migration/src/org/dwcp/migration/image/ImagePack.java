// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkIndex;
import org.dwcp.migration.chunk.PackWriter;
import org.dwcp.migration.chunk.StoreDisk;

/** Writes the pack of one image: each chunk once, and none that the baseline has. For one thread. */
public final class ImagePack implements ImageScan.Parts, AutoCloseable {
    private final PackWriter writer;
    private final Optional<Baseline> base;
    private final ImagePlan.Writer plan = new ImagePlan.Writer();
    private final ChunkIndex mine = new ChunkIndex();
    private long dataBytes;
    private long freshBytes;

    ImagePack(StoreDisk disk, Path out, int level, Optional<Baseline> base) throws IOException {
        this.base = base;
        writer = new PackWriter(disk, out, level);
    }

    @Override
    public void zero(long bytes) {
        plan.zero(bytes);
    }

    @Override
    public void chunk(ChunkId id, byte[] bytes, int offset, int length) throws IOException {
        dataBytes += length;
        int known = base.map(version -> version.find(id)).orElse(-1);
        if (known >= 0) {
            plan.base(known);
            return;
        }
        long before = mine.find(id);
        if (before != ChunkIndex.ABSENT) {
            plan.again(ChunkIndex.place(before));
            return;
        }
        mine.put(id, 0, writer.add(bytes, offset, length));
        freshBytes += length;
        plan.next();
    }

    /** Ends it, durably. */
    Packed finish(String name, long bytes, ChunkId sha256) throws IOException {
        writer.finish(plan.finish(name, bytes, sha256, base.orElse(null)));
        return new Packed(name, sha256, bytes, dataBytes, freshBytes, writer.bytes());
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    /**
     * What became of an image.
     *
     * @param bytes      its size
     * @param dataBytes  what of it is not zero
     * @param freshBytes what of that the baseline does not have, each chunk once
     * @param packBytes  bytes of the pack
     */
    public record Packed(String name, ChunkId sha256, long bytes, long dataBytes, long freshBytes, long packBytes) {
    }
}
