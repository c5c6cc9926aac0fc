// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import org.dwcp.api.NodeId;

/**
 * Figures of one channel. Immutable snapshot.
 * {@snippet :
 * static long bytes(ChannelStats stats) {
 *     return stats.bytesSent() + stats.bytesReceived();
 * }
 * }
 *
 * @param peer           the peer
 * @param protocol       what it was opened for
 * @param provider       who carries it
 * @param lanes          open lanes
 * @param framesSent     frames handed to the lanes
 * @param bytesSent      bytes of those frames
 * @param framesReceived frames handed up
 * @param bytesReceived  bytes of those frames
 */
public record ChannelStats(NodeId peer, String protocol, String provider, int lanes, long framesSent, long bytesSent, long framesReceived,
        long bytesReceived) {
}
