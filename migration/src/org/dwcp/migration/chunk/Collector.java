// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One collection: marks what versions refer to in the packs that were there when it began, then drops or rewrites packs one after the other. A pack
 * that comes meanwhile is left alone. What a version that comes meanwhile may refer to is in such a pack, or in a version that is held and so
 * marked. A rewritten pack is durable before the old one goes; the old one goes when nobody reads it.
 */
final class Collector {
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);

    private final StoreDisk disk;
    private final Path folder;
    private final Versions versions;
    private final ChunkIndex index;
    private final Map<Integer, Pack> packs;
    private final AtomicInteger lastNumber;
    private final IntPredicate pinned;
    private final Batches batches;
    private final Map<Integer, BitSet> live = new HashMap<>();
    private int removed;
    private int rewritten;
    private long freed;

    Collector(StoreDisk disk, Path folder, Versions versions, ChunkIndex index, Map<Integer, Pack> packs, AtomicInteger lastNumber, IntPredicate pinned,
            Batches batches) {
        this.disk = disk;
        this.folder = folder;
        this.versions = versions;
        this.index = index;
        this.packs = packs;
        this.lastNumber = lastNumber;
        this.pinned = pinned;
        this.batches = batches;
    }

    ChunkStore.Collected run() throws IOException {
        List<Pack> candidates = packs.values().stream().filter(pack -> !pinned.test(pack.number)).toList();
        candidates.forEach(pack -> live.put(pack.number, new BitSet(pack.count())));
        for (Version version : versions.list()) {
            markOf(version);
        }
        for (Pack pack : candidates) {
            visit(pack, live.get(pack.number));
        }
        if (removed + rewritten > 0) {
            LOG.info("collected packs.removed={} packs.rewritten={} bytes.freed={}", removed, rewritten, freed);
        }
        return new ChunkStore.Collected(removed, rewritten, freed);
    }

    private void markOf(Version version) throws IOException {
        Recipe recipe;
        try {
            recipe = versions.recipe(version);
        } catch (NoSuchFileException e) {
            if (versions.find(version.name(), version.sha256()).isPresent()) {
                throw e;
            }
            return; // removed since it was listed
        }
        for (int i = 0; i < recipe.count(); i++) {
            long location = index.find(recipe.id(i));
            BitSet places = location == ChunkIndex.ABSENT ? null : live.get(ChunkIndex.pack(location));
            if (places != null) {
                places.set(ChunkIndex.place(location));
            }
        }
    }

    private void visit(Pack pack, BitSet places) throws IOException {
        long liveBytes = places.stream().mapToLong(pack::length).sum();
        if (!places.isEmpty() && liveBytes * 3 >= pack.rawBytes() * 2) {
            return;
        }
        long before = pack.bytes();
        if (!places.isEmpty()) {
            Pack fresh = rewrite(pack, places);
            if (fresh == null) {
                return;
            }
            before -= fresh.bytes();
            rewritten++;
        } else {
            removed++;
        }
        forget(pack);
        freed += before;
    }

    private Pack rewrite(Pack pack, BitSet places) throws IOException {
        int number = lastNumber.incrementAndGet();
        Path path = folder.resolve("pack-%08x".formatted(number));
        Path fresh = folder.resolve(path.getFileName() + ".tmp");
        List<Integer> moved = new ArrayList<>();
        try (PackWriter writer = new PackWriter(disk, fresh)) {
            for (int place = places.nextSetBit(0); place >= 0; place = places.nextSetBit(place + 1)) {
                byte[] batch = batches.get(pack, pack.batchOf(place));
                if (batch == null) {
                    throw new IOException("the chunk store is closed");
                }
                writer.add(batch, pack.start(place), pack.length(place));
                moved.add(place);
            }
            writer.finish(ByteBuffer.allocate(0));
        } catch (BadPackException e) {
            LOG.error("pack={} is not rewritten, it is damaged: {}; send the images that need it again", pack.path.getFileName(), e.getMessage());
            disk.delete(fresh);
            return null;
        } catch (IOException | RuntimeException e) {
            disk.delete(fresh);
            throw e;
        }
        Pack.make(disk, number, fresh, Pack.index(path), (_, _, _) -> { }).close();
        disk.rename(fresh, path);
        disk.syncFolder(folder);
        Pack made = Pack.open(number, path, (_, _, _) -> { });
        packs.put(number, made);
        made.ids((id, place, _) -> index.move(id, ChunkIndex.location(pack.number, moved.get(place)), number, place));
        return made;
    }

    private void forget(Pack pack) throws IOException {
        pack.ids((id, place, _) -> index.remove(id, ChunkIndex.location(pack.number, place)));
        packs.remove(pack.number);
        pack.close();
        disk.delete(pack.path);
        disk.delete(Pack.index(pack.path));
        if (Files.exists(pack.path)) {
            throw new IOException(pack.path + " could not be removed");
        }
    }
}
