// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chunks in packs, and the versions that refer to them. A pack is taken whole or not at all; a version counts from the moment its recipe has its
 * name. Whatever a crash leaves is either complete or removed at the next start. A chunk is checked against its id whenever it is read. Chunks that
 * no version refers to are {@link #collect collected} while others read and write. Thread-safe.
 */
public final class ChunkStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkStore.class);
    private static final String PACK = "pack-";
    private static final String TMP = ".tmp";

    private final StoreDisk disk;
    private final Path packFolder;
    private final Versions versions;
    private final ChunkIndex index = new ChunkIndex();
    private final Map<Integer, Pack> packs = new ConcurrentHashMap<>();
    private final Set<Integer> pinned = new HashSet<>();
    private final AtomicInteger lastNumber = new AtomicInteger();
    private final Batches batches = new Batches();
    private final Object collecting = new Object();
    private volatile StoreSettings settings;
    private boolean closed;

    /** Opens a store, or begins one in an empty folder; repairs what a crash has left. One process at a time may have it open. */
    public ChunkStore(StoreDisk disk, Path folder, StoreSettings settings) throws IOException {
        this.disk = disk;
        this.settings = settings;
        packFolder = Files.createDirectories(folder.resolve("packs"));
        versions = new Versions(disk, Files.createDirectories(folder.resolve("versions")));
        try {
            open();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void open() throws IOException {
        Map<Integer, Path> found = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(packFolder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(TMP)) {
                    disk.delete(file);
                } else if (name.matches(PACK + "[0-9a-f]{8}")) {
                    found.put(Integer.parseUnsignedInt(name.substring(PACK.length()), 16), file);
                } else if (name.endsWith(".idx") && !Files.exists(packFolder.resolve(name.substring(0, name.length() - 4)))) {
                    disk.delete(file);
                }
            }
        }
        // In the order of their numbers: of two packs with the same chunk the later one counts.
        for (Map.Entry<Integer, Path> entry : found.entrySet()) {
            int number = entry.getKey();
            lastNumber.set(Math.max(lastNumber.get(), number));
            Pack pack;
            try {
                pack = Pack.open(number, entry.getValue(), (id, place, _) -> index.put(id, number, place));
            } catch (IOException e) {
                LOG.info("pack={} index made again reason={}", entry.getValue().getFileName(), e.getMessage());
                pack = remade(number, entry.getValue());
            }
            if (pack != null) {
                packs.put(number, pack);
            }
        }
        disk.syncFolder(packFolder);
    }

    /** A pack whose index is gone, or null when it is damaged itself: it is put aside, for a look by people. */
    private Pack remade(int number, Path path) throws IOException {
        try {
            List<ChunkId> ids = new ArrayList<>();
            Pack pack = Pack.make(disk, number, path, Pack.index(path), (id, _, _) -> ids.add(id));
            for (int place = 0; place < ids.size(); place++) {
                index.put(ids.get(place), number, place);
            }
            return pack;
        } catch (BadPackException e) {
            Path aside = path.resolveSibling(path.getFileName() + ".damaged");
            disk.rename(path, aside);
            LOG.error("pack={} is damaged and put aside as {}: {}; send the images that need it again", path.getFileName(), aside.getFileName(), e.getMessage());
            return null;
        }
    }

    /** Changes the limits; what is there already stays. */
    public void apply(StoreSettings changed) {
        settings = changed;
    }

    /** The versions it keeps. */
    public Versions versions() {
        return versions;
    }

    /** Number of chunks that can be found. */
    public int chunks() {
        return index.count();
    }

    /** Bytes of all packs. */
    public long bytes() {
        return packs.values().stream().mapToLong(Pack::bytes).sum();
    }

    /** Tells whether a chunk is known; reading it may still find that it is damaged. */
    public boolean contains(ChunkId id) {
        return index.find(id) != ChunkIndex.ABSENT;
    }

    /**
     * Reads a chunk and checks that its bytes have this id.
     *
     * @param target has room from {@code offset} for {@link Chunker#bytesLimit} bytes or for the chunk
     * @return its length
     * @throws ChunkLostException when it is not there or is damaged
     */
    public int read(ChunkId id, byte[] target, int offset) throws IOException {
        while (true) {
            long location = index.find(id);
            if (location == ChunkIndex.ABSENT) {
                throw new ChunkLostException(id, "is not in the store");
            }
            Pack pack = packs.get(ChunkIndex.pack(location));
            if (pack == null) {
                // A pack is known before chunks lead to it, and until none does: either compaction has moved this one, or it is lost.
                if (index.find(id) == location && !packs.containsKey(ChunkIndex.pack(location))) {
                    throw new ChunkLostException(id, "lies in a pack that is not there");
                }
                continue;
            }
            int place = ChunkIndex.place(location);
            byte[] batch;
            try {
                batch = batches.get(pack, pack.batchOf(place));
            } catch (BadPackException e) {
                throw new ChunkLostException(id, "is damaged: " + pack.path.getFileName() + ", " + e.getMessage());
            }
            if (batch == null) {
                requireMoved(id, location, pack);
                continue;
            }
            int start = pack.start(place);
            int length = pack.length(place);
            if ((long) start + length > batch.length || length > target.length - offset) {
                throw new ChunkLostException(id, "does not lie where the index says");
            }
            System.arraycopy(batch, start, target, offset, length);
            var digest = ChunkId.sha256();
            digest.update(target, offset, length);
            if (!ChunkId.of(digest).equals(id)) {
                throw new ChunkLostException(id, "has other bytes than its name says");
            }
            return length;
        }
    }

    /** A pack that is closed has been replaced, and the index says by what; one that still counts was closed by an interrupt or with the store. */
    private void requireMoved(ChunkId id, long location, Pack pack) throws IOException {
        if (index.find(id) == location && packs.get(ChunkIndex.pack(location)) == pack) {
            throw new IOException("chunk store is closed");
        }
    }

    /**
     * Finds a chunk by the first 16 bytes of its id; the other half is not looked at.
     *
     * @throws ChunkLostException when there is none
     */
    public Found find(ChunkId half) throws IOException {
        while (true) {
            long location = index.find(half);
            Pack pack = location == ChunkIndex.ABSENT ? null : packs.get(ChunkIndex.pack(location));
            if (pack == null) {
                if (index.find(half) == location) {
                    throw new ChunkLostException(half, "is not in the store");
                }
                continue;
            }
            ChunkId id = pack.id(ChunkIndex.place(location));
            if (id == null) {
                requireMoved(half, location, pack);
            } else if (id.a() != half.a() || id.b() != half.b()) {
                throw new ChunkLostException(half, "does not lie where the index says");
            } else {
                return new Found(id, pack.length(ChunkIndex.place(location)));
            }
        }
    }

    /** A chunk that is here. */
    public record Found(ChunkId id, int bytes) {
    }

    /** A pack that came in. While it is open nothing of it is collected: commit the version that needs it first. */
    public final class Adopted implements AutoCloseable {
        private final int number;
        private final List<ChunkId> ids;
        private final Pack pack;
        private final ByteBuffer recipe;

        private Adopted(int number, List<ChunkId> ids, Pack pack, ByteBuffer recipe) {
            this.number = number;
            this.ids = ids;
            this.pack = pack;
            this.recipe = recipe;
        }

        /** The recipe at the end of the pack, as it came: not to be trusted; empty when there was none. */
        public ByteBuffer recipe() {
            return recipe.duplicate();
        }

        /** Bytes of the chunk at a place. */
        public int length(int place) {
            return pack.length(place);
        }

        /** Ids of its chunks, by place. */
        public List<ChunkId> ids() {
            return ids;
        }

        @Override
        public void close() {
            synchronized (pinned) {
                pinned.remove(number);
            }
        }
    }

    /**
     * Takes a pack into the store: checks all of it, then moves the file here. Its chunks replace what was known under their ids, so a pack that
     * brings a damaged chunk again heals it.
     *
     * @param file on the same file system; gone afterwards
     * @throws BadPackException   when anything in it is wrong; the file stays
     * @throws TransferException of kind REJECTED when there is no room for it
     */
    public Adopted adopt(Path file) throws IOException {
        requireRoom(Files.size(file));
        int number = lastNumber.incrementAndGet();
        synchronized (pinned) {
            pinned.add(number);
        }
        Path path = packFolder.resolve(PACK + "%08x".formatted(number));
        List<ChunkId> ids = new ArrayList<>();
        boolean done = false;
        try {
            Pack checked = Pack.make(disk, number, file, Pack.index(path), (id, _, _) -> {
                requireChunks(ids.size());
                ids.add(id);
            });
            checked.close();
            disk.rename(file, path);
            disk.syncFolder(packFolder);
            Pack pack = Pack.open(number, path, (_, _, _) -> { });
            packs.put(number, pack);
            pack.ids((id, place, _) -> index.put(id, number, place));
            done = true;
            return new Adopted(number, ids, pack, checked.recipe());
        } finally {
            if (!done) {
                synchronized (pinned) {
                    pinned.remove(number);
                }
                if (!Files.exists(path)) {
                    disk.delete(Pack.index(path));
                }
            }
        }
    }

    /**
     * Looks whether so many bytes more may come, after a collection if need be.
     *
     * @throws TransferException of kind REJECTED with the numbers when they may not
     */
    public void requireRoom(long bytes) throws IOException {
        StoreSettings limits = settings;
        if (bytes() + bytes > limits.bytesMax()) {
            collect();
            if (bytes() + bytes > limits.bytesMax()) {
                throw new TransferException(Kind.REJECTED, String.format("chunk store has %d bytes and gets %d more, store.bytes.max is %d; remove versions "
                        + "or raise it", bytes(), bytes, limits.bytesMax()));
            }
        }
    }

    private void requireChunks(int fresh) {
        int limit = settings.chunksMax();
        if (index.count() + fresh >= limit) {
            throw new TransferException(Kind.REJECTED, String.format("chunk store has %d chunks and gets more than %d, store.chunks.max is %d; remove "
                    + "versions or raise it", index.count(), fresh, limit));
        }
    }

    /** Bytes that can be written in the store's file system. */
    public long usableBytes() throws IOException {
        return disk.usableBytes(packFolder);
    }

    /**
     * Makes a version count, durably. All its chunks must be here. Versions of the same name beyond {@code versions.max} are removed, oldest first, but for those that are to stay.
     *
     * @throws ChunkLostException when one is not
     */
    public void commit(Recipe recipe) throws IOException {
        for (int i = 0; i < recipe.count(); i++) {
            if (!contains(recipe.id(i))) {
                throw new ChunkLostException(recipe.id(i), "is not in the store");
            }
        }
        versions.add(recipe);
        List<Version> all = new ArrayList<>(versions.list(recipe.version().name()));
        all.sort(Comparator.comparingLong(Version::createdMs));
        for (int i = 0; i < all.size() - settings.versionsMax(); i++) {
            versions.remove(all.get(i));
        }
    }

    /**
     * Frees what no version refers to: a pack without a live chunk goes, one of which less than two thirds live is written anew without the rest.
     * Reading and adopting go on meanwhile. A version whose recipe cannot be read ends it before anything is removed.
     */
    public Collected collect() throws IOException {
        synchronized (collecting) {
            return new Collector(disk, packFolder, versions, index, packs, lastNumber, this::isPinned, batches).run();
        }
    }

    private boolean isPinned(int number) {
        synchronized (pinned) {
            return pinned.contains(number);
        }
    }

    /** What {@link #collect} did. */
    public record Collected(int packsRemoved, int packsRewritten, long bytesFreed) {
    }

    /** Forgets what is decoded in memory: what is read next comes from the disk. */
    public void forget() {
        batches.forget();
    }

    /** Reads everything that a version needs; empty when all of it is right, else what is not. */
    public Optional<String> check(Recipe recipe) {
        byte[] chunk = new byte[Chunker.bytesLimit()];
        for (int i = 0; i < recipe.count(); i++) {
            try {
                if (read(recipe.id(i), chunk, 0) != recipe.length(i)) {
                    return Optional.of("chunk " + recipe.id(i) + " has another length");
                }
            } catch (IOException e) {
                return Optional.of(e.getMessage());
            }
        }
        return Optional.empty();
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            batches.close();
            for (Pack pack : packs.values()) {
                pack.close();
            }
        }
    }
}
