// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the threads of this bundle and knows each until it ends, so that a stop leaves none. Virtual threads do the work that blocks (reading,
 * sending, writing, opening); they have no context class loader and inherit nothing. Thread-safe.
 */
public final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private static final String CLOSE = "migration.close";
    private static final int SLICES = 100;

    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private final AtomicLong count = new AtomicLong();
    private volatile boolean stopped;

    /** Starts work on a virtual thread named {@code migration.<role>-n}. */
    public Thread start(String role, Runnable work) {
        return begin(Thread.ofVirtual().name("migration." + role + "-" + count.incrementAndGet()).inheritInheritableThreadLocals(false)
                .unstarted(guarded(role, work)));
    }

    /** Starts a control loop on a platform thread of the same kind of name. */
    public Thread startPlatform(String role, Runnable work) {
        return begin(Thread.ofPlatform().daemon().name("migration." + role + "-" + count.incrementAndGet()).inheritInheritableThreadLocals(false)
                .unstarted(guarded(role, work)));
    }

    private Thread begin(Thread thread) {
        thread.setContextClassLoader(null);
        running.add(thread);
        if (stopped) {
            running.remove(thread);
            throw new DwcpException(Kind.UNAVAILABLE, "transfers are being stopped on this node; try again when it is up");
        }
        thread.start();
        return thread;
    }

    private Runnable guarded(String role, Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (Throwable e) { // the top of a thread
                if (!stopped) {
                    LOG.error("thread role={} failed", role, e);
                }
            } finally {
                running.remove(Thread.currentThread());
            }
        };
    }

    /** Refuses new threads, interrupts those that run, lets channels close in good order, and waits; says which did not end. */
    public void stop(Duration timeout) {
        stopped = true;
        running.stream().filter(thread -> !thread.getName().startsWith(CLOSE)).forEach(Thread::interrupt);
        if (!await(timeout.multipliedBy(2).dividedBy(3))) {
            running.forEach(Thread::interrupt);
            await(timeout.dividedBy(3));
        }
        running.forEach(thread -> LOG.warn("stop survivor={} at={}", thread.getName(),
                thread.getStackTrace().length > 0 ? thread.getStackTrace()[0] : "?"));
    }

    private boolean await(Duration timeout) {
        try {
            synchronized (running) {
                // Nobody notifies: a look every hundredth of the time is enough, and the sum of the slices is the timeout.
                for (int slice = 0; slice < SLICES && !onlyCaller(); slice++) {
                    running.wait(Math.max(1, timeout.toMillis() / SLICES));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return onlyCaller();
    }

    private boolean onlyCaller() {
        return running.stream().allMatch(thread -> thread == Thread.currentThread());
    }

    /** Threads that have not ended. */
    public int count() {
        return running.size();
    }
}
