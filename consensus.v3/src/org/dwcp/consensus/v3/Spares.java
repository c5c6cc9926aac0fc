// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;

/** Channels to the members of an epoch to come, opened before it begins; each is taken once, and says then for which replica. Thread-safe. */
final class Spares implements AutoCloseable {
    private final Map<NodeId, Channel> open = new HashMap<>();
    private final PbftConsensus.Opener opener;
    private final int wanted;
    private boolean closed;

    /** @param wanted how many must be open */
    Spares(List<NodeId> peers, int wanted, PbftConsensus.Opener opener) {
        this.opener = opener;
        this.wanted = wanted;
        for (NodeId peer : peers) {
            Thread.ofVirtual().name("consensus.v3.spare-" + peer).start(() -> fill(peer));
        }
    }

    private void fill(NodeId peer) {
        Channel channel;
        try {
            channel = opener.open(peer, (from, frame) -> { });
        } catch (DwcpException e) {
            return; // it is down; the replica's line tries again
        }
        synchronized (this) {
            if (!closed) {
                open.put(peer, channel);
                return;
            }
        }
        channel.close();
    }

    synchronized String missing() {
        return open.size() >= wanted ? "" : "ways to " + open.size() + " of " + wanted + " members are open: " + open.keySet();
    }

    /** Takes the peer's channel, or opens one. */
    Channel takeOrOpen(NodeId peer) {
        Channel spare;
        synchronized (this) {
            spare = open.remove(peer);
        }
        if (spare != null && spare.isOpen()) {
            return spare;
        }
        if (spare != null) {
            spare.close();
        }
        return opener.open(peer, (from, frame) -> { });
    }

    @Override
    public void close() {
        List<Channel> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(open.values());
            open.clear();
        }
        left.forEach(Channel::close);
    }
}
