// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.vm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.dwcp.api.node.NodeClock;

/** Watches what a guest says at both ends: the time from its last word at the one to its first at the other. Looks every millisecond; the guest speaks every 10. */
final class Standstill implements AutoCloseable {
    private final NodeClock clock;
    private final Path from;
    private final Path to;
    private final Thread thread;
    private volatile long lastHereNs;
    private volatile long firstThereNs;
    private volatile boolean closed;

    Standstill(NodeClock clock, Path from, Path to) throws IOException {
        this.clock = clock;
        this.from = from;
        this.to = to;
        Files.deleteIfExists(to);
        thread = Thread.ofPlatform().daemon().start(this::watch);
    }

    private static long size(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void watch() {
        long here = size(from);
        try {
            while (!closed) {
                long now = clock.nanoTime();
                long size = size(from);
                if (size != here) {
                    here = size;
                    lastHereNs = now;
                }
                if (firstThereNs == 0 && size(to) > 0) {
                    firstThereNs = now;
                }
                clock.sleep(Duration.ofMillis(1));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Milliseconds; waits for the first word at the other end. */
    double ms() throws InterruptedException {
        long begun = clock.nanoTime();
        while (firstThereNs == 0) {
            if (clock.nanoTime() - begun > Duration.ofSeconds(30).toNanos()) {
                throw new IllegalStateException("the guest says nothing at its new place");
            }
            clock.sleep(Duration.ofMillis(5));
        }
        return (firstThereNs - lastHereNs) / 1e6;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
