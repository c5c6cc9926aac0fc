// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.Swappable;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/**
 * What every transport provider must do. A provider's test extends this class and says how to start and stop it; two nodes {@code a} and
 * {@code b} of one cluster, in this JVM, then talk to each other. How channels open and what becomes of frames stands in the classes above;
 * here is how they end and what is told of them.
 */
public abstract class TransportContract extends FrameContract {
    /** For subclasses. */
    protected TransportContract() {
    }

    @Test
    void deliversWhatWasSentBeforeClose() {
        var taker = Taker.counting();
        serve(taker);

        var channel = open(DEAF, UNORDERED);
        for (int number = 0; number < 200; number++) {
            channel.send(bytes(10_000));
        }
        channel.close();

        soon().until(() -> taker.closed.get() == 1);
        assertThat(taker.frames).hasValue(200);
        assertThat(taker.cause).isEmpty();
    }

    @Test
    void tellsBothEndsOnceThatItIsClosed() {
        for (var options : List.of(ORDERED, UNORDERED)) {
            var taker = Taker.counting();
            serve(taker);
            var opener = Taker.counting();

            var channel = open(opener, options);
            channel.close();
            channel.close();

            soon().until(() -> taker.closed.get() == 1 && opener.closed.get() == 1);
            taker.channel.close();
            assertThat(List.of(taker.cause, opener.cause)).containsOnly(Optional.empty());
            assertThat(channel.isOpen() || taker.channel.isOpen()).isFalse();
            assertThat(List.of(taker.closed.get(), opener.closed.get())).containsOnly(1);
        }
    }

    @Test
    void letsTheAcceptorCloseToo() {
        var taker = Taker.counting();
        serve(taker);
        var opener = Taker.counting();

        var channel = open(opener, UNORDERED);
        taker.channel.send(bytes(5));
        taker.channel.close();

        soon().until(() -> opener.closed.get() == 1 && taker.closed.get() == 1);
        assertThat(opener.frames).hasValue(1);
        assertThat(opener.cause).isEmpty();
        assertThatThrownBy(() -> channel.send(bytes(1))).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void closesFromInsideACallback() {
        var taker = Taker.counting();
        b.handle(PROTOCOL, opened -> new ChannelHandler() {
            @Override
            public void onFrame(Channel channel, ByteBuffer frame) {
                channel.close();
            }

            @Override
            public void onClosed(Channel channel, Optional<TransportException> cause) {
                taker.onClosed(channel, cause);
            }
        });
        var opener = Taker.counting();

        open(opener, ORDERED).send(bytes(1));

        soon().until(() -> taker.closed.get() == 1 && opener.closed.get() == 1);
    }

    @Test
    void closesTheChannelOfAHandlerThatThrows() {
        var closed = Taker.counting();
        b.handle(PROTOCOL, opened -> new ChannelHandler() {
            @Override
            public void onFrame(Channel channel, ByteBuffer frame) {
                throw new IllegalStateException("bug");
            }

            @Override
            public void onClosed(Channel channel, Optional<TransportException> cause) {
                closed.onClosed(channel, cause);
            }
        });
        var opener = Taker.counting();

        open(opener, ORDERED).send(bytes(1));

        soon().until(() -> closed.closed.get() == 1 && opener.closed.get() == 1);
        assertThat(closed.cause).isPresent();
        assertThat(opener.cause).isPresent();
    }

    @Test
    void givesACauseToBothEndsWhenAProviderStops() {
        var taker = Taker.counting();
        serve(taker);
        var opener = Taker.counting();
        open(opener, UNORDERED);

        halt(tb);

        soon().until(() -> taker.closed.get() == 1 && opener.closed.get() == 1);
        assertThat(opener.cause).isPresent();
        assertThat(taker.cause).isPresent();
    }

    @Test
    void neverHandsUpAFrameAfterTheEnd() {
        var taker = Taker.counting();
        serve(taker);
        var opener = Taker.counting();

        for (int round = 0; round < 20; round++) {
            var channel = open(opener, UNORDERED);
            for (int number = 0; number < 20; number++) {
                channel.send(bytes(1_000));
            }
            int before = taker.closed.get();
            channel.close();
            soon().until(() -> taker.closed.get() == before + 1);
            assertThat(taker.frames.get()).isEqualTo((round + 1) * 20L);
        }
    }

    @Test
    void servesAPeerThatWasRestarted() {
        var taker = Taker.counting();
        serve(taker);
        open(DEAF, ORDERED).close();

        halt(tb);
        tb = launch(b);

        try (var channel = open(DEAF, ORDERED)) {
            channel.send(bytes(3));
            soon().until(() -> taker.bytes.get() == 3);
        }
    }

    @Test
    void stopsInTheMiddleOfTraffic() {
        serve(Taker.counting());
        var freed = new AtomicInteger();
        int channels = 4;

        for (int index = 0; index < channels; index++) {
            var channel = open(DEAF, UNORDERED);
            Thread.ofVirtual().start(() -> {
                try {
                    sendMany(channel, Integer.MAX_VALUE);
                } catch (TransportException e) {
                    freed.incrementAndGet();
                }
            });
        }
        halt(ta);

        soon().until(() -> freed.get() == channels);
    }

    @Test
    void stopsTwice() {
        halt(ta);

        stop(ta);
    }

    // ---- figures

    @Test
    @Requirement("R-147")
    void countsWhatItCarries() {
        var taker = Taker.counting();
        serve(taker);

        try (var channel = open(DEAF, UNORDERED)) {
            for (int number = 0; number < 10; number++) {
                channel.send(bytes(1_000));
            }
            soon().until(() -> taker.frames.get() == 10);

            assertThat(channel.stats().bytesSent()).isEqualTo(10_000);
            assertThat(channel.stats().framesSent()).isEqualTo(10);
            assertThat(taker.channel.stats().bytesReceived()).isEqualTo(10_000);
            assertThat(channel.stats().lanes()).isPositive();
            assertThat(ta.channels()).singleElement().satisfies(stats -> assertThat(stats.peer()).isEqualTo(b.id()));
            assertThat(tb.channels()).singleElement().satisfies(stats -> assertThat(stats.peer()).isEqualTo(a.id()));
        }
        soon().until(() -> ta.channels().isEmpty());
    }

    @Test
    void measuresNothingOnALinkThatItDoesNotUse() {
        assertThat(ta.link(b.id())).isEmpty();
        assertThat(ta.link(NodeId.of("nobody"))).isEmpty();
    }

    @Test
    void isReadyAndPassesItsOwnProbe() {
        assertThat(ta.readiness()).isEqualTo(Swappable.Readiness.READY);

        ta.probe();

        soon().until(() -> ta.channels().isEmpty());
    }
}
