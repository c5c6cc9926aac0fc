// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

/**
 * Calls of one slot by kind of provider: mock is {@code v0}, real is every other. Immutable snapshot.
 * {@snippet :
 * static long total(HybridMetrics metrics) {
 *     return metrics.mockRequests() + metrics.realRequests();
 * }
 * }
 *
 * @param slot            name of the slot
 * @param mockRequests    calls served by v0
 * @param realRequests    calls served by the others
 * @param fallbackEvents  breakers opened
 * @param recoveryEvents  breakers closed again
 * @param avgLatencyMockMs mean latency of v0's calls, in milliseconds
 * @param avgLatencyRealMs mean latency of the others' calls, in milliseconds
 * @param errorRateMock   failed calls of v0 by its calls, 0 to 1
 * @param errorRateReal   failed calls of the others by their calls, 0 to 1
 */
public record HybridMetrics(String slot, long mockRequests, long realRequests, long fallbackEvents, long recoveryEvents, double avgLatencyMockMs,
        double avgLatencyRealMs, double errorRateMock, double errorRateReal) {
}
