// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.node.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that lets links, flows and transfers look at the clock. What they do there is short and never blocks. Thread-safe. */
public final class Ticker {
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);
    /** Source: chosen; a moved route is noticed within this time, and 64 idle flows cost nothing measurable. */
    static final Duration INTERVAL = Duration.ofMillis(20);

    /** Something that wants to be called every {@link #INTERVAL}. */
    @FunctionalInterface
    public interface Task {
        void tick(long nowNs);
    }

    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
    private final NodeClock clock;

    /** Starts the thread. */
    public Ticker(NodeClock clock, Threads threads) {
        this.clock = clock;
        threads.startPlatform("tick", this::run);
    }

    /** Adds a task. */
    public void add(Task task) {
        tasks.add(task);
    }

    /** Takes a task out; a call of it may still be under way. */
    public void remove(Task task) {
        tasks.remove(task);
    }

    private void run() {
        try {
            while (true) {
                clock.sleep(INTERVAL);
                for (Task task : tasks) {
                    tick(task);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // stopped
        }
    }

    private void tick(Task task) {
        try {
            task.tick(clock.nanoTime());
        } catch (RuntimeException e) {
            LOG.error("tick of {} failed", task.getClass().getSimpleName(), e);
        }
    }
}
