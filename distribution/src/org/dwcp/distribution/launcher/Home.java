// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The home of one running node. Holding one is holding its lock: the operating system takes the lock back when the process dies, however it
 * dies, so a stale file never keeps a node from starting.
 */
final class Home implements AutoCloseable {
    static final String LOCK = "node.lock";
    static final String STATE = "node.json";

    private final Path root;
    private final FileChannel channel;
    private final FileLock lock;

    private Home(Path root, FileChannel channel, FileLock lock) {
        this.root = root;
        this.channel = channel;
        this.lock = lock;
    }

    /** Makes the folders and takes the lock. */
    static Home open(Path folder) throws LaunchException {
        var root = folder.toAbsolutePath().normalize();
        try {
            for (var name : new String[] {"etc", "data", "deploy", "log"}) {
                Files.createDirectories(root.resolve(name));
            }
            return lock(root);
        } catch (IOException e) {
            throw new LaunchException("home " + root + " cannot be used (" + e + "); check its owner and the free space, or choose another: --home",
                    e);
        }
    }

    private static Home lock(Path root) throws IOException, LaunchException {
        var file = root.resolve("data").resolve(LOCK);
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            var lock = channel.tryLock();
            if (lock != null) {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
                var home = new Home(root, channel, lock);
                Files.deleteIfExists(home.state());
                return home;
            }
        } catch (OverlappingFileLockException e) {
            // A node in this very process has it.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        var owner = Files.readString(file, StandardCharsets.US_ASCII).strip();
        throw LaunchException.failure("home %s is in use by process %s; stop that node first, or choose another: --home", root, owner);
    }

    Path root() {
        return root;
    }

    Path etc() {
        return root.resolve("etc");
    }

    Path data(String name) {
        return root.resolve("data").resolve(name);
    }

    private Path state() {
        return data(STATE);
    }

    /** Copies the configuration that ships with the image; what is there already belongs to the operator. */
    void fillEtc(Path defaults) throws LaunchException {
        if (!Files.isDirectory(defaults)) {
            return;
        }
        try (var files = Files.walk(defaults)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var target = etc().resolve(defaults.relativize(file).toString());
                if (!Files.exists(target)) {
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        } catch (IOException e) {
            throw new LaunchException("default configuration cannot be copied to " + etc() + " (" + e + ")", e);
        }
    }

    /** File Install takes {@code PID-NAME.cfg} for one of several configurations; with the sign of the PID itself it reads it as none. */
    void warnOfMisnamedFiles() throws LaunchException {
        try (var files = Files.newDirectoryStream(etc(), "*~*.cfg")) {
            for (var file : files) {
                LogSetup.LOG.warn("file {} is not read; rename it to {}", file, file.getFileName().toString().replace('~', '-'));
            }
        } catch (IOException e) {
            throw new LaunchException("folder " + etc() + " cannot be read (" + e + ")", e);
        }
    }

    /** Tells other programs how to reach the node. They see the whole file or none. */
    void publish(String name, int controlPort, int peerPort) throws LaunchException {
        var json = """
                {"name":"%s","pid":%d,"controlPort":%d,"peerPort":%d}
                """.formatted(name, ProcessHandle.current().pid(), controlPort, peerPort);
        try {
            var part = data(STATE + ".part");
            Files.writeString(part, json);
            Files.move(part, state(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new LaunchException("file " + state() + " cannot be written (" + e + ")", e);
        }
    }

    /** Gives the home back. Works twice. */
    @Override
    public void close() {
        try {
            if (channel.isOpen()) {
                Files.deleteIfExists(state());
                lock.release();
            }
        } catch (IOException e) {
            // The lock goes with the channel; a state file that stays names a process that is gone.
        }
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing was buffered.
        }
    }
}
