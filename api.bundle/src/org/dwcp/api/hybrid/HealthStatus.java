// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Instant;

/**
 * Health of one provider. Immutable snapshot.
 * {@snippet :
 * static boolean alarm(HealthStatus health) {
 *     return health.status() == HealthStatus.Status.FAILED;
 * }
 * }
 *
 * @param component  name of the slot
 * @param provider   name of the provider
 * @param backend    what kind of provider it is
 * @param status     how it is
 * @param lastCheck  when it was probed or called last
 * @param errorCount counted failures since it was installed
 * @param latencyMs  mean latency of its calls, in milliseconds
 */
public record HealthStatus(String component, String provider, Backend backend, Status status, Instant lastCheck, long errorCount,
        double latencyMs) {
    /** Kind of provider. */
    public enum Backend {
        /** The in-memory provider v0. */
        MOCK,
        /** A provider with real input and output: v1, v3 or a third party's. */
        REAL,
        /** The slot as a whole, while it uses both. */
        HYBRID
    }

    /** How a provider is. */
    public enum Status {
        /** No recent failure. */
        HEALTHY,
        /** Failures, fewer than open the breaker; or on trial after a failure. */
        DEGRADED,
        /** The breaker is open: no work goes there. */
        FAILED
    }
}
