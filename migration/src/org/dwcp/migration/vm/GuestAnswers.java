// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.nio.ByteBuffer;

import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.CallHandler;

/** Answers what peers say about guests that are to come here. Thread-safe. */
public final class GuestAnswers implements CallHandler {
    /** Name of the method. */
    public static final String METHOD = GuestWire.METHOD;

    private final Guests guests;

    public GuestAnswers(Guests guests) {
        this.guests = guests;
    }

    @Override
    public byte[] handle(NodeId peer, byte[] body) {
        GuestWire order = GuestWire.read(body);
        return order.operation() == GuestWire.PREPARE ? ByteBuffer.allocate(4).putInt(guests.prepare(peer, order)).array()
                : new byte[] {guests.settle(peer, order)};
    }
}
