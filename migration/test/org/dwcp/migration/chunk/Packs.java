// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

import org.dwcp.migration.fake.Samples;

/** Packs and versions for tests. */
final class Packs {
    private Packs() {
    }

    static byte[] chunk(int seed, int bytes) {
        byte[] chunk = new byte[bytes];
        Samples.random(seed).nextBytes(chunk);
        return chunk;
    }

    static ChunkId id(byte[] chunk) {
        var digest = ChunkId.sha256();
        digest.update(chunk);
        return ChunkId.of(digest);
    }

    static Path pack(StoreDisk disk, Path path, List<byte[]> chunks) throws IOException {
        try (PackWriter writer = new PackWriter(disk, path)) {
            for (byte[] chunk : chunks) {
                writer.add(chunk, 0, chunk.length);
            }
            writer.finish(ByteBuffer.allocate(0));
        }
        return path;
    }

    /** A version of these chunks, one after the other. */
    static Recipe recipe(String name, long createdMs, List<byte[]> chunks) throws IOException {
        Recipe.Builder builder = new Recipe.Builder();
        var digest = ChunkId.sha256();
        long offset = 0;
        for (byte[] chunk : chunks) {
            builder.add(id(chunk), offset, chunk.length);
            digest.update(chunk);
            offset += chunk.length;
        }
        return builder.build(name, offset, ChunkId.of(digest), createdMs);
    }

    /** Adopts a pack of these chunks and commits a version of them. */
    static Recipe keep(ChunkStore store, StoreDisk disk, Path incoming, String name, long createdMs, List<byte[]> fresh, List<byte[]> all)
            throws IOException {
        Recipe recipe = recipe(name, createdMs, all);
        try (ChunkStore.Adopted _ = store.adopt(pack(disk, incoming, fresh))) {
            store.commit(recipe);
        }
        return recipe;
    }
}
