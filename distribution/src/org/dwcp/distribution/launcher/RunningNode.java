// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * The node that another process runs in a home. Whether one runs is told by the lock of the home and by nothing else: a file with a process number
 * outlives a crash, and the number may by then belong to a stranger.
 *
 * @param home of the node
 * @param pid  of its process
 */
record RunningNode(Path home, long pid) {
    /** Source: chosen; a node ends within 5 s, or within 8 s when it still starts. */
    private static final int STOP_TIMEOUT_S = 30;
    private static final int LOOK_MS = 50;
    /** A node gives its home back as the last thing but ending. Source: chosen. */
    private static final int EXIT_TIMEOUT_S = 2;
    private static final Pattern PEER_PORT = Pattern.compile("\"peerPort\":([0-9]+)");

    /** Finds the node of a home. */
    static RunningNode of(Path home) throws LaunchException {
        try {
            if (isLocked(home)) {
                return new RunningNode(home, Long.parseLong(Files.readString(lock(home), StandardCharsets.US_ASCII).strip()));
            }
        } catch (IOException | NumberFormatException e) {
            throw new LaunchException("file " + lock(home) + " cannot be read (" + e + "); do this as the node's user", e);
        }
        throw LaunchException.failure("no node runs in %s; start one with 'dwcp node --home %s', or name another: --home DIR", home, home);
    }

    private static Path lock(Path home) {
        return home.resolve("data").resolve(Home.LOCK);
    }

    private static boolean isLocked(Path home) throws IOException {
        if (!Files.exists(lock(home))) {
            return false;
        }
        try (var channel = FileChannel.open(lock(home), StandardOpenOption.WRITE); var free = channel.tryLock()) {
            return free == null;
        } catch (OverlappingFileLockException e) {
            return true; // by a node in this very process
        }
    }

    /** The port for other nodes. */
    int peerPort() throws LaunchException {
        var state = home.resolve("data").resolve(Home.STATE);
        try {
            var found = PEER_PORT.matcher(Files.exists(state) ? Files.readString(state) : "");
            if (found.find()) {
                return Integer.parseInt(found.group(1));
            }
        } catch (IOException e) {
            throw new LaunchException("file " + state + " cannot be read (" + e + "); do this as the node's user", e);
        }
        throw LaunchException.failure("the node of %s is not ready yet; ask again when it says so", home);
    }

    /** Tells it to stop in order and waits until it is gone. */
    void stop() throws LaunchException, InterruptedException {
        var process = ProcessHandle.of(pid);
        try {
            process.ifPresent(ProcessHandle::destroy);
            for (var looks = 0; isLocked(home); looks++) {
                if (looks == STOP_TIMEOUT_S * 1_000 / LOOK_MS) {
                    throw LaunchException.failure("process %d of %s did not end within %d s; its log is %s, and 'kill -9 %d' ends it without order", pid,
                            home, STOP_TIMEOUT_S, home.resolve("log"), pid);
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            }
            if (process.isPresent()) {
                process.get().onExit().get(EXIT_TIMEOUT_S, TimeUnit.SECONDS);
            }
        } catch (IOException | ExecutionException e) {
            throw new LaunchException("whether the node of " + home + " has ended cannot be seen (" + e + ")", e);
        } catch (TimeoutException e) {
            // It gave its home back; where nobody collects ended processes it stays in the list of them.
        }
    }
}
