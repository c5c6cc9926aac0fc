// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowKind;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowProgress;
import org.dwcp.migration.flow.FlowReceiver;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.Message;

/** Guests as flows of kind {@code vm}, for moves that were prepared. A flow's id is the move's. */
public final class GuestFlows implements FlowKind {
    static final String KIND = "vm";

    private final FlowNode node;
    private final Guests guests;

    public GuestFlows(FlowNode node, Guests guests) {
        this.node = node;
        this.guests = guests;
    }

    @Override
    public String name() {
        return KIND;
    }

    @Override
    public FlowReceiver accept(NodeId peer, Message.Offer offer) {
        IncomingGuest guest = guests.arriving(peer, offer.id()).orElseThrow(() -> new TransferException(Kind.REJECTED, "no guest arrives at " + node.peers().self()
                + " by the move " + offer.id().hex() + "; it was given up, or the node was started again"));
        FlowReceiver receiver = new FlowReceiver(node, peer, offer.label(), -1, guest.begin(), new FlowProgress());
        guest.flow(receiver);
        return receiver.start();
    }

    @Override
    public FlowSender serve(NodeId peer, Message.Want want) {
        throw new TransferException(Kind.REJECTED, "guests are sent by the node that has them");
    }
}
