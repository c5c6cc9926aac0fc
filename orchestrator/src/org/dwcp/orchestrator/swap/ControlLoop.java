// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.PriorityQueue;

import org.dwcp.api.Check;
import org.dwcp.api.Registration;
import org.dwcp.api.node.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One named thread that runs tasks in order of their time, by the node's clock. The thread starts with the first task. Without a thread
 * (transcripts, simulation) the owner calls {@link #runDue}. Thread-safe.
 *
 * <p>The thread sleeps on the clock, so simulated time works; a new task wakes it by an interrupt. The interrupt can only hit the sleep: it is sent under
 * the lock while {@code sleeping} is set, and cleared under the lock when the sleep is over. No task ever sees it.
 */
final class ControlLoop implements AutoCloseable {
    /** Most waiting tasks. Source: chosen; a loop in order has a handful. */
    static final int TASKS_MAX = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);

    private record Task(long dueNs, long number, Runnable work) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.signum(dueNs - other.dueNs);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final String name;
    private final NodeClock clock;
    private final boolean threaded;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private long numbers;
    private Thread thread;
    private boolean sleeping;
    private boolean closed;

    ControlLoop(String name, NodeClock clock, boolean threaded) {
        this.name = name;
        this.clock = clock;
        this.threaded = threaded;
    }

    /** Runs a task as soon as possible. Dropped when the loop is closed. */
    void execute(Runnable work) {
        schedule(Duration.ZERO, work);
    }

    /** Runs a task once, after a delay. Closing the answer takes it back. */
    Registration schedule(Duration delay, Runnable work) {
        synchronized (tasks) {
            if (closed) {
                return () -> { };
            }
            Check.state(tasks.size() < TASKS_MAX, "%s has %d waiting tasks, the limit; something does not end", name, TASKS_MAX);
            Task task = new Task(clock.nanoTime() + delay.toNanos(), numbers++, work);
            tasks.add(task);
            if (threaded && thread == null) {
                thread = new Thread(this::loop, name);
                thread.setDaemon(true);
                thread.setContextClassLoader(null);
                thread.start();
            } else if (sleeping && tasks.peek() == task) {
                thread.interrupt();
            }
            tasks.notifyAll();
            return () -> {
                synchronized (tasks) {
                    tasks.remove(task);
                }
            };
        }
    }

    /** Runs what is due, and what that makes due, on the caller's thread. For loops without a thread. */
    void runDue() {
        for (Task task = poll(); task != null; task = poll()) {
            run(task);
        }
    }

    private Task poll() {
        synchronized (tasks) {
            Task first = tasks.peek();
            return first != null && first.dueNs - clock.nanoTime() <= 0 ? tasks.poll() : null;
        }
    }

    private void loop() {
        while (await()) {
            runDue();
        }
    }

    /** Waits until a task is due; false when the loop is closed. */
    private boolean await() {
        long waitNs;
        synchronized (tasks) {
            while (tasks.isEmpty() && !closed) {
                try {
                    tasks.wait();
                } catch (InterruptedException e) {
                    return false; // only close() interrupts here
                }
            }
            if (closed) {
                return false;
            }
            waitNs = tasks.peek().dueNs - clock.nanoTime();
            sleeping = waitNs > 0;
        }
        if (waitNs > 0) {
            try {
                clock.sleep(Duration.ofNanos(waitNs));
            } catch (InterruptedException e) {
                // Something earlier came in; the caller looks again.
            }
            synchronized (tasks) {
                sleeping = false;
                Thread.interrupted();
            }
        }
        return true;
    }

    private void run(Task task) {
        try {
            task.work.run();
        } catch (Throwable failure) { // top of the thread: one bad task must not end the loop
            LOG.error("task failed loop={}", name, failure);
        }
    }

    /** Tells whether the caller runs on this loop's thread. */
    boolean isCurrentThread() {
        synchronized (tasks) {
            return Thread.currentThread() == thread;
        }
    }

    /** Drops what waits and ends the thread, within 1 s when the task under way ends. Closing twice is fine. */
    @Override
    public void close() {
        Thread running;
        synchronized (tasks) {
            closed = true;
            tasks.clear();
            tasks.notifyAll();
            running = thread;
            if (sleeping) {
                running.interrupt();
            }
        }
        if (running != null && running != Thread.currentThread()) {
            join(running);
        }
    }

    private void join(Thread running) {
        try {
            if (!running.join(Duration.ofMillis(500))) {
                running.interrupt();
                if (!running.join(Duration.ofMillis(500))) {
                    LOG.warn("thread survived its loop thread={} at={}", name, java.util.Arrays.toString(running.getStackTrace()));
                }
            }
        } catch (InterruptedException e) {
            running.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
