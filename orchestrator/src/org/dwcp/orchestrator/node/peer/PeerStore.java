// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import org.dwcp.api.NodeId;

/** Keeps the addresses that operators give, over restarts. */
public interface PeerStore {
    /** Forgets everything at the next start. */
    PeerStore NONE = new PeerStore() {
        @Override
        public void save(NodeId peer, String host, int port) {
            // By its name.
        }

        @Override
        public void delete(NodeId peer) {
            // By its name.
        }
    };

    void save(NodeId peer, String host, int port);

    void delete(NodeId peer);
}
