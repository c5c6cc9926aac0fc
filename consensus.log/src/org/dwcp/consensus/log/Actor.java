// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that does one thing after the other, and something else whenever some time has passed. */
final class Actor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Actor.class);
    private static final long JOIN_MS = 1_000;

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final Runnable beat;
    private final long beatMs;
    private volatile boolean closed;

    Actor(String name, long beatMs, Runnable beat) {
        this.beat = beat;
        this.beatMs = beatMs;
        thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
        thread.setContextClassLoader(null);
    }

    void start() {
        thread.start();
    }

    /** Puts a task at the end. Its number is bounded by who posts: commands by the window of waiting ones, everything else by members and entries in flight. */
    void post(Runnable task) {
        if (!closed) {
            tasks.add(task);
        }
    }

    private void run() {
        while (!closed) {
            try {
                Runnable task = tasks.poll(beatMs, TimeUnit.MILLISECONDS);
                while (task != null && !closed) {
                    task.run();
                    task = tasks.poll();
                }
                if (!closed) {
                    beat.run();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("consensus.log thread={} a task failed", thread.getName(), e);
            }
        }
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Ends after the task that runs; what waits is dropped. */
    @Override
    public void close() {
        closed = true;
        tasks.add(() -> { });
        if (!isCurrent()) {
            try {
                thread.join(JOIN_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (thread.isAlive()) {
                thread.interrupt();
                LOG.warn("stop.survivors part=consensus.log thread={}", thread.getName());
            }
        }
    }
}
