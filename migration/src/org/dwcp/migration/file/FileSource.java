// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowSource;

/**
 * Reads a tree of files as one range of bytes. Contents are hashed as they pass in order; what the receiver had already is read once for its hash
 * alone. A file must stay what the manifest says from the first byte read to its hash: size, time and identity are looked at on both sides. Used by
 * one thread at a time, except {@link #sendable} and {@link #stop}.
 */
public final class FileSource implements FlowSource {
    /** Hashes kept for chunks that have to be sent again; others are computed again. */
    private static final int HASHES_MAX = 4_096;

    private final Path root;
    private final String self;
    private final Manifest manifest;
    private final FilesOffer offer;
    private final FileChannel list;
    private final MessageDigest digest = FlowId.sha256();
    private final Map<Integer, byte[]> hashes = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, byte[]> eldest) {
            return size() > HASHES_MAX;
        }
    };
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(256 << 10);
    private FileChannel open;
    private int openIndex = -1;
    private Object openKey;
    private int hashIndex = -1;
    private long hashed;
    private volatile boolean stopped;

    /** Opens the tree's manifest. {@code self} names this node in messages. */
    public FileSource(Path root, String self, Path manifestFile, FilesOffer offer) throws IOException {
        this.root = root;
        this.self = self;
        this.offer = offer;
        manifest = Manifest.open(manifestFile, offer);
        try {
            list = FileChannel.open(manifestFile, StandardOpenOption.READ);
        } catch (IOException e) {
            manifest.close();
            throw e;
        }
    }

    @Override
    public long total() {
        return offer.total();
    }

    /** Contents mean nothing to a receiver that has not the whole manifest. */
    @Override
    public long sendable(long contiguous) {
        return contiguous < offer.manifestBytes() ? offer.manifestBytes() : Long.MAX_VALUE;
    }

    @Override
    public int read(long offset, ByteBuffer target) throws IOException {
        int before = target.remaining();
        long at = offset;
        while (target.hasRemaining() && at < offer.total()) {
            int had = target.remaining();
            if (at < offer.manifestBytes()) {
                ByteBuffer part = part(target, offer.manifestBytes() - at);
                if (list.read(part, at) <= 0) {
                    throw new IOException("the list of files is shorter than it was");
                }
                target.position(target.position() + part.position());
            } else {
                readFile(at - offer.manifestBytes(), target);
            }
            at += had - target.remaining();
        }
        return before - target.remaining();
    }

    private void readFile(long offset, ByteBuffer target) throws IOException {
        Item item = manifest.at(offset);
        long within = offset - item.start();
        if (within < item.size()) {
            ByteBuffer part = part(target, item.size() - within);
            int read = content(item, within, part);
            hash(item, within, part.flip());
            target.position(target.position() + read);
        } else {
            int skip = (int) (within - item.size());
            byte[] hash = hash(item);
            target.put(hash, skip, Math.min(hash.length - skip, target.remaining()));
        }
    }

    private static ByteBuffer part(ByteBuffer target, long most) {
        return target.slice(target.position(), (int) Math.min(target.remaining(), most));
    }

    private int content(Item item, long within, ByteBuffer part) throws IOException {
        if (openIndex != item.index()) {
            open(item);
        }
        int read = open.read(part, within);
        if (read <= 0) {
            throw changed(item, "it ends at " + within + " bytes");
        }
        return read;
    }

    private void open(Item item) throws IOException {
        closeFile();
        Path path = path(item);
        try {
            openKey = check(item, path);
            open = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
            openIndex = item.index();
        } catch (NoSuchFileException _) {
            throw changed(item, "it was removed");
        }
    }

    private Path path(Item item) {
        return item.path().isEmpty() ? root : root.resolve(item.path());
    }

    /** Looks whether the file still is what the manifest says; gives its identity on the disk. */
    private Object check(Item item, Path path) throws IOException {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!now.isRegularFile() || now.size() != item.size()) {
            throw changed(item, "its size was " + item.size() + " and is " + now.size());
        }
        if (!now.lastModifiedTime().toInstant().equals(item.modified().toInstant())) {
            throw changed(item, "it was written at " + now.lastModifiedTime());
        }
        return now.fileKey() == null ? path : now.fileKey();
    }

    private TransferException changed(Item item, String how) {
        return new TransferException(Kind.REJECTED, String.format("source %s at %s changed while it was sent: %s; what arrived of it is removed, send it again",
                path(item), self, how));
    }

    private void hash(Item item, long within, ByteBuffer bytes) {
        if (within == 0 && hashIndex != item.index()) {
            begin(item);
        }
        if (hashIndex == item.index() && within == hashed) {
            hashed += bytes.remaining();
            digest.update(bytes);
        }
    }

    private void begin(Item item) {
        digest.reset();
        hashIndex = item.index();
        hashed = 0;
    }

    /** The hash of a file's content, reading what did not pass in order. */
    private byte[] hash(Item item) throws IOException {
        byte[] known = hashes.get(item.index());
        if (known != null) {
            return known;
        }
        if (hashIndex != item.index()) {
            begin(item);
        }
        while (hashed < item.size()) {
            if (stopped) {
                throw new IOException("the transfer was stopped");
            }
            scratch.clear().limit((int) Math.min(scratch.capacity(), item.size() - hashed));
            hashed += content(item, hashed, scratch);
            digest.update(scratch.flip());
        }
        try {
            Object key = check(item, path(item));
            if (openIndex == item.index() && !key.equals(openKey)) {
                throw changed(item, "another file took its name");
            }
        } catch (NoSuchFileException _) {
            throw changed(item, "it was removed");
        }
        byte[] hash = digest.digest();
        hashIndex = -1;
        hashes.put(item.index(), hash);
        return hash;
    }

    private void closeFile() throws IOException {
        openIndex = -1;
        if (open != null) {
            FileChannel old = open;
            open = null;
            old.close();
        }
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void close() {
        try (manifest; list) {
            closeFile();
        } catch (IOException _) {
            // Files that were only read lose nothing.
        }
    }
}
