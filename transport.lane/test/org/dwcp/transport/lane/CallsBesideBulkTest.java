// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.LinkShaper;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Small messages and bulk between the same two nodes: a message never waits for what bulk was given before it. Facts of order, not of time. */
@Timeout(120)
class CallsBesideBulkTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final long PEER_BYTES_MAX = 4 << 20;
    private static final int FRAME_BYTES = 256 << 10;

    private final TestCluster cluster = new TestCluster();
    private final TestNode a = cluster.node("a");
    private final TestNode b = cluster.node("b");
    private final AtomicLong arrived = new AtomicLong();
    private final AtomicReference<Channel> bulkAtPeer = new AtomicReference<>();
    private LaneTransport ta;
    private LaneTransport tb;

    private static LaneTransport start(TestNode node) {
        var settings = new LaneSettings("transport.lane", new Listen("127.0.0.1", 0),
                new Limits(2, 100, 100, 4 << 20, 64 << 20, PEER_BYTES_MAX, Duration.ofSeconds(6)),
                new Tcp(Natives.AUTO, "", 0, 0, Pacing.NONE, Duration.ofSeconds(60)), LanePolicy.fixed(8), Set.of(), Map.of());
        var transport = new LaneTransport(settings, node.identity(), node.peers(), node.clock(), node::handler);
        node.advertise("transport", "transport.lane", transport.port());
        return transport;
    }

    @BeforeEach
    void start() {
        tb = start(b);
        ta = start(a);
        b.handle("bulk", opened -> {
            bulkAtPeer.set(opened);
            return (channel, frame) -> arrived.addAndGet(frame.remaining());
        });
        b.handle("echo", opened -> (channel, frame) -> channel.trySend(frame));
    }

    @AfterEach
    void stop() {
        ta.close();
        tb.close();
        assertThat(ta.memoryHeldBytes() + tb.memoryHeldBytes()).isZero();
    }

    private Channel bulk() {
        return ta.open(b.id(), "bulk", (channel, frame) -> { }, new OpenOptions(OpenOptions.Order.UNORDERED, LONG));
    }

    /** Sends a message of a channel of its own and waits for the answer; gives how much bulk had arrived by then. */
    private long arrivedWhenAnswered(Channel channel, AtomicReference<CompletableFuture<Long>> answer) throws Exception {
        var answered = new CompletableFuture<Long>();
        answer.set(answered);
        var sender = Thread.ofVirtual().start(() -> channel.send(ByteBuffer.allocate(200)));
        assertThat(sender.join(LONG)).as("the message was taken").isTrue();
        return answered.get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    private Channel echo(AtomicReference<CompletableFuture<Long>> answer) {
        return ta.open(b.id(), "echo", (channel, frame) -> answer.get().complete(arrived.get()), new OpenOptions(OpenOptions.Order.ORDERED, LONG));
    }

    @Test
    void isAnsweredThoughBulkToItsPeerHasUsedUpWhatOnePeerMayHold() throws Exception {
        var answer = new AtomicReference<CompletableFuture<Long>>();
        try (var bulk = bulk(); var echo = echo(answer)) {
            await().atMost(LONG).until(() -> bulkAtPeer.get() != null);
            bulkAtPeer.get().pauseReading();
            var given = new AtomicLong();
            await().atMost(LONG).pollInterval(Duration.ofMillis(200)).until(() -> {
                long before = given.get();
                while (bulk.trySend(ByteBuffer.allocate(FRAME_BYTES))) {
                    given.addAndGet(FRAME_BYTES);
                }
                return given.get() == before;
            });
            assertThat(ta.budget().join(b.id()).heldBytes()).isGreaterThan(PEER_BYTES_MAX - FRAME_BYTES - Wire.HEADER_BYTES);
            // The last bytes are used up as well, so that nothing is left but what bulk cannot have.
            var share = ta.budget().join(b.id());
            int left = (int) (PEER_BYTES_MAX - share.heldBytes());
            assertThat(share.take(Math.max(left, 1))).isTrue();

            for (int call = 0; call < 20; call++) {
                assertThat(arrivedWhenAnswered(echo, answer)).isLessThan(given.get());
            }

            share.give(Math.max(left, 1));
            bulkAtPeer.get().resumeReading();
            await().atMost(LONG).until(() -> arrived.get() == given.get());
        }
    }

    @Test
    void overtakesBulkThatWaitsForASlowLink() throws Exception {
        var answer = new AtomicReference<CompletableFuture<Long>>();
        try (var link = new LinkShaper(a.clock(), tb.port())) {
            a.detour(b.id(), "transport.lane", link.port());
            try (var bulk = bulk(); var echo = echo(answer)) {
                link.rate(40_000_000);
                var given = new AtomicLong();
                var sender = Thread.ofVirtual().start(() -> {
                    try {
                        while (true) {
                            bulk.send(ByteBuffer.allocate(FRAME_BYTES));
                            given.addAndGet(FRAME_BYTES);
                        }
                    } catch (TransportException e) {
                        return; // the channel is closed: the test is over
                    }
                });
                await().atMost(LONG).until(() -> given.get() > 4 * PEER_BYTES_MAX);

                for (int call = 0; call < 10; call++) {
                    long givenBefore = given.get();
                    assertThat(arrivedWhenAnswered(echo, answer)).as("bulk that had arrived, of %d that was given before the message", givenBefore)
                            .isLessThan(givenBefore);
                }

                ((LaneChannel) bulk).abandon(); // what waits would take a second
                assertThat(sender.join(LONG)).isTrue();
            }
        }
    }
}
