// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowId;

/**
 * The list of what a transfer holds, on disk: a magic number (4), then for each entry kind (1), flags (1), path bytes (2), modified seconds (8) and
 * nanos (4), size (8), path. Entries come parents first and sorted within each folder, which makes a list without doubles checkable in one pass.
 * In memory is one position for each block of entries and a few blocks. Thread-safe.
 */
final class Manifest implements AutoCloseable {
    static final int MAGIC = 0x44574d31;
    static final int FOLDER = 1;
    static final int FILE = 2;
    /** Entries for each remembered position. */
    private static final int BLOCK = 64;
    private static final int BLOCKS_CACHED = 8;
    private static final int FIXED = 1 + 1 + 2 + 8 + 4 + 8;

    private final FileChannel file;
    private final FilesOffer offer;
    private final long[] positions;
    private final long[] starts;
    private final Map<Integer, List<Item>> cache = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, List<Item>> eldest) {
            return size() > BLOCKS_CACHED;
        }
    };

    private Manifest(FileChannel file, FilesOffer offer, long[] positions, long[] starts) {
        this.file = file;
        this.offer = offer;
        this.positions = positions;
        this.starts = starts;
    }

    /**
     * Opens a manifest and checks all of it: hash, sums, names, order.
     *
     * @throws TransferException of kind REJECTED when it is not what the offer says
     */
    static Manifest open(Path path, FilesOffer offer) throws IOException {
        int blocks = (offer.entries() + BLOCK - 1) / BLOCK;
        long[] positions = new long[blocks + 1];
        long[] starts = new long[blocks];
        MessageDigest digest = FlowId.sha256();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new DigestInputStream(Files.newInputStream(path), digest), 64 << 10))) {
            require(Files.size(path) == offer.manifestBytes() && in.readInt() == MAGIC, "is not a list of files");
            Order order = new Order();
            long position = 4;
            long start = 0;
            int files = 0;
            for (int i = 0; i < offer.entries(); i++) {
                if (i % BLOCK == 0) {
                    positions[i / BLOCK] = position;
                    starts[i / BLOCK] = start;
                }
                Item item = read(in, i, start);
                order.check(item);
                position += FIXED + item.path().getBytes(StandardCharsets.UTF_8).length;
                start = Math.addExact(start, item.span());
                files += item.folder() ? 0 : 1;
            }
            positions[blocks] = position;
            require(in.read() < 0, "goes on behind its end");
            require(files == offer.files() && start == offer.total() - offer.manifestBytes(), "has other sums than the offer");
        } catch (EOFException e) {
            throw new TransferException(Kind.REJECTED, "list of files ends too early", e);
        } catch (ArithmeticException e) {
            throw new TransferException(Kind.REJECTED, "list of files has sizes out of range", e);
        }
        require(Arrays.equals(digest.digest(), offer.manifestHash()), "has a wrong hash");
        return new Manifest(FileChannel.open(path, StandardOpenOption.READ), offer, positions, starts);
    }

    /** Whether a file holds the offered manifest. */
    static boolean isAt(Path path, FilesOffer offer) throws IOException {
        if (!Files.isRegularFile(path) || Files.size(path) != offer.manifestBytes()) {
            return false;
        }
        MessageDigest digest = FlowId.sha256();
        try (DigestInputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
            byte[] buffer = new byte[64 << 10];
            while (in.read(buffer) >= 0) {
                continue;
            }
        }
        return Arrays.equals(digest.digest(), offer.manifestHash());
    }

    private static Item read(DataInputStream in, int index, long start) throws IOException {
        int kind = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int length = in.readUnsignedShort();
        long seconds = in.readLong();
        int nanos = in.readInt();
        long size = in.readLong();
        require(kind == FOLDER || kind == FILE, "has an entry of unknown kind " + kind);
        require(flags <= 1 && size >= 0 && (kind == FILE || size == 0), "has an entry with values out of range");
        require(length <= SafeName.PATH_BYTES_MAX && (length > 0) == (index > 0), "has an entry with a path of " + length + " bytes");
        byte[] text = new byte[length];
        in.readFully(text);
        try {
            FileTime modified = FileTime.from(Instant.ofEpochSecond(seconds, Math.clamp(nanos, 0, 999_999_999)));
            return new Item(index, new String(text, StandardCharsets.UTF_8), kind == FOLDER, (flags & 1) != 0, modified, size, start);
        } catch (DateTimeException e) {
            throw new TransferException(Kind.REJECTED, "list of files has a time out of range", e);
        }
    }

    int count() {
        return offer.entries();
    }

    /** The entry at a place from 0. */
    Item item(int index) throws IOException {
        return block(index / BLOCK).get(index % BLOCK);
    }

    /** The file whose content or hash has this offset behind the manifest. */
    Item at(long offset) throws IOException {
        int found = Arrays.binarySearch(starts, offset);
        int block = found >= 0 ? found : -found - 2;
        while (block + 1 < starts.length && starts[block + 1] <= offset) {
            block++; // blocks of folders only all begin at the same offset
        }
        for (Item item : block(block)) {
            if (offset >= item.start() && offset < item.start() + item.span()) {
                return item;
            }
        }
        throw new IOException("no file at offset " + offset);
    }

    private synchronized List<Item> block(int number) throws IOException {
        List<Item> known = cache.get(number);
        if (known == null) {
            known = load(number);
            cache.put(number, known);
        }
        return known;
    }

    private List<Item> load(int number) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) (positions[number + 1] - positions[number]));
        while (bytes.hasRemaining()) {
            if (file.read(bytes, positions[number] + bytes.position()) < 0) {
                throw new EOFException("the list of files is shorter than it was");
            }
        }
        List<Item> entries = new ArrayList<>(BLOCK);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.array()))) {
            long start = starts[number];
            int last = Math.min(offer.entries(), (number + 1) * BLOCK);
            for (int i = number * BLOCK; i < last; i++) {
                Item item = read(in, i, start);
                start += item.span();
                entries.add(item);
            }
        }
        return entries;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new TransferException(Kind.REJECTED, "list of files " + what);
        }
    }

    /** Checks that each entry's folder came before and is a folder, and that names rise within a folder: then none comes twice. */
    private static final class Order {
        private final List<String> folders = new ArrayList<>();
        private final List<String> lastNames = new ArrayList<>();

        void check(Item item) {
            if (item.index() == 0) {
                if (item.folder()) {
                    folders.add("");
                    lastNames.add("");
                }
                return;
            }
            String path = SafeName.check(item.path());
            int slash = path.lastIndexOf('/');
            String parent = slash < 0 ? "" : path.substring(0, slash);
            String name = path.substring(slash + 1);
            int depth = folders.lastIndexOf(parent);
            require(depth >= 0, "has " + path + " outside of the open folders");
            folders.subList(depth + 1, folders.size()).clear();
            lastNames.subList(depth + 1, lastNames.size()).clear();
            require(name.compareTo(lastNames.get(depth)) > 0, "has " + path + " twice or out of order");
            lastNames.set(depth, name);
            if (item.folder()) {
                folders.add(path);
                lastNames.add("");
            }
        }
    }
}
