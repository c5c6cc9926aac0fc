// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;

import org.dwcp.api.NodeId;

/** What is done with flows of one kind that peers begin. Called on threads that may block; a {@link org.dwcp.api.DwcpException} refuses. */
public interface FlowKind {
    /** Name of the kind on the wire, for example {@code files}. */
    String name();

    /**
     * A peer offers a flow.
     *
     * @return a started receiver for it
     */
    FlowReceiver accept(NodeId peer, Message.Offer offer) throws IOException;

    /**
     * A peer wants a flow.
     *
     * @return a started sender for it
     */
    FlowSender serve(NodeId peer, Message.Want want) throws IOException;
}
