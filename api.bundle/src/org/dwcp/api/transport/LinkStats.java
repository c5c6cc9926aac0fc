// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import org.dwcp.api.NodeId;

/**
 * What a provider's traffic tells about the link to a peer. Immutable snapshot.
 * {@snippet :
 * static double mbitPerSecond(LinkStats link) {
 *     return link.deliveryBps() / 1e6;
 * }
 * }
 *
 * @param peer        the peer
 * @param rttMinNs    smallest round-trip time seen, nanoseconds; 0 when unknown
 * @param rttNs       smoothed round-trip time, nanoseconds; 0 when unknown
 * @param deliveryBps highest recent delivery rate over all lanes in bits per second; 0 when unknown
 * @param appLimited  true when the rate was limited by what was offered, so that the link can do more
 * @param loss        share of retransmitted segments, 0 to 1
 * @param lanes       lanes open to the peer
 * @param source      how it was measured: {@code tcp-info}, {@code handshake}, {@code burst}
 */
public record LinkStats(NodeId peer, long rttMinNs, long rttNs, long deliveryBps, boolean appLimited, double loss, int lanes, String source) {
}
