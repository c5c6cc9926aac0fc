// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import org.dwcp.api.NodeId;

/** What happens to a {@link GossipCore}. */
sealed interface Event {
    /** One round is over. */
    record Tick() implements Event {
    }

    /** A peer has said something; its name is authenticated. */
    record Received(NodeId from, Message message) implements Event {
    }

    /** A peer has sent what is no message. */
    record Malformed(NodeId from) implements Event {
    }

    /** A peer can be reached now. */
    record PeerUp(NodeId peer) implements Event {
    }

    /** A peer cannot be reached, or a message to it was lost for good. */
    record PeerDown(NodeId peer) implements Event {
    }

    /** This node has a value to tell. */
    record Put(String name, byte[] bytes, long lifeMs) implements Event {
    }

    /** This node takes a value back. */
    record Remove(String name) implements Event {
    }
}
