// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.transport.OpenOptions;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a transport that was stopped leaves in a process that goes on. */
@Timeout(120)
class LaneTransportMemoryTest {
    private static final int FRAME_BYTES = 64 << 10;
    private static final int GENERATIONS = 24;
    /** Less than the chunks of a generation's pools times the generations, more than what one generation holds. */
    private static final long SLACK_BYTES = 40L << 20;

    private final TestCluster cluster = new TestCluster();
    private final TestNode a = cluster.node("a");
    private final TestNode b = cluster.node("b");
    private final AtomicInteger received = new AtomicInteger();

    private static LaneTransport start(TestNode node) {
        var settings = new LaneSettings("transport.lane", new Listen("127.0.0.1", 0), new Limits(1, 10, 10, 2 << 20, Duration.ofSeconds(5)),
                new Tcp(Natives.AUTO, "", 0, 0, Pacing.NONE, Duration.ofSeconds(20)), LanePolicy.fixed(1), Set.of(), Map.of());
        var transport = new LaneTransport(settings, node.identity(), node.peers(), node.clock(), node::handler);
        node.advertise("transport", "transport.lane", transport.port());
        return transport;
    }

    @SuppressWarnings("try") // the other end only has to be there
    private void generation() {
        int before = received.get();
        try (var from = start(a); var to = start(b);
                var channel = from.open(b.id(), "count", (opened, frame) -> { }, new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(20)))) {
            channel.send(ByteBuffer.allocate(FRAME_BYTES));
            await().atMost(Duration.ofSeconds(20)).until(() -> received.get() == before + FRAME_BYTES);
        }
    }

    private static long directBytes() {
        System.gc(); // what nobody refers to is given back by the collector
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    }

    @Test
    void itsCallersThreadsKeepNoneOfItsMemory() {
        b.handle("count", opened -> (channel, frame) -> received.addAndGet(frame.remaining()));
        generation();
        long first = directBytes();

        for (int more = 1; more < GENERATIONS; more++) {
            generation();
        }

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(directBytes()).isLessThan(first + SLACK_BYTES));
    }
}
