// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.dwcp.api.Check;
import org.dwcp.api.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells events to listeners in the order in which they happened, one after the other, on the thread that caused them. Whoever changes state
 * calls {@link #offer} while it still holds what orders its changes, lets go of it, and then calls {@link #deliver}: no listener is ever
 * called under the owner's lock.
 *
 * <p>Invariants: at most one listener runs at a time; {@link #deliver} returns when the caller's events have been told, unless it was called
 * from a listener, in which case the outer call tells them next.
 *
 * @param <T> the event
 */
public final class Listeners<T> {
    /** Most events that wait. Source: chosen; more means a listener that causes its own event. */
    static final int PENDING_MAX = 1_000;
    /** Most listeners. Source: chosen; each is called on the thread that changes something. */
    static final int LISTENERS_MAX = 1_000;
    /** Longest wait for the listener of another thread. Source: chosen; beyond the longest default drain, so that only a deadlock reaches it. */
    private static final Duration WAIT_MAX = Duration.ofSeconds(30);
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final String name;
    private final List<Entry<T>> entries = new CopyOnWriteArrayList<>();
    private final ReentrantLock delivering = new ReentrantLock(true);
    private final Queue<T> pending = new ArrayDeque<>(); // guarded by itself
    private final AtomicLong failures = new AtomicLong();

    /**
     * Makes an empty list.
     *
     * @param name stands in the log
     */
    public Listeners(String name) {
        this.name = name;
    }

    /** Adds a listener; it hears of events that are delivered from now on. */
    public Registration add(Consumer<? super T> listener) {
        Entry<T> entry = new Entry<>(Objects.requireNonNull(listener));
        Check.argument(entries.size() < LISTENERS_MAX, "%d listeners of %s are registered, the limit; close some", LISTENERS_MAX, name);
        entries.add(entry);
        return () -> {
            entry.close();
            entries.remove(entry);
        };
    }

    /** Queues an event in the order of the calls; call {@link #deliver} soon, without a lock. */
    public void offer(T event) {
        synchronized (pending) {
            Check.state(pending.size() < PENDING_MAX, "%d events of %s wait; a listener causes its own event", PENDING_MAX, name);
            pending.add(event);
        }
    }

    /** Tells what was offered. Waits for a listener that another thread is just calling. */
    public void deliver() {
        if (delivering.isHeldByCurrentThread()) {
            return; // the outer call goes on with this event, so that every listener sees the same order
        }
        if (!acquire()) {
            LOG.warn("listeners busy name={} waitedMs={} action=left-to-the-other-thread", name, WAIT_MAX.toMillis());
            return;
        }
        try {
            for (T event = next(); event != null; event = next()) {
                for (Entry<T> entry : entries) {
                    tell(entry, event);
                }
            }
        } finally {
            delivering.unlock();
        }
    }

    /** Gives the number of listener calls that threw. */
    public long failures() {
        return failures.get();
    }

    private boolean acquire() {
        try {
            return delivering.tryLock(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return delivering.tryLock();
        }
    }

    private T next() {
        synchronized (pending) {
            return pending.poll();
        }
    }

    private void tell(Entry<T> entry, T event) {
        try {
            entry.tell(event);
        } catch (RuntimeException | LinkageError | AssertionError e) { // a listener of a bundle that is being stopped throws LinkageError
            failures.incrementAndGet();
            LOG.warn("listener failed name={} event={}", name, event, e);
        }
    }

    private static final class Entry<T> {
        private final Consumer<? super T> listener;
        private volatile boolean closed;

        Entry(Consumer<? super T> listener) {
            this.listener = listener;
        }

        void tell(T event) {
            if (!closed) {
                listener.accept(event);
            }
        }

        void close() {
            closed = true;
        }
    }
}
