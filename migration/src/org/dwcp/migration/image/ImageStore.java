// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.Chunker;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.chunk.Version;

/**
 * What one end does with images: pack a file against a version that the other end has, take such a pack, write a version into a file, check one. No
 * network. Calls may overlap; each takes a thread of the caller as long as it runs, and ends with an {@link InterruptedIOException} when that is
 * interrupted. Nothing counts before its SHA-256 was found right.
 */
public final class ImageStore {
    /** Source: ADR 33. */
    public static final int LEVEL = 3;

    private final StoreDisk disk;
    private final ChunkStore store;

    public ImageStore(StoreDisk disk, ChunkStore store) {
        this.disk = disk;
        this.store = store;
    }

    /** Versions and chunks. */
    public ChunkStore chunks() {
        return store;
    }

    /**
     * Packs a raw image. The same bytes, name and baseline make the same pack.
     *
     * @param base     a version that the receiver has; empty: the pack holds everything
     * @param progress gets the bytes read so far
     */
    public static ImagePack.Packed pack(StoreDisk disk, Path image, String name, Optional<Baseline> base, Path out, int level, LongConsumer progress)
            throws IOException {
        long[] read = {0};
        try (ImagePack pack = new ImagePack(disk, out, level, base)) {
            ChunkId sha256 = ImageScan.scan(image, pack, bytes -> {
                read[0] = bytes;
                progress.accept(bytes);
            });
            return pack.finish(name, read[0], sha256);
        }
    }

    /** Packs a version of this store for another one. */
    public ImagePack.Packed pack(Version version, Optional<Baseline> base, Path out, LongConsumer progress) throws IOException {
        Recipe recipe = store.versions().recipe(version);
        byte[] chunk = new byte[Chunker.bytesLimit()];
        try (var _ = store.versions().hold(version); ImagePack pack = new ImagePack(disk, out, LEVEL, base)) {
            long end = 0;
            for (int i = 0; i < recipe.count(); i++) {
                if (recipe.offset(i) > end) {
                    pack.zero(recipe.offset(i) - end);
                }
                int length = store.read(recipe.id(i), chunk, 0);
                pack.chunk(recipe.id(i), chunk, 0, length);
                end = recipe.offset(i) + length;
                if ((i & 0xff) == 0) {
                    progress.accept(end);
                    if (Thread.currentThread().isInterrupted()) {
                        throw new InterruptedIOException("stopped at " + end + " bytes");
                    }
                }
            }
            if (version.bytes() > end) {
                pack.zero(version.bytes() - end);
            }
            return pack.finish(version.name(), version.bytes(), version.sha256());
        }
    }

    /**
     * Takes a pack: its chunks, then the image into a file, and when its hash is right the version. The pack's file is gone afterwards.
     *
     * @param name   the name that the pack must have
     * @param target gets the image; replaced in one step when it is there
     * @throws TransferException of kind REJECTED when the pack needs a baseline that is not here or is damaged, or its hash is wrong
     */
    public Version take(Path packFile, String name, Path target, long nowMs, LongConsumer progress) throws IOException {
        try (ChunkStore.Adopted adopted = store.adopt(packFile)) {
            ByteBuffer plan = adopted.recipe();
            ImagePlan.Head head = ImagePlan.Head.read(plan);
            if (!head.name().equals(name)) {
                throw new TransferException(Kind.REJECTED, "pack is of image '" + head.name() + "', not of '" + name + "'");
            }
            if (head.baseCount() == 0) {
                return keep(ImagePlan.recipe(head, plan, chunks(adopted), null, nowMs), target, progress);
            }
            Version base = store.versions().find(head.baseName(), head.baseSha256()).orElseThrow(() -> new TransferException(Kind.REJECTED,
                    "version " + head.baseSha256() + " of '" + head.baseName() + "', the baseline, is not here; send the image whole"));
            try (var _ = store.versions().hold(base)) {
                return keep(ImagePlan.recipe(head, plan, chunks(adopted), store.versions().recipe(base), nowMs), target, progress);
            }
        }
    }

    private static ImagePlan.PackChunks chunks(ChunkStore.Adopted adopted) {
        return new ImagePlan.PackChunks() {
            @Override
            public int count() {
                return adopted.ids().size();
            }

            @Override
            public ChunkId id(int place) {
                return adopted.ids().get(place);
            }

            @Override
            public int length(int place) {
                return adopted.length(place);
            }
        };
    }

    private Version keep(Recipe recipe, Path target, LongConsumer progress) throws IOException {
        write(recipe, target, progress, () -> store.commit(recipe));
        return recipe.version();
    }

    private interface Commit {
        void run() throws IOException;
    }

    private void write(Recipe recipe, Path target, LongConsumer progress, Commit whenRight) throws IOException {
        Path fresh = target.resolveSibling(target.getFileName() + ".new");
        try {
            ChunkId found = ImageRestore.write(store, recipe, disk, fresh, progress);
            if (!found.equals(recipe.version().sha256())) {
                throw new TransferException(Kind.REJECTED, String.format("image '%s' has SHA-256 %s, not the %s that was announced; send it whole",
                        recipe.version().name(), found.hex(), recipe.version().sha256().hex()));
            }
            whenRight.run();
            disk.rename(fresh, target);
            disk.syncFolder(target.toAbsolutePath().getParent());
        } catch (IOException | RuntimeException e) {
            disk.delete(fresh);
            throw e;
        }
    }

    /** Writes a version into a file, replacing it in one step; its hash was found right before. */
    public void restore(Version version, Path target, LongConsumer progress) throws IOException {
        try (var _ = store.versions().hold(version)) {
            write(store.versions().recipe(version), target, progress, () -> { });
        }
    }

    /** Reads all of a version from the disk; empty when its hash is right, else what is wrong. */
    public Optional<String> verify(Version version, LongConsumer progress) {
        store.forget();
        try (var _ = store.versions().hold(version)) {
            ChunkId found = ImageRestore.hash(store, store.versions().recipe(version), progress);
            return found.equals(version.sha256()) ? Optional.empty() : Optional.of("has SHA-256 " + found.hex());
        } catch (IOException e) {
            return Optional.of(e.getMessage());
        }
    }
}
