// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One of several lanes breaks: what a protocol that makes up for it sees, and one that does not. */
@Timeout(120)
class LostLaneTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final OpenOptions UNORDERED = new OpenOptions(OpenOptions.Order.UNORDERED, Duration.ofSeconds(30));

    private final TestCluster cluster = new TestCluster();
    private final TestNode a = cluster.node("a");
    private final TestNode b = cluster.node("b");
    private final LaneTransport tb = start(b, 3);
    private final LaneTransport ta = start(a, 3);

    private static LaneTransport start(TestNode node, int lanes) {
        var transport = new LaneTransport(new LaneSettings("transport.lane", new Listen("127.0.0.1", 0), new Limits(2, 10, 100, 2 << 20, Duration.ofSeconds(6)),
                new Tcp(Natives.AUTO, "", 0, 0, Pacing.NONE, Duration.ofSeconds(20)), LanePolicy.fixed(lanes), Set.of(), Map.of()),
                node.identity(), node.peers(), node.clock(), node::handler);
        node.advertise("transport", "transport.lane", transport.port());
        return transport;
    }

    @AfterEach
    void stop() {
        ta.close();
        tb.close();
        assertThat(ta.memoryHeldBytes() + tb.memoryHeldBytes()).isZero();
    }

    /** One end: what it got and what it was told. */
    private static final class End implements ChannelHandler {
        private final boolean repairs;
        private final AtomicLong bytes = new AtomicLong();
        private final List<Integer> lost = new CopyOnWriteArrayList<>();
        private final List<Optional<TransportException>> ends = new CopyOnWriteArrayList<>();

        End(boolean repairs) {
            this.repairs = repairs;
        }

        @Override
        public void onFrame(Channel channel, ByteBuffer frame) {
            bytes.addAndGet(frame.remaining());
        }

        @Override
        public boolean onLaneLost(Channel channel, int lane, TransportException cause) {
            lost.add(lane);
            return repairs;
        }

        @Override
        public void onClosed(Channel channel, Optional<TransportException> cause) {
            ends.add(cause);
        }
    }

    private LaneChannel open(End near, End far, OpenOptions options) {
        b.handle("test", opened -> far);
        return (LaneChannel) ta.open(b.id(), "test", near, options);
    }

    private static void awaitTrue(java.util.concurrent.Callable<Boolean> fact) {
        await().atMost(LONG).until(fact);
    }

    @Test
    @Requirement("R-139")
    void aLostLaneEndsNothingAndIsReplaced() {
        var near = new End(true);
        var far = new End(true);
        var channel = open(near, far, UNORDERED);
        awaitTrue(() -> tb.stats().orElseThrow().lanesOpen() == 3);
        var victim = channel.lanes()[1];

        victim.abort();

        awaitTrue(() -> near.lost.size() == 1 && far.lost.size() == 1);
        assertThat(near.lost).containsExactly(victim.number());
        awaitTrue(() -> channel.stats().lanes() == 3 && tb.stats().orElseThrow().lanesOpen() == 3);
        assertThat(channel.lanes()).extracting(Lane::number).doesNotHaveDuplicates().doesNotContain(victim.number());
        for (int number = 0; number < 30; number++) {
            assertThat(channel.sendOnLane(ByteBuffer.allocate(1_000))).isNotEqualTo(victim.number());
        }
        awaitTrue(() -> far.bytes.get() == 30_000);
        channel.close();
        awaitTrue(() -> !near.ends.isEmpty() && !far.ends.isEmpty());
        assertThat(near.ends).containsExactly(Optional.empty());
        assertThat(far.ends).containsExactly(Optional.empty());
        assertThat(ta.stats().orElseThrow().errors()).containsEntry("lane.lost", 1L).containsEntry("channel.broken", 0L);
        assertThat(tb.stats().orElseThrow().errors()).containsEntry("lane.lost", 1L).containsEntry("channel.broken", 0L);
    }

    @Test
    void aLaneThatIsLostAgainAndAgainIsReplacedEachTime() {
        var near = new End(true);
        var far = new End(true);
        var channel = open(near, far, UNORDERED);

        for (int round = 1; round <= 5; round++) {
            int lost = round;
            awaitTrue(() -> channel.stats().lanes() == 3);
            channel.lanes()[round % 3].abort();
            awaitTrue(() -> near.lost.size() == lost && far.lost.size() == lost);
        }

        awaitTrue(() -> channel.stats().lanes() == 3);
        assertThat(channel.isOpen()).isTrue();
        channel.close();
    }

    @Test
    void aProtocolThatDoesNotMakeUpForItIsToldThatTheChannelBroke() {
        var near = new End(true);
        var far = new End(false);
        var channel = open(near, far, UNORDERED);
        awaitTrue(() -> tb.stats().orElseThrow().lanesOpen() == 3);

        channel.lanes()[0].abort();

        awaitTrue(() -> !near.ends.isEmpty() && !far.ends.isEmpty());
        assertThat(far.ends.getFirst()).isPresent();
        assertThat(near.ends.getFirst()).isPresent();
        awaitTrue(() -> ta.channels().isEmpty() && tb.channels().isEmpty());
    }

    @Test
    void withItsOnlyLaneAChannelBreaks() {
        var near = new End(true);
        var far = new End(true);
        var channel = open(near, far, OpenOptions.DEFAULT);

        channel.lanes()[0].abort();

        awaitTrue(() -> !near.ends.isEmpty() && !far.ends.isEmpty());
        assertThat(near.ends.getFirst()).isPresent();
        assertThat(near.lost).isEmpty();
        assertThat(far.lost).isEmpty();
    }

    @Test
    void whoWaitsForRoomGoesOnOverTheOthers() throws Exception {
        var near = new End(true);
        var far = new End(true);
        var channel = open(near, far, UNORDERED);
        awaitTrue(() -> !tb.channels().isEmpty());
        var frame = ByteBuffer.allocate(64 << 10);
        var sender = Thread.ofVirtual().start(() -> {
            for (int number = 0; number < 2_000; number++) {
                channel.send(frame.duplicate());
            }
        });
        awaitTrue(() -> far.bytes.get() > 1 << 20);

        channel.lanes()[2].abort();

        assertThat(sender.join(LONG)).isTrue();
        awaitTrue(() -> near.lost.size() == 1);
        assertThat(channel.isOpen()).isTrue();
        channel.close();
    }
}
