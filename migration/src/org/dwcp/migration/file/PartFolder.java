// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folder of one unfinished transfer, beside its target so that the last rename stays within one file system: {@code manifest}, {@code journal},
 * {@code hashes} (32 bytes for each entry) and {@code tree}, which becomes the target. Open files are few and used again. Thread-safe.
 */
public final class PartFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PartFolder.class);
    private static final int OPEN_MAX = 32;
    /** Most unfinished transfers beside one another. Source: chosen; each may hold a whole disk. */
    static final int PARTS_MAX = 1_000;

    private final Disk disk;
    private final Path folder;
    private final Path tree;
    private final Map<Integer, FileChannel> open = new LinkedHashMap<>(16, 0.75f, true);
    private FileChannel hashes;

    /** The folder for a key, below the folder of unfinished transfers of {@code beside}. */
    PartFolder(Disk disk, Path beside, String key) {
        this.disk = disk;
        Path parts = beside.resolve(SafeName.PART_FOLDER);
        folder = parts.resolve(key);
        tree = folder.resolve("tree");
    }

    /** Makes the folder, unless it is there or there are too many. */
    void create() throws IOException {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.createDirectories(folder.getParent());
        try (Stream<Path> others = Files.list(folder.getParent())) {
            if (others.limit(PARTS_MAX).count() >= PARTS_MAX) {
                throw new TransferException(Kind.REJECTED, String.format("%d unfinished transfers are kept in %s; finish some or remove them", PARTS_MAX,
                        folder.getParent()));
            }
        }
        Files.createDirectories(folder);
    }

    Path folder() {
        return folder;
    }

    Path manifest() {
        return folder.resolve("manifest");
    }

    Path journal() {
        return folder.resolve("journal");
    }

    /** What becomes the target. */
    Path tree() {
        return tree;
    }

    Path path(Item item) {
        return item.path().isEmpty() ? tree : tree.resolve(item.path());
    }

    /** Writes content of a file. */
    void write(Item item, long within, ByteBuffer bytes) throws IOException {
        synchronized (open) {
            FileChannel file = open.get(item.index());
            if (file == null) {
                if (open.size() >= OPEN_MAX) {
                    close(open.keySet().iterator().next());
                }
                Path path = path(item);
                if (!Files.isDirectory(path.getParent(), LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectories(path.getParent());
                }
                file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                open.put(item.index(), file);
            }
            disk.write(file, bytes, within);
        }
    }

    /** Closes a file that is whole. */
    void close(int index) throws IOException {
        synchronized (open) {
            FileChannel file = open.remove(index);
            if (file != null) {
                file.close();
            }
        }
    }

    /** Writes a part of a file's announced hash. */
    void writeHash(Item item, int within, ByteBuffer bytes) throws IOException {
        disk.write(hashes(), bytes, (long) item.index() * FilesOffer.HASH_BYTES + within);
    }

    /** Reads the announced hash of a file, or as much of it as the buffer has room for. */
    void readHash(Item item, int within, ByteBuffer target) throws IOException {
        readFully(hashes(), (long) item.index() * FilesOffer.HASH_BYTES + within, target);
    }

    private FileChannel hashes() throws IOException {
        synchronized (open) {
            if (hashes == null) {
                hashes = FileChannel.open(folder.resolve("hashes"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            }
            return hashes;
        }
    }

    /** Fills the buffer; throws when the file ends before. */
    static void readFully(FileChannel file, long position, ByteBuffer target) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = file.read(target, at);
            if (read < 0) {
                throw new IOException("ends at " + at + " bytes");
            }
            at += read;
        }
    }

    /** Forgets what it has. */
    void clear() throws IOException {
        close();
        Trees.remove(folder);
        create();
    }

    /** Removes the folder, and the one around it when it is empty then. */
    void remove() {
        try {
            close();
            Trees.remove(folder);
            try (DirectoryStream<Path> others = Files.newDirectoryStream(folder.getParent())) {
                if (others.iterator().hasNext()) {
                    return;
                }
            }
            Files.deleteIfExists(folder.getParent());
        } catch (IOException e) {
            LOG.warn("part folder={} not removed: {}", folder, e.toString());
        }
    }

    /** Removes what nobody came back for below a folder: parts that were last touched before a moment. */
    public static int prune(Path beside, Instant before) {
        Path parts = beside.resolve(SafeName.PART_FOLDER);
        List<Path> old = new ArrayList<>();
        if (Files.isDirectory(parts, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(parts)) {
                for (Path part : found) {
                    Path journal = part.resolve("journal");
                    Path touched = Files.exists(journal) ? journal : part;
                    if (Files.getLastModifiedTime(touched, LinkOption.NOFOLLOW_LINKS).toInstant().isBefore(before)) {
                        old.add(part);
                    }
                }
                for (Path part : old) {
                    Trees.remove(part);
                }
            } catch (IOException e) {
                LOG.warn("parts folder={} not pruned: {}", parts, e.toString());
            }
        }
        return old.size();
    }

    @Override
    public void close() throws IOException {
        synchronized (open) {
            IOException failure = null;
            for (FileChannel file : open.values()) {
                try {
                    file.close();
                } catch (IOException e) {
                    failure = e;
                }
            }
            open.clear();
            if (hashes != null) {
                FileChannel old = hashes;
                hashes = null;
                old.close();
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
