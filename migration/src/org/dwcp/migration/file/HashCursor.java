// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.Function;

import org.dwcp.migration.flow.FlowId;

/**
 * Reads files in the order of the manifest behind the writer, hashes what was really written, and compares with the hashes that came. Reading again
 * costs a copy from the page cache, a tenth of the hashing, and needs no order among the writers. Used by one thread at a time.
 */
final class HashCursor implements AutoCloseable {
    /** What happens to a file whose hash was compared. */
    interface Verdict {
        void on(Item item, boolean right) throws IOException;
    }

    private final Manifest manifest;
    private final long manifestBytes;
    private final PartFolder part;
    private final Function<Item, Path> paths;
    private final Verdict verdict;
    private final MessageDigest digest = FlowId.sha256();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(256 << 10);
    private FileChannel file;
    private int index;
    private long hashed;
    private long files;

    HashCursor(Manifest manifest, long manifestBytes, PartFolder part, Function<Item, Path> paths, Verdict verdict) {
        this.manifest = manifest;
        this.manifestBytes = manifestBytes;
        this.part = part;
        this.paths = paths;
        this.verdict = verdict;
    }

    /** Goes as far as the contiguous bytes of the flow allow; gives the number of files compared so far. */
    long advance(long contiguous) throws IOException {
        while (index < manifest.count()) {
            Item item = manifest.item(index);
            if (!item.folder() && !advance(item, contiguous - manifestBytes - item.start())) {
                return files;
            }
            index++;
        }
        return files;
    }

    /** Whether all files were compared. */
    boolean isAtEnd() {
        return index == manifest.count();
    }

    private boolean advance(Item item, long there) throws IOException {
        long until = Math.min(there, item.size());
        while (hashed < until) {
            if (file == null) {
                file = FileChannel.open(paths.apply(item), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
            }
            scratch.clear().limit((int) Math.min(scratch.capacity(), until - hashed));
            PartFolder.readFully(file, hashed, scratch);
            hashed += scratch.position();
            digest.update(scratch.flip());
        }
        if (there < item.span()) {
            return false;
        }
        close();
        ByteBuffer announced = ByteBuffer.allocate(FilesOffer.HASH_BYTES);
        part.readHash(item, 0, announced);
        byte[] found = digest.digest();
        hashed = 0;
        files++;
        verdict.on(item, Arrays.equals(found, announced.array()));
        return true;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            FileChannel old = file;
            file = null;
            old.close();
        }
    }

    /** Whether a path holds a file or folder like the manifest's, by kind and size. */
    static boolean looksLike(Item item, Path path) throws IOException {
        return item.folder() ? Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                : Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && Files.size(path) == item.size();
    }
}
