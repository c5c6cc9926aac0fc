// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.List;

import org.dwcp.api.hybrid.HealthStatus;
import org.dwcp.api.hybrid.HybridMetrics;

/** What the routing counts, for the manager's figures and the console. Exact, read without stopping anybody. Thread-safe. */
public interface RoutingFigures {
    /** Returns the swaps that were asked for, one a slot that was to change. */
    long switchAttempts();

    /** Returns the swaps that were committed. */
    long switchSuccesses();

    /** Returns the swaps that were undone. */
    long switchFailures();

    /** Returns the callbacks that threw. */
    long callbackFailures();

    /** Returns the calls and leases open now, all slots. */
    long inFlight();

    /** Returns the health of every provider, and of every slot that uses v0 beside others; in order of slot and name. */
    List<HealthStatus> health();

    /** Returns the calls by kind of provider, one entry a slot in order of name. */
    List<HybridMetrics> metrics();
}
