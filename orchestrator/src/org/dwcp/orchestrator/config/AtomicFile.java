// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Replaces a small file so that after a power cut either the old or the new content is there, whole: write beside, force to disk, rename,
 * force the folder (the folder's entry is not durable before that, see ext4(5) and fsync(2)).
 */
public final class AtomicFile {
    private AtomicFile() {
    }

    /**
     * Replaces the file.
     *
     * @param file    absolute; its folder exists
     * @param content the new content
     * @throws IOException when it could not be written; the old content is untouched then
     */
    public static void write(Path file, byte[] content) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            rename(beside, file);
        } finally {
            Files.deleteIfExists(beside); // there only when something failed
        }
        forceFolder(file.toAbsolutePath().getParent());
    }

    private static void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + to + " cannot rename atomically; put the folder on a local disk", e);
        }
    }

    private static void forceFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            if (!System.getProperty("os.name").startsWith("Windows")) { // a folder cannot be opened there; NTFS journals the rename itself
                throw e;
            }
        }
    }
}
