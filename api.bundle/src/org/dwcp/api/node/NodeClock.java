// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.time.Duration;
import java.time.Instant;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The only source of time. A node has one; a simulation has its own. Thread-safe.
 * {@snippet :
 * static long elapsedNs(NodeClock clock, long sinceNs) {
 *     return clock.nanoTime() - sinceNs;
 * }
 * }
 */
@ConsumerType
public interface NodeClock {
    /**
     * Gives monotonic time, for durations.
     *
     * @return nanoseconds since a moment that never changes while the node runs; may be negative, compare by difference
     */
    long nanoTime();

    /**
     * Gives wall time, for people.
     *
     * @return the time now, UTC
     */
    Instant now();

    /**
     * Waits.
     *
     * @param duration how long; zero or less returns at once
     * @throws InterruptedException when the thread is interrupted
     */
    void sleep(Duration duration) throws InterruptedException;
}
