// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.LongConsumer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkLostException;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.image.disk.ImageSource;
import org.dwcp.migration.image.disk.ImageTarget;

/**
 * What one end does with images: pack one against a version that the other end has, take such a pack, write a version out, check one. No
 * network. Calls may overlap; each takes a thread of the caller as long as it runs, and ends with an exception of its progress. Do not
 * interrupt it: that would close files which others read. Nothing counts before its SHA-256 was found right.
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
     * Reads an image and finds its chunks.
     *
     * @param progress gets the bytes read so far; an exception of it ends the work
     * @return what it is made of, without a time
     */
    public static Recipe scan(ImageSource image, String name, LongConsumer progress) throws IOException {
        Recipe.Builder recipe = new Recipe.Builder();
        long[] at = {0};
        ChunkId sha256 = ImageScan.scan(image, new ImageScan.Parts() {
            @Override
            public void zero(long bytes) {
                at[0] += bytes;
            }

            @Override
            public void chunk(ChunkId id, byte[] bytes, int offset, int length) throws IOException {
                recipe.add(id, at[0], length);
                at[0] += length;
            }
        }, progress);
        return recipe.build(name, at[0], sha256, 0);
    }

    /**
     * Packs an image that was scanned. The same recipe and the same knowledge make the same pack.
     *
     * @throws TransferException of kind REJECTED when a chunk is not what it was at the scan
     */
    public static ImagePack.Packed pack(StoreDisk disk, ImageSource image, Recipe recipe, ImagePack.Known known, Path out, int level, LongConsumer progress)
            throws IOException {
        MessageDigest digest = ChunkId.sha256();
        return ImagePack.write(disk, out, level, recipe, known, (place, target) -> {
            ByteBuffer bytes = ByteBuffer.wrap(target, 0, recipe.length(place));
            image.read(recipe.offset(place), bytes);
            digest.update(bytes.flip());
            if (!ChunkId.of(digest).equals(recipe.id(place))) {
                throw new TransferException(Kind.REJECTED, String.format("%s changed at byte %d while it was read; stop what writes to it, or take a "
                        + "snapshot and use that", recipe.version().name(), recipe.offset(place)));
            }
        }, progress);
    }

    /** Packs a version of this store for another one. */
    public ImagePack.Packed pack(Version version, ImagePack.Known known, Path out, LongConsumer progress) throws IOException {
        Recipe recipe = store.versions().recipe(version);
        try (var _ = store.versions().hold(version)) {
            return ImagePack.write(disk, out, LEVEL, recipe, known, (place, target) -> store.read(recipe.id(place), target, 0), progress);
        }
    }

    /**
     * Takes a pack: its chunks, then the image into a file if one is wanted, and when its hash is right the version. The pack's file is gone
     * afterwards.
     *
     * @param name   the name that the pack must have
     * @param target gets the image. Empty: the image is read and hashed, and written nowhere
     * @throws TransferException  of kind RETRY when the pack needs a baseline that is not here, or the image's hash is wrong: a whole pack helps
     * @throws ChunkLostException when it needs a chunk that is not here or is damaged
     */
    public Version take(Path packFile, String name, Optional<ImageTarget> target, long nowMs, LongConsumer progress) throws IOException {
        try (ChunkStore.Adopted adopted = store.adopt(packFile)) {
            ByteBuffer plan = adopted.recipe();
            ImagePlan.Head head = ImagePlan.Head.read(plan);
            if (!head.name().equals(name)) {
                throw new TransferException(Kind.REJECTED, "pack is of image '" + head.name() + "', not of '" + name + "'");
            }
            if (head.baseCount() == 0) {
                return keep(ImagePlan.recipe(head, plan, chunks(adopted), null, store::find, nowMs), target, progress);
            }
            Version base = store.versions().find(head.baseName(), head.baseSha256()).orElseThrow(() -> new TransferException(Kind.RETRY,
                    "version " + head.baseSha256() + " of '" + head.baseName() + "', the baseline, is not here; send the image whole"));
            try (var _ = store.versions().hold(base)) {
                return keep(ImagePlan.recipe(head, plan, chunks(adopted), store.versions().recipe(base), store::find, nowMs), target, progress);
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

    private Version keep(Recipe recipe, Optional<ImageTarget> target, LongConsumer progress) throws IOException {
        if (target.isPresent() && target.get().keepsOldUntilAppear()) {
            write(recipe, target.get(), progress, () -> store.commit(recipe));
            return recipe.version();
        }
        requireRight(recipe, ImageRestore.hash(store, recipe, progress));
        store.commit(recipe);
        if (target.isPresent()) {
            try (var _ = store.versions().hold(recipe.version())) {
                write(recipe, target.get(), progress, () -> { });
            }
        }
        return recipe.version();
    }

    private static void requireRight(Recipe recipe, ChunkId found) {
        if (!found.equals(recipe.version().sha256())) {
            throw new TransferException(Kind.RETRY, String.format("image '%s' has SHA-256 %s, not the %s that was announced; send it whole",
                    recipe.version().name(), found.hex(), recipe.version().sha256().hex()));
        }
    }

    private interface Commit {
        void run() throws IOException;
    }

    private void write(Recipe recipe, ImageTarget target, LongConsumer progress, Commit whenRight) throws IOException {
        requireRight(recipe, ImageRestore.write(store, recipe, target, progress));
        whenRight.run();
        target.appear();
    }

    /** Writes a version that was found right before. What would be lost with the first byte is not touched before all of the version was read once more. */
    public void restore(Version version, ImageTarget target, LongConsumer progress) throws IOException {
        try (var _ = store.versions().hold(version)) {
            Recipe recipe = store.versions().recipe(version);
            if (!target.keepsOldUntilAppear()) {
                requireRight(recipe, ImageRestore.hash(store, recipe, progress));
            }
            write(recipe, target, progress, () -> { });
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
