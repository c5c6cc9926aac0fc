// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** How channels come about, or do not. */
abstract class OpeningContract extends TransportFixture {
    @Test
    @Requirement({"R-092", "R-151"})
    void carriesBytesToThePeerAndBack() {
        b.handle(PROTOCOL, opened -> (channel, frame) -> channel.trySend(frame));
        var answers = Taker.keeping();

        try (var channel = open(answers, ORDERED)) {
            channel.send(ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(new byte[] {3}));
            soon().until(() -> answers.frames.get() == 1);
        }

        assertThat(answers.kept()).containsExactly(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }

    @Test
    void tellsTheAcceptorWhoOpened() {
        var taker = Taker.counting();
        serve(taker);

        try (var channel = open(DEAF, ORDERED)) {
            assertThat(channel.peer()).isEqualTo(b.id());
            assertThat(taker.channel.peer()).isEqualTo(a.id());
            assertThat(List.of(channel.protocol(), taker.channel.protocol())).containsOnly(PROTOCOL);
            assertThat(List.of(channel.provider(), taker.channel.provider())).containsOnly(provider());
        }
    }

    @Test
    void asksTheHandlerOncePerChannel() {
        var taker = Taker.counting();
        serve(taker);

        try (var first = open(DEAF, UNORDERED); var second = open(DEAF, UNORDERED)) {
            assertThat(first.isOpen() && second.isOpen()).isTrue();
            assertThat(taker.accepted).hasValue(2);
        }
    }

    @Test
    void letsTheAcceptorSpeakFirst() {
        b.handle(PROTOCOL, opened -> {
            opened.trySend(ByteBuffer.wrap(new byte[] {42}));
            return DEAF;
        });
        var greeted = Taker.keeping();

        try (var channel = open(greeted, ORDERED)) {
            soon().until(() -> greeted.frames.get() == 1);

            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void opensAChannelToItself() {
        var taker = Taker.counting();
        a.handle(PROTOCOL, taker);

        try (var channel = ta.open(a.id(), PROTOCOL, DEAF, UNORDERED)) {
            channel.send(bytes(10));
            soon().until(() -> taker.bytes.get() == 10);

            assertThat(taker.channel.peer()).isEqualTo(a.id());
        }
        soon().until(() -> taker.closed.get() == 1);
    }

    @Test
    @Requirement("R-318")
    void refusesAnUnknownProtocolWithItsName() {
        assertThatThrownBy(() -> open(DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            assertThat(e).hasMessageContaining(PROTOCOL);
        });
    }

    @Test
    void passesOnWhyTheHandlerRefused() {
        b.handle(PROTOCOL, opened -> {
            throw new TransportException(Kind.REJECTED, "not on Sundays");
        });

        assertThatThrownBy(() -> open(DEAF, UNORDERED)).isInstanceOfSatisfying(TransportException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            assertThat(e).hasMessageContaining("not on Sundays");
        });
        soon().until(() -> ta.channels().isEmpty() && tb.channels().isEmpty());
    }

    @Test
    void survivesAHandlerThatThrowsAtAccept() {
        b.handle(PROTOCOL, opened -> {
            throw new IllegalStateException("bug");
        });
        assertThatThrownBy(() -> open(DEAF, ORDERED)).isInstanceOf(TransportException.class);

        serve(Taker.counting());

        open(DEAF, ORDERED).close();
    }

    @Test
    @Requirement("R-318")
    void refusesAMalformedProtocolName() {
        assertThatThrownBy(() -> ta.open(b.id(), "Not a name", DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED));
    }

    @Test
    @Requirement("R-318")
    void saysThatAnUnknownPeerIsUnavailable() {
        assertThatThrownBy(() -> ta.open(NodeId.of("nobody"), PROTOCOL, DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    @Requirement("R-318")
    void saysThatAStoppedPeerIsUnavailable() {
        serve(Taker.counting());
        halt(tb);
        b.goOffline();

        assertThatThrownBy(() -> open(DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    @Requirement("R-318")
    void refusesToOpenAfterItsOwnStop() {
        serve(Taker.counting());
        halt(ta);

        assertThatThrownBy(() -> open(DEAF, ORDERED)).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void holdsManyChannelsAtOnce() {
        int count = 200;
        b.handle(PROTOCOL, opened -> (channel, frame) -> channel.trySend(frame));
        var answers = Taker.counting();
        var channels = new ArrayList<Channel>();

        for (int index = 0; index < count; index++) {
            channels.add(open(answers, ORDERED));
        }
        channels.forEach(channel -> channel.send(bytes(100)));

        soon().until(() -> answers.frames.get() == count);
        assertThat(ta.channels()).hasSize(count);
        channels.forEach(Channel::close);
        soon().until(() -> ta.channels().isEmpty() && tb.channels().isEmpty());
    }
}
