// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.ProviderAdvert;

/** What travels on a control connection. Immutable. */
sealed interface ControlMessage {
    /** Version of this wire format. A node that speaks another is refused by name of the version. */
    int WIRE_VERSION = 1;

    /**
     * First message of each end.
     *
     * @param node      who sends it; must be the name in its certificate
     * @param cluster   fingerprint of its authority
     * @param instance  random for each start of a node: tells a restarted peer from a second connection
     * @param port      its control port
     * @param providers what it has installed
     */
    record Hello(NodeId node, String cluster, String instance, int port, List<ProviderAdvert> providers) implements ControlMessage {
        public Hello {
            providers = List.copyOf(providers);
        }
    }

    /**
     * The providers have changed.
     *
     * @param providers all that the node has now
     */
    record Advert(List<ProviderAdvert> providers) implements ControlMessage {
        public Advert {
            providers = List.copyOf(providers);
        }
    }

    /**
     * Are you there?
     *
     * @param number counts up; comes back in the answer
     */
    record Ping(long number) implements ControlMessage {
    }

    /**
     * Yes.
     *
     * @param number the ping's
     */
    record Pong(long number) implements ControlMessage {
    }

    /**
     * The last message of an end.
     *
     * @param code   for the program
     * @param reason for people, says what to do
     */
    record Goodbye(Code code, String reason) implements ControlMessage {
    }

    /** Why an end leaves. */
    enum Code {
        /** The node stops. */
        STOPPING,
        /** There is a better connection between the two. */
        DUPLICATE,
        /** An operator has removed the other end from this node's peers. */
        REMOVED,
        /** The other end does something that this one does not accept. */
        REFUSED,
        /** The other end was silent for too long; it hears so when it runs again. */
        SILENT
    }
}
