// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.TransportException;

/**
 * The tickets that this node has given out and that are still good: each for one fabric, for as many connections as were asked for, for a
 * short time. A connection uses one up before it has proved anything, so nobody can guess twice. Thread-safe.
 */
final class Tickets {
    /** Most tickets at a time. Source: chosen; each lives for seconds. */
    static final int MAX = 1_024;

    private final NodeClock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<ByteBuffer, Issued> issued = new HashMap<>();

    private static final class Issued {
        private final Ticket ticket;
        private final String fabric;
        private final long endNs;
        private int left;

        Issued(Ticket ticket, String fabric, long endNs, int left) {
            this.ticket = ticket;
            this.fabric = fabric;
            this.endNs = endNs;
            this.left = left;
        }
    }

    Tickets(NodeClock clock) {
        this.clock = clock;
    }

    byte[] random(int bytes) {
        var drawn = new byte[bytes];
        random.nextBytes(drawn);
        return drawn;
    }

    /**
     * Gives out a ticket.
     *
     * @throws TransportException of kind RETRY when {@link #MAX} are out
     */
    synchronized Ticket issue(NodeId peer, String fabric, int connections, long lifeNs) {
        long nowNs = clock.nanoTime();
        issued.values().removeIf(old -> old.endNs - nowNs <= 0);
        if (issued.size() >= MAX) {
            throw new TransportException(Kind.RETRY, MAX + " tickets are out; try again in a few seconds");
        }
        var ticket = new Ticket(ByteBuffer.wrap(random(Ticket.ID_BYTES)).asReadOnlyBuffer(), random(Ticket.KEY_BYTES), peer);
        issued.put(ticket.id(), new Issued(ticket, fabric, nowNs + lifeNs, connections));
        return ticket;
    }

    /** Uses a ticket once; empty when there is none that is good for this fabric. */
    synchronized Optional<Ticket> use(ByteBuffer id, String fabric) {
        var found = issued.get(id);
        if (found == null || !found.fabric.equals(fabric)) {
            return Optional.empty();
        }
        if (--found.left == 0 || found.endNs - clock.nanoTime() <= 0) {
            issued.remove(id);
        }
        return found.endNs - clock.nanoTime() > 0 ? Optional.of(found.ticket) : Optional.empty();
    }

    /** Takes back what a peer has not used: it is not trusted any more. */
    synchronized void revoke(NodeId peer) {
        for (Iterator<Issued> all = issued.values().iterator(); all.hasNext();) {
            if (all.next().ticket.peer().equals(peer)) {
                all.remove();
            }
        }
    }
}
