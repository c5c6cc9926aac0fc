// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.time.Duration;
import java.util.OptionalLong;

import org.dwcp.api.node.NodeClock;

/** Lets one log line through per interval and counts the rest, for lines that a stranger can trigger. Thread-safe. */
final class LogGate {
    private final NodeClock clock;
    private final long intervalNs;
    private long openAtNs;
    private long held;

    LogGate(NodeClock clock, Duration interval) {
        this.clock = clock;
        this.intervalNs = interval.toNanos();
        this.openAtNs = clock.nanoTime();
    }

    /** Gives the number of lines held back since the last one, or empty when this one is to be held back too. */
    synchronized OptionalLong pass() {
        var nowNs = clock.nanoTime();
        if (nowNs - openAtNs < 0) {
            held++;
            return OptionalLong.empty();
        }
        openAtNs = nowNs + intervalNs;
        var count = held;
        held = 0;
        return OptionalLong.of(count);
    }
}
