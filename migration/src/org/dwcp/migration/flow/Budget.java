// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.HashMap;
import java.util.Map;

import org.dwcp.api.NodeId;

/** Bytes of memory that flows hold for one purpose, of the node and of each peer, so that neither all flows nor one peer's take more than their part. Thread-safe. */
final class Budget {
    private final Map<NodeId, Long> peers = new HashMap<>();
    private long used;
    private long usedMost;

    /** Takes bytes unless that is more than the node or the peer may hold. */
    synchronized boolean tryTake(NodeId peer, long bytes, long nodeMax, long peerMax) {
        if (used + bytes > nodeMax || used(peer) + bytes > peerMax) {
            return false;
        }
        take(peer, bytes);
        return true;
    }

    /** Takes bytes in any case: for the least that a flow needs to go on at all. */
    synchronized void take(NodeId peer, long bytes) {
        used += bytes;
        usedMost = Math.max(usedMost, used);
        peers.merge(peer, bytes, Long::sum);
    }

    synchronized void give(NodeId peer, long bytes) {
        used -= bytes;
        peers.computeIfPresent(peer, (_, old) -> old == bytes ? null : old - bytes);
    }

    /** Bytes of all peers. */
    synchronized long used() {
        return used;
    }

    synchronized long used(NodeId peer) {
        return peers.getOrDefault(peer, 0L);
    }

    /** The most that was ever used at once. */
    synchronized long usedMost() {
        return usedMost;
    }
}
