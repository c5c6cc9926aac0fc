// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The folder a demo lives in. It is emptied before a run, so it must be one that a demo made, or an empty one; and one run at a time has it: a second one
 * is refused before it touches anything.
 */
final class DemoFolder implements AutoCloseable {
    /** Says that a demo made the folder; the running one holds its lock. */
    static final String MARK = ".dwcp-demo";

    private final Path folder;
    private final FileChannel mark;

    private DemoFolder(Path folder, FileChannel mark) {
        this.folder = folder;
        this.mark = mark;
    }

    /**
     * Takes a folder and empties it.
     *
     * @throws DemoException another demo runs in it, or it holds files that no demo wrote; nothing in it has changed
     */
    static DemoFolder take(Path folder) throws IOException, DemoException {
        Path file = folder.resolve(MARK);
        if (Files.exists(folder) && !Files.exists(file) && !isEmpty(folder)) {
            throw new DemoException(folder + " has files that no demo wrote, and a demo would remove them: name an empty or a new folder with --folder");
        }
        Files.createDirectories(folder);
        FileChannel mark = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (lock(mark) == null) {
                throw new DemoException("another demo runs in " + folder + ": wait for it, or name another folder with --folder");
            }
            DemoFolder taken = new DemoFolder(folder, mark);
            taken.clear();
            return taken;
        } catch (IOException | DemoException e) {
            mark.close();
            throw e;
        }
    }

    private static FileLock lock(FileChannel mark) throws IOException {
        try {
            return mark.tryLock();
        } catch (OverlappingFileLockException inThisProcess) {
            return null;
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            return !files.iterator().hasNext();
        }
    }

    /** Removes everything but the mark. */
    void clear() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(folder) && !path.equals(folder.resolve(MARK))) {
                    Files.delete(path);
                }
            }
        }
    }

    /** Removes the folder itself; call it last. */
    void remove() throws IOException {
        clear();
        Files.delete(folder.resolve(MARK));
        Files.delete(folder);
    }

    @Override
    public void close() throws IOException {
        mark.close();
    }
}
