// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls providers' own code for the control plane: each call on a named thread of its own, with a deadline by the node's clock, never under a lock. A call that
 * misses its deadline is interrupted and given up; its thread is counted until it ends. Without threads (transcripts) the caller runs it.
 */
final class Callouts implements AutoCloseable {
    /** Most calls at a time. Source: chosen; one a provider in the largest sensible node. */
    static final int RUNNING_MAX = 128;

    private static final Logger LOG = LoggerFactory.getLogger(Callouts.class);

    private final ControlLoop timers;
    private final boolean threaded;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private final AtomicLong numbers = new AtomicLong();

    Callouts(ControlLoop timers, boolean threaded) {
        this.timers = timers;
        this.threaded = threaded;
    }

    /**
     * Calls and waits.
     *
     * @param what  provider and method, for the message
     * @param bound longest time
     * @throws DwcpException of kind UNAVAILABLE when the call throws, misses the bound or the caller is interrupted
     */
    void call(String what, Duration bound, Runnable work) {
        CompletableFuture<Optional<Throwable>> ended = new CompletableFuture<>();
        start(what, bound, work, ended::complete);
        Optional<Throwable> failure;
        try {
            failure = ended.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = Optional.of(e);
        } catch (ExecutionException e) {
            failure = Optional.of(e.getCause());
        }
        failure.ifPresent(f -> {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, what + " failed: " + f.getMessage());
        });
    }

    /**
     * Calls in the background.
     *
     * @param onEnd told once: what went wrong, or empty, on the call's thread or the timer's
     */
    void start(String what, Duration bound, Runnable work, Consumer<Optional<Throwable>> onEnd) {
        if (!threaded) {
            onEnd.accept(outcome(work));
            return;
        }
        if (running.size() >= RUNNING_MAX) {
            onEnd.accept(Optional.of(new DwcpException(DwcpException.Kind.UNAVAILABLE,
                    RUNNING_MAX + " calls into providers are under way, the limit; one of them hangs, see the thread dump")));
            return;
        }
        CompletableFuture<Optional<Throwable>> ended = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            Optional<Throwable> outcome = outcome(work);
            running.remove(Thread.currentThread());
            ended.complete(outcome);
        }, "orchestrator.callout-" + numbers.incrementAndGet());
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        running.add(thread);
        Registration deadline = timers.schedule(bound, () -> {
            if (ended.complete(Optional.of(new DwcpException(DwcpException.Kind.UNAVAILABLE, "no answer within " + bound.toMillis() + " ms")))) {
                LOG.warn("call into provider given up call='{}' boundMs={} thread={}", what, bound.toMillis(), thread.getName());
                thread.interrupt();
            }
        });
        ended.thenAccept(outcome -> {
            deadline.close();
            onEnd.accept(outcome);
        });
        thread.start();
    }

    private static Optional<Throwable> outcome(Runnable work) {
        try {
            work.run();
            return Optional.empty();
        } catch (Throwable failure) { // top of the thread
            return Optional.of(failure);
        }
    }

    /** Tells whether the caller is itself such a call: it must not wait for a swap that waits for it. */
    boolean isCurrentThread() {
        return running.contains(Thread.currentThread());
    }

    /** Returns the calls under way. */
    int running() {
        return running.size();
    }

    /** Interrupts what still runs. */
    @Override
    public void close() {
        running.forEach(Thread::interrupt);
    }
}
