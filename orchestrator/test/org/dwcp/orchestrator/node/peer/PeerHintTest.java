// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.orchestrator.node.SystemClock;
import org.junit.jupiter.api.Test;

/** Addresses that nodes say of themselves: tried, never believed over what an operator or a connection says. */
class PeerHintTest {
    private static final NodeId A = NodeId.of("a");
    private static final NodeId B = NodeId.of("b");
    private static final NodeId C = NodeId.of("c");
    private static final PeerBook.Address FIRST = new PeerBook.Address("192.0.2.1", 1);
    private static final PeerBook.Address SECOND = new PeerBook.Address("192.0.2.2", 2);

    private final List<NodeId> dialled = new ArrayList<>();
    private final PeerBook book = new PeerBook(new SystemClock(), new ChangeFeed(), peer -> {
        dialled.add(peer);
        return new Asleep();
    }, 4);

    private static ControlLink link(NodeId peer, String host) {
        return new ControlLink(new Socket(), new DataInputStream(InputStream.nullInputStream()), new DataOutputStream(OutputStream.nullOutputStream()),
                new ControlMessage.Hello(peer, "c", "1", 7, List.of()), A, host, List.of(), new SystemClock());
    }

    @Test
    void anUnknownPeerIsDialledAtItsAddressesInTurnAndForgottenWhenItIsAtNone() {
        assertThat(book.hint(B, List.of(FIRST, SECOND), 2)).isTrue();
        assertThat(dialled).containsExactly(B);
        for (int i = 0; i < 5; i++) {
            assertThat(book.toDial(B)).contains(i % 2 == 0 ? FIRST : SECOND);
            book.failed(B, "refused");
        }
        assertThat(book.find(B)).isPresent();

        book.failed(B, "refused");

        assertThat(book.find(B)).isEmpty();
        assertThat(book.hint(B, List.of(FIRST), 2)).as("what it says next is tried again").isTrue();
    }

    @Test
    void aConfiguredAddressIsNeverReplaced() {
        book.configure(B, FIRST);

        assertThat(book.hint(B, List.of(SECOND), 2)).isFalse();
        assertThat(book.toDial(B)).contains(FIRST);
    }

    @Test
    void oneThatIsThereIsLeftAloneAndOneThatIsGoneIsLookedForWhereItSays() throws Refusal {
        var there = link(B, "192.0.2.9");
        book.arrived(there);
        assertThat(book.hint(B, List.of(SECOND), 2)).isFalse();

        book.gone(there, "broken");

        assertThat(book.toDial(B)).contains(new PeerBook.Address("192.0.2.9", 7));
        assertThat(book.hint(B, List.of(SECOND), 2)).isTrue();
        assertThat(book.toDial(B)).contains(SECOND);
        for (int i = 0; i < 10; i++) {
            book.failed(B, "refused");
        }
        assertThat(book.find(B)).as("it was there once, with its certificate").isPresent();
    }

    @Test
    void oneThatHasShownItsCertificateCountsAsLearned() throws Refusal {
        book.hint(B, List.of(FIRST), 1);
        assertThat(book.hint(C, List.of(FIRST), 1)).as("one more than hints.max").isFalse();

        var there = link(B, FIRST.host());
        book.arrived(there);
        assertThat(book.hint(C, List.of(FIRST), 1)).isTrue();
        book.gone(there, "");
        book.failed(B, "refused");
        book.failed(B, "refused");
        book.failed(B, "refused");
        assertThat(book.find(B)).isPresent();
    }

    @Test
    void whatAnOperatorRemovedStaysRemovedUntilAnOperatorAddsIt() {
        book.configure(B, FIRST);
        book.forget(B);
        assertThat(book.hint(B, List.of(SECOND), 2)).isFalse();

        book.configure(B, FIRST);
        assertThat(book.toDial(B)).contains(FIRST);
    }

    @Test
    void hintsNeverTakeTheLastPlaces() {
        book.configure(A, FIRST);
        book.configure(B, FIRST);
        book.configure(C, FIRST);
        assertThat(book.hint(NodeId.of("d"), List.of(FIRST), 100)).isTrue();
        assertThat(book.hint(NodeId.of("e"), List.of(FIRST), 100)).isFalse();

        book.configure(NodeId.of("e"), FIRST);
        assertThat(book.find(NodeId.of("d"))).as("a configured peer takes the place of a hint").isEmpty();
    }

    private static final class Asleep implements PeerBook.Dialer {
        @Override
        public void wake() {
            // Does not dial.
        }

        @Override
        public void stop() {
            // Does not dial.
        }
    }
}
