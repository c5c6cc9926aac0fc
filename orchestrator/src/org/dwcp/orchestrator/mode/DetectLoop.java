// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

import org.dwcp.api.node.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects again and again on a thread of its own. Cycles start at multiples of the interval, so the time of measuring does not add up; a cycle
 * that took longer than the interval is followed by the next one at once, and what was missed beyond one is not made up for.
 *
 * <p>The interval given holds until the configured one is changed; from then on the configured one does, from the cycle that is being
 * waited for. A stop interrupts waiting and measuring at once; a listener that is switching providers gets half of the time to end first.
 */
final class DetectLoop implements AutoCloseable {
    /** Longest time until a changed interval is noticed. Source: chosen; four wake-ups a second cost nothing that can be measured. */
    private static final Duration SLICE = Duration.ofMillis(250);
    private static final Duration HALF_STOP = Duration.ofMillis(900); // twice this, and a margin, is the 2 s that a stop may take
    private static final Logger LOG = LoggerFactory.getLogger(DetectLoop.class);

    private final LinkModeDetector detector;
    private final Duration asked;
    private final Supplier<Duration> configured;
    private final Duration configuredAtStart;
    private final NodeClock clock;
    private final Thread thread;
    private final Object gate = new Object(); // guards the two below
    private boolean interruptible = true;
    private boolean stopped;

    DetectLoop(LinkModeDetector detector, Duration asked, Supplier<Duration> configured, NodeClock clock, int number) {
        this.detector = detector;
        this.asked = asked;
        this.configured = configured;
        this.configuredAtStart = configured.get();
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("orchestrator.mode.detect-" + number).daemon().unstarted(this::run);
        thread.setContextClassLoader(null);
    }

    void start() {
        thread.start();
    }

    private void run() {
        long dueNs = clock.nanoTime();
        while (goOn()) {
            if (detector.isEnabled()) {
                cycle();
            }
            dueNs = await(dueNs);
        }
    }

    private void cycle() {
        Optional<Throwable> failure = Optional.empty();
        try {
            detector.detect();
            if (!mayInterrupt(false)) {
                return;
            }
            detector.tell();
        } catch (Throwable t) { // top of the thread: the loop outlives whatever measuring may meet
            failure = Optional.of(t);
        } finally {
            mayInterrupt(true);
        }
        detector.cycleEnded(failure);
    }

    /** Waits for the next cycle and returns the time at which it was due, or the present when that is long past. */
    private long await(long lastNs) {
        while (goOn()) {
            long nowNs = clock.nanoTime();
            long dueNs = lastNs + interval().toNanos(); // asked anew: the interval may change while we wait
            if (dueNs - nowNs <= 0) {
                return nowNs - dueNs > interval().toNanos() ? nowNs : dueNs;
            }
            try {
                clock.sleep(Duration.ofNanos(Math.min(dueNs - nowNs, SLICE.toNanos())));
            } catch (InterruptedException e) {
                continue; // goOn() knows whether it was meant
            }
        }
        return lastNs;
    }

    private Duration interval() {
        Duration now = configured.get();
        return now.equals(configuredAtStart) ? asked : now;
    }

    private boolean goOn() {
        synchronized (gate) {
            return !stopped;
        }
    }

    /** Opens or shuts the gate for interrupts; returns false when the loop is to end. */
    private boolean mayInterrupt(boolean now) {
        synchronized (gate) {
            interruptible = now;
            return !stopped;
        }
    }

    @Override
    public void close() {
        synchronized (gate) {
            stopped = true;
            if (interruptible) {
                thread.interrupt();
            }
        }
        if (Thread.currentThread() == thread) {
            return; // closed by its own listener: the loop ends after it
        }
        try {
            if (thread.join(HALF_STOP)) {
                return;
            }
            thread.interrupt();
            if (!thread.join(HALF_STOP)) {
                LOG.error("detection survives stop thread={} stack={}", thread.getName(), Arrays.toString(thread.getStackTrace()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
