// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

/**
 * What was counted of a provider's work.
 *
 * @param requests calls and leases begun
 * @param errors   counted failures
 * @param timeNs   time of the timed calls, each weighted by the calls it stands for
 * @param timed    calls that the time stands for
 */
public record Totals(long requests, long errors, long timeNs, long timed) {
    /** Nothing yet. */
    public static final Totals NONE = new Totals(0, 0, 0, 0);

    /** Adds. */
    public Totals plus(Totals other) {
        return new Totals(requests + other.requests, errors + other.errors, timeNs + other.timeNs, timed + other.timed);
    }

    /** Returns the mean time of a call in milliseconds, 0 when none was timed. */
    public double meanMs() {
        return timed == 0 ? 0 : timeNs / 1e6 / timed;
    }

    /** Returns failures by requests, 0 to 1. */
    public double errorRate() {
        return requests == 0 ? 0 : Math.min(1, (double) errors / requests);
    }
}
