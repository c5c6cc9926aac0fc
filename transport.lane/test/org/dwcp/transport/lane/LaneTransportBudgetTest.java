// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What peers that do not read may hold of a node's memory. */
@Timeout(120)
class LaneTransportBudgetTest {
    private static final long PEER_BYTES_MAX = 1_200_000;
    private static final int FRAME_BYTES = 100_000;

    private static LaneTransport start(TestNode node) {
        var settings = new LaneSettings("transport.lane", new Listen("127.0.0.1", 0),
                new Limits(2, 100, 100, 2 << 20, 4 << 20, PEER_BYTES_MAX, Duration.ofSeconds(5)),
                new Tcp(Natives.AUTO, "", 0, 0, Pacing.NONE, Duration.ofSeconds(60)), LanePolicy.fixed(4), Set.of(), Map.of());
        var transport = new LaneTransport(settings, node.identity(), node.peers(), node.clock(), node::handler);
        node.advertise("transport", "transport.lane", transport.port());
        return transport;
    }

    @Test
    @Requirement("R-041")
    @SuppressWarnings("try") // the other ends only have to be there
    void aPeerThatDoesNotReadHoldsItsShareAndHindersNobody() throws Exception {
        var cluster = new TestCluster();
        var a = cluster.node("a");
        var stalled = cluster.node("stalled");
        var healthy = cluster.node("healthy");
        var atStalled = new AtomicLong();
        var atHealthy = new AtomicLong();
        var far = new AtomicReference<Channel>();
        stalled.handle("sink", opened -> {
            far.set(opened);
            return (channel, frame) -> atStalled.addAndGet(frame.remaining());
        });
        healthy.handle("sink", opened -> (channel, frame) -> atHealthy.addAndGet(frame.remaining()));
        var unordered = new OpenOptions(OpenOptions.Order.UNORDERED, Duration.ofSeconds(20));
        try (var ta = start(a); var ts = start(stalled); var th = start(healthy); var threads = Executors.newVirtualThreadPerTaskExecutor();
                var full = ta.open(stalled.id(), "sink", (channel, frame) -> { }, unordered);
                var free = ta.open(healthy.id(), "sink", (channel, frame) -> { }, unordered)) {
            far.get().pauseReading();
            var accepted = new AtomicLong();
            await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(200)).until(() -> {
                long before = accepted.get();
                while (full.trySend(ByteBuffer.allocate(FRAME_BYTES))) {
                    accepted.addAndGet(FRAME_BYTES);
                }
                return accepted.get() == before;
            });
            assertThat(ta.budget().join(stalled.id()).heldBytes()).as("four stalled lanes could hold %d bytes", 4 * LaneGauge.ROOM_BYTES_MIN)
                    .isBetween(PEER_BYTES_MAX - FRAME_BYTES - Wire.HEADER_BYTES, PEER_BYTES_MAX);
            var sender = threads.submit(() -> full.send(ByteBuffer.allocate(FRAME_BYTES)));

            for (int number = 0; number < 200; number++) {
                free.send(ByteBuffer.allocate(FRAME_BYTES));
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> atHealthy.get() == 200L * FRAME_BYTES);
            assertThat(sender.isDone()).as("held back, as its peer does not read").isFalse();

            far.get().resumeReading();
            sender.get(60, TimeUnit.SECONDS);
            await().atMost(Duration.ofSeconds(60)).until(() -> atStalled.get() == accepted.get() + FRAME_BYTES);
            await().atMost(Duration.ofSeconds(60)).until(() -> ta.budget().heldBytes() == 0);
        }
    }
}
