// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.time.Duration;

import org.dwcp.api.node.NodeClock;

/**
 * Limits what a stranger on this machine can make us say: over the limit a wrong token gets no answer and no log line. A right token is never held up,
 * and 256 bits cannot be guessed at any rate. Thread-safe.
 */
final class WrongTokens {
    /** Answers in one window. Source: chosen. */
    static final int ANSWERS_MAX = 10;
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final NodeClock clock;
    private long windowStartNs;
    private int count;

    WrongTokens(NodeClock clock) {
        this.clock = clock;
        windowStartNs = clock.nanoTime();
    }

    /** Counts one; true when it may be answered. */
    synchronized boolean mayAnswer() {
        var now = clock.nanoTime();
        if (now - windowStartNs >= WINDOW.toNanos()) {
            windowStartNs = now;
            count = 0;
        }
        count++;
        return count <= ANSWERS_MAX;
    }
}
