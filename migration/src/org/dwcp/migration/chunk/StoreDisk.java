// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Everything that the store changes on a disk, so that tests can crash between any two steps. */
public interface StoreDisk {
    /** The real one. */
    StoreDisk REAL = new StoreDisk() {
    };

    /** Writes all remaining bytes at a position. */
    default void write(Path path, FileChannel file, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }

    /** Makes a file's bytes survive a power cut. */
    default void sync(Path path, FileChannel file) throws IOException {
        file.force(true);
    }

    /** Makes the names in a folder survive a power cut. */
    default void syncFolder(Path folder) throws IOException {
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    /** Gives a file another name in one step; what had that name is gone. */
    default void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes a file; one that is not there is fine. */
    default void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    /** Bytes that may still be written in a folder. */
    default long usableBytes(Path folder) throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }
}
