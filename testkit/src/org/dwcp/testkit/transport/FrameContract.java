// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.node.TestRandom;
import org.junit.jupiter.api.Test;

/** What becomes of frames: whole, at most once, in order, within bounds, and under back-pressure. */
abstract class FrameContract extends OpeningContract {
    @Test
    void keepsTheOrderOfAnOrderedChannel() {
        var taker = Taker.keeping();
        serve(taker);

        try (var channel = open(DEAF, ORDERED)) {
            for (int number = 0; number < 2_000; number++) {
                channel.send(frame(number, 12 + number % 500));
            }
        }

        soon().until(() -> taker.closed.get() == 1);
        var numbers = taker.kept().stream().map(TransportFixture::numberOf).toList();
        assertThat(numbers).hasSize(2_000).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void bringsTenThousandFramesOfAnySizeWholeAndOnce() {
        int count = 10_000;
        var seen = new java.util.concurrent.ConcurrentHashMap<Integer, Integer>();
        var failure = new java.util.concurrent.atomic.AtomicReference<Throwable>();
        var taken = Taker.counting();
        b.handle(PROTOCOL, opened -> new ChannelHandler() {
            @Override
            public void onFrame(Channel channel, ByteBuffer frame) {
                try {
                    seen.merge(numberOf(frame), 1, Integer::sum);
                } catch (AssertionError e) {
                    failure.set(e);
                }
            }

            @Override
            public void onClosed(Channel channel, Optional<TransportException> cause) {
                taken.onClosed(channel, cause);
            }
        });
        var sizes = new TestRandom(7).stream("sizes");

        try (var channel = open(DEAF, UNORDERED)) {
            for (int number = 0; number < count; number++) {
                int bound = number % 100 == 0 ? Transport.FRAME_BYTES_MAX : 1 << sizes.nextInt(5, 14);
                channel.send(frame(number, 12 + sizes.nextInt(bound - 12)));
            }
            soon().until(() -> seen.size() == count);
        }

        soon().until(() -> taken.closed.get() == 1);
        assertThat(taken.cause).isEmpty();
        assertThat(failure.get()).isNull();
        assertThat(seen).hasSize(count);
        assertThat(seen.values()).containsOnly(1);
    }

    @Test
    void takesTheLargestFrameAndRefusesOneByteMore() {
        var taker = Taker.counting();
        serve(taker);

        try (var channel = open(DEAF, ORDERED)) {
            channel.send(bytes(Transport.FRAME_BYTES_MAX));

            assertThatThrownBy(() -> channel.send(bytes(Transport.FRAME_BYTES_MAX), bytes(1))).isInstanceOfSatisfying(TransportException.class, e -> {
                assertThat(e.kind()).isEqualTo(Kind.REJECTED);
                assertThat(e).hasMessageContaining(Integer.toString(Transport.FRAME_BYTES_MAX + 1));
            });
            soon().until(() -> taker.frames.get() == 1);
            assertThat(taker.bytes).hasValue(Transport.FRAME_BYTES_MAX);
        }
    }

    @Test
    void refusesAnEmptyFrame() {
        serve(Taker.counting());

        try (var channel = open(DEAF, ORDERED)) {
            assertThatThrownBy(() -> channel.send(bytes(0))).isInstanceOfSatisfying(TransportException.class,
                    e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED));
            assertThatThrownBy(channel::trySend).isInstanceOf(TransportException.class);
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void letsTheCallerReuseItsBufferAtOnce() {
        var taker = Taker.keeping();
        serve(taker);
        var buffer = ByteBuffer.allocate(4);

        try (var channel = open(DEAF, ORDERED)) {
            for (int number = 0; number < 100; number++) {
                channel.send(buffer.clear().putInt(number).flip());
                assertThat(buffer.hasRemaining()).isFalse();
            }
        }

        soon().until(() -> taker.closed.get() == 1);
        assertThat(taker.kept().stream().map(ByteBuffer::getInt)).containsExactlyElementsOf(java.util.stream.IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void takesFramesFromManySendersAtOnce() throws Exception {
        int senders = 8;
        int each = 500;
        var taker = Taker.keeping();
        serve(taker);

        try (var channel = open(DEAF, UNORDERED); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var sending = new ArrayList<Future<?>>();
            for (int sender = 0; sender < senders; sender++) {
                int first = sender * each;
                sending.add(threads.submit(() -> {
                    for (int number = first; number < first + each; number++) {
                        channel.send(frame(number, 1_000));
                    }
                }));
            }
            for (var future : sending) {
                future.get(30, TimeUnit.SECONDS);
            }
            soon().until(() -> taker.frames.get() == senders * each);
        }

        soon().until(() -> taker.closed.get() == 1);
        assertThat(taker.kept().stream().map(TransportFixture::numberOf)).hasSize(senders * each).doesNotHaveDuplicates();
    }

    @Test
    void carriesBothWaysAtOnce() throws Exception {
        int count = 300;
        var taker = Taker.counting();
        serve(taker);
        var back = Taker.counting();

        try (var channel = open(back, UNORDERED); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var there = threads.submit(() -> sendMany(channel, count));
            var here = threads.submit(() -> sendMany(taker.channel, count));
            there.get(30, TimeUnit.SECONDS);
            here.get(30, TimeUnit.SECONDS);
            soon().until(() -> taker.frames.get() == count && back.frames.get() == count);
        }
    }

    // ---- back-pressure

    @Test
    void holdsTheSenderWhileTheReceiverPausesAndGoesOnAfterwards() throws Exception {
        var taker = Taker.counting();
        serve(taker);

        try (var channel = open(DEAF, ORDERED); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            taker.channel.pauseReading();
            long accepted = fill(channel);
            assertThat(accepted).as("bytes taken while nobody reads").isLessThanOrEqualTo(bufferedBytesMax());
            var blocked = new CountDownLatch(1);
            var sender = threads.submit(() -> {
                blocked.countDown();
                sendMany(channel, 100);
            });
            blocked.await();
            assertThat(sender.isDone()).isFalse();

            taker.channel.resumeReading();

            sender.get(30, TimeUnit.SECONDS);
            soon().until(() -> taker.bytes.get() == accepted + 100 * 100_000L);
        }
    }

    @Test
    void freesABlockedSenderWhenTheChannelCloses() throws Exception {
        var taker = Taker.counting();
        serve(taker);

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var channel = open(DEAF, ORDERED);
            taker.channel.pauseReading();
            fill(channel);
            var sender = threads.submit(() -> sendMany(channel, 1_000));

            channel.close();

            assertThatThrownBy(() -> sender.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(TransportException.class);
        }
    }
}
