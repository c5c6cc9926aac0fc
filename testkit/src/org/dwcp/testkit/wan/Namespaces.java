// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The two named network namespaces of one link and what tells the living from the dead: a lock file that the system releases with the process
 * that holds it. Namespaces whose lock is free are left over from a crash; the next link removes them and what still runs in them.
 */
final class Namespaces implements AutoCloseable {
    /** Where {@code ip netns} keeps its names. */
    static final Path FOLDER = Path.of("/run/netns");
    private static final Path LOCKS = Path.of("/run/dwcp-wan");
    private static final String SUFFIX = ".lock";
    private static final long END_SECONDS_MAX = 10;
    private static int opened;

    private final String name;
    private final FileChannel lock;

    private Namespaces(String name, FileChannel lock) {
        this.name = name;
        this.lock = lock;
    }

    /** The folder for locks and the compiled emulator; only its owner may write there. */
    static Path workFolder() {
        try {
            return Files.createDirectories(LOCKS, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes what crashed links have left, then makes two namespaces with names that nobody has. */
    static synchronized Namespaces open() {
        try (var all = FileChannel.open(workFolder().resolve("all"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            all.lock(); // of all processes; released with the channel
            removeLeftOver();
            var name = "wan-" + ProcessHandle.current().pid() + "-" + opened++;
            var lock = FileChannel.open(LOCKS.resolve(name + SUFFIX), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock.lock();
            var made = new Namespaces(name, lock);
            try {
                Shell.must("ip", "netns", "add", made.of(WanLink.End.A));
                Shell.must("ip", "netns", "add", made.of(WanLink.End.B));
                return made;
            } catch (RuntimeException e) {
                made.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeLeftOver() throws IOException {
        var files = new ArrayList<Path>();
        try (var found = Files.newDirectoryStream(LOCKS, "*" + SUFFIX)) {
            found.forEach(files::add);
        }
        for (var file : files) {
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE); FileLock free = channel.tryLock()) {
                if (free != null) {
                    var name = file.getFileName().toString();
                    remove(name.substring(0, name.length() - SUFFIX.length()));
                }
            } catch (OverlappingFileLockException ours) {
                // A link of this JVM, alive.
            }
        }
    }

    /** The name of one end's namespace. */
    String of(WanLink.End end) {
        return name + "-" + end.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Kills what runs in the namespaces and removes them and the lock file. Each step works when it was done before. */
    private static void remove(String name) throws IOException {
        for (var namespace : List.of(name + "-a", name + "-b")) {
            if (Files.exists(FOLDER.resolve(namespace))) {
                killAll(namespace);
                Shell.must("ip", "netns", "delete", namespace);
            }
        }
        Files.deleteIfExists(LOCKS.resolve(name + SUFFIX));
    }

    private static void killAll(String namespace) {
        var running = Shell.must("ip", "netns", "pids", namespace).lines().map(Long::parseLong).flatMap(pid -> ProcessHandle.of(pid).stream()).toList();
        running.forEach(ProcessHandle::destroyForcibly);
        for (var process : running) {
            try {
                process.onExit().get(END_SECONDS_MAX, TimeUnit.SECONDS);
            } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException("process " + process.pid() + " in " + namespace + " does not end", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Works twice. */
    @Override
    public void close() {
        try (lock) {
            if (lock.isOpen()) {
                remove(name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
