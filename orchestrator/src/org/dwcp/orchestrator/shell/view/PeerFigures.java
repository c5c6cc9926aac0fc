// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import org.dwcp.api.NodeId;

/**
 * What one transport does with one peer now.
 *
 * @param peer          the peer
 * @param transport     the transport
 * @param channels      open channels, both ways
 * @param lanes         their lanes
 * @param bytesSent     bytes of frames sent on them
 * @param bytesReceived bytes of frames received on them
 * @param goodputBps    bits of frames a second, both ways, over the last half second
 * @param rttMinNs      smallest round-trip time, 0 when unknown
 * @param rttNs         smoothed round-trip time, 0 when unknown
 * @param loss          share of repeated segments, 0 to 1
 * @param deliveryBps   highest recent delivery rate, bits a second, 0 when unknown
 */
public record PeerFigures(NodeId peer, String transport, int channels, int lanes, long bytesSent, long bytesReceived, long goodputBps, long rttMinNs,
        long rttNs, double loss, long deliveryBps) {
}
