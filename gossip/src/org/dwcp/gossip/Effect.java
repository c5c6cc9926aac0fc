// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import org.dwcp.api.NodeId;

/** What a {@link GossipCore} wants done. */
sealed interface Effect {
    /** Send this; if it cannot be sent, tell by {@link Event.PeerDown}. */
    record Send(NodeId to, Message message) implements Effect {
    }

    /** Tell the listeners of a value. */
    record Changed(SignedValue value, int hops) implements Effect {
    }

    /** Tell the listeners that a value is gone. */
    record Gone(NodeId owner, String name) implements Effect {
    }
}
