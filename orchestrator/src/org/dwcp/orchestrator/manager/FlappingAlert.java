// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.dwcp.api.Registration;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.Listeners;
import org.dwcp.orchestrator.config.OrchestratorSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raises one alert when the mode changes more often in the window than is allowed, and clears it when the window is calm again. Told once each
 * way, by log and to listeners. Thread-safe.
 */
final class FlappingAlert {
    private static final int TIMES_MAX = 1_001; // one more than the upper limit of flapping.switches.max
    private static final Logger LOG = LoggerFactory.getLogger(FlappingAlert.class);

    private final Supplier<OrchestratorSettings> settings;
    private final NodeClock clock;
    private final Listeners<Boolean> listeners = new Listeners<>("flapping");
    private final Deque<Long> timesNs = new ArrayDeque<>();
    private boolean raised;

    FlappingAlert(Supplier<OrchestratorSettings> settings, NodeClock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Notes a change of the mode. */
    void changed() {
        synchronized (timesNs) {
            if (timesNs.size() == TIMES_MAX) {
                timesNs.removeFirst();
            }
            timesNs.addLast(clock.nanoTime());
        }
        isRaised();
    }

    /** Looks again, since time alone clears the alert. */
    boolean isRaised() {
        Duration window = settings.get().flappingWindow();
        int max = settings.get().flappingSwitchesMax();
        boolean now;
        synchronized (timesNs) {
            // Older than the longest window may go; what the present window leaves out stays, for the case that it is made longer.
            long count = timesNs.stream().filter(t -> clock.nanoTime() - t < window.toNanos()).count();
            now = count > max;
            if (now != raised) {
                raised = now;
                listeners.offer(now);
                if (now) {
                    LOG.warn("flapping raised switches={} windowMs={} max={} hint=\"look at the links, or raise hysteresis or cooldown.period.ms\"",
                            count, window.toMillis(), max);
                } else {
                    LOG.info("flapping cleared switches={} windowMs={} max={}", count, window.toMillis(), max);
                }
            }
        }
        listeners.deliver();
        return now;
    }

    /** Asks to be told when the alert is raised (true) and cleared (false). */
    Registration onAlert(Consumer<Boolean> listener) {
        return listeners.add(listener);
    }
}
