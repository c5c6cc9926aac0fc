// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.DwcpException;
import org.dwcp.api.node.NodeExecutors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pool for work that computes, one thread a core. A full queue makes the caller work, a stopped pool refuses. Users get a bare
 * {@link Executor}: there is nothing in it to cast to or to shut down.
 */
@Component(service = NodeExecutors.class)
public final class BoundedExecutors implements NodeExecutors, AutoCloseable {
    /** Waiting tasks for each thread. Source: chosen; enough to keep a core busy, little enough that stopping is quick. */
    static final int QUEUE_PER_THREAD_MAX = 64;

    private static final Logger LOG = LoggerFactory.getLogger(BoundedExecutors.class);
    private static final Duration STOP_TIMEOUT = Duration.ofMillis(1_500);

    private final AtomicInteger number = new AtomicInteger();
    private final int threads;
    private final ThreadPoolExecutor pool;
    private final Executor cpu;

    /** Makes the node's executors. */
    @Activate
    public BoundedExecutors() {
        this(Runtime.getRuntime().availableProcessors());
    }

    BoundedExecutors(int threads) {
        this.threads = threads;
        this.pool = new ThreadPoolExecutor(threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(threads * QUEUE_PER_THREAD_MAX),
                this::thread, BoundedExecutors::overflow);
        this.cpu = pool::execute;
    }

    @Override
    public Executor cpu() {
        return cpu;
    }

    @Override
    public int cpuThreads() {
        return threads;
    }

    /** Refuses new work, interrupts what runs and waits for the threads. Works twice. */
    @Override
    @Deactivate
    public void close() {
        var dropped = pool.shutdownNow().size();
        try {
            if (!pool.awaitTermination(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.error("executors stop.survivors={} a task ignores its interrupt", pool.getActiveCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (dropped > 0) {
            LOG.warn("executors stopped dropped={}", dropped);
        }
    }

    private static void overflow(Runnable task, ThreadPoolExecutor pool) {
        if (pool.isShutdown()) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "the node's executors have stopped; the task was not run");
        }
        task.run();
    }

    private Thread thread(Runnable work) {
        var thread = new Thread(work, "node.cpu-" + number.incrementAndGet());
        thread.setContextClassLoader(null);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((who, failure) -> LOG.error("task failed thread={}", who.getName(), failure));
        return thread;
    }
}
