// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit;

import java.time.Duration;
import java.time.Instant;

import org.dwcp.api.node.NodeClock;

/**
 * Time that stands still until a test moves it. A thread in {@link #sleep} wakes when the clock has been moved past its end; nobody waits
 * for real time. Thread-safe.
 * {@snippet :
 * SimulatedClock clock = new SimulatedClock();
 * clock.advance(java.time.Duration.ofSeconds(30));
 * java.time.Instant now = clock.now(); // SimulatedClock.START plus 30 s
 * }
 */
public final class SimulatedClock implements NodeClock {
    /** Wall time at which every simulated clock begins. Source: chosen; a date that no test data uses. */
    public static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private long elapsedNs;
    private int sleepers;

    @Override
    public synchronized long nanoTime() {
        return elapsedNs;
    }

    @Override
    public synchronized Instant now() {
        return START.plusNanos(elapsedNs);
    }

    @Override
    public synchronized void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long untilNs = elapsedNs + Math.max(0, saturatedNs(duration));
        sleepers++;
        notifyAll();
        try {
            while (elapsedNs < untilNs) {
                wait();
            }
        } finally {
            sleepers--;
        }
    }

    /**
     * Moves time forward and wakes who has slept long enough.
     *
     * @param duration how far; not negative
     */
    public synchronized void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time cannot go back by " + duration + "; advance by zero or more");
        }
        elapsedNs += duration.toNanos();
        notifyAll();
    }

    /**
     * Counts the threads that sleep now. A test that moves time for another thread waits for this first.
     *
     * @return 0 or more
     */
    public synchronized int sleepers() {
        return sleepers;
    }

    /** A sleep "for ever" must not overflow: anything longer than a century is a century. */
    private static long saturatedNs(Duration duration) {
        return duration.compareTo(Duration.ofDays(36_500)) > 0 ? Duration.ofDays(36_500).toNanos() : duration.toNanos();
    }
}
