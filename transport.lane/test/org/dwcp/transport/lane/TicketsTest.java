// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

class TicketsTest {
    private static final NodeId PEER = NodeId.of("peer");
    private static final long LIFE_NS = Duration.ofSeconds(5).toNanos();
    private final SimulatedClock clock = new SimulatedClock();
    private final Tickets tickets = new Tickets(clock);

    @Test
    void isGoodForAsManyConnectionsAsAskedForAndNoMore() {
        var ticket = tickets.issue(PEER, "rdma", 2, LIFE_NS);

        assertThat(tickets.use(ticket.id(), "rdma")).contains(ticket);
        assertThat(tickets.use(ticket.id().duplicate(), "rdma")).contains(ticket);
        assertThat(tickets.use(ticket.id(), "rdma")).isEmpty();
    }

    @Test
    void isGoodForItsFabricOnly() {
        var ticket = tickets.issue(PEER, "rdma", 1, LIFE_NS);

        assertThat(tickets.use(ticket.id(), "plain")).isEmpty();
        assertThat(tickets.use(ByteBuffer.allocate(Ticket.ID_BYTES), "rdma")).isEmpty();
    }

    @Test
    void isNoGoodAfterItsTime() {
        var ticket = tickets.issue(PEER, "rdma", 1, LIFE_NS);
        clock.advance(Duration.ofNanos(LIFE_NS));

        assertThat(tickets.use(ticket.id(), "rdma")).isEmpty();
    }

    @Test
    void refusesOneTooManyUntilOldOnesEnd() {
        for (int count = 0; count < Tickets.MAX; count++) {
            tickets.issue(PEER, "rdma", 1, LIFE_NS);
        }

        assertThatThrownBy(() -> tickets.issue(PEER, "rdma", 1, LIFE_NS)).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.RETRY));
        clock.advance(Duration.ofNanos(LIFE_NS));
        assertThat(tickets.issue(PEER, "rdma", 1, LIFE_NS)).isNotNull();
    }

    @Test
    void aProofIsGoodForItsEndItsNoncesAndItsKeyOnly() {
        var ticket = tickets.issue(PEER, "rdma", 1, LIFE_NS);
        var other = tickets.issue(PEER, "rdma", 1, LIFE_NS);
        var one = tickets.random(Ticket.NONCE_BYTES);
        var two = tickets.random(Ticket.NONCE_BYTES);
        var proof = ticket.proof(Ticket.End.OPENER, one, two);

        assertThat(proof).hasSize(Ticket.PROOF_BYTES);
        assertThat(ticket.isProof(proof, Ticket.End.OPENER, one, two)).isTrue();
        assertThat(ticket.isProof(proof, Ticket.End.ACCEPTOR, one, two)).isFalse();
        assertThat(ticket.isProof(proof, Ticket.End.OPENER, two, one)).isFalse();
        assertThat(new Ticket(ticket.id(), other.key(), PEER).isProof(proof, Ticket.End.OPENER, one, two)).isFalse();
        assertThat(ticket.toString()).doesNotContain(java.util.Arrays.toString(ticket.key()));
    }
}
