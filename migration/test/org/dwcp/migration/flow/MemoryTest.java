// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many flows of two peers against sinks that stand still: what both ends hold is counted in bytes, and the sources are not read any further. */
@Requirement("R-041")
class MemoryTest {
    private static final int CHUNK = 64 << 10;
    private static final long NODE = 8 << 20;
    private static final long PEER = 5 << 20;
    private static final long FLOW = 4 << 20;
    private static final long SEND = 3 << 20;
    private static final long SEND_PEER = 2 << 20;
    private static final int FLOWS = 6;
    private static final long BYTES = 12 << 20;
    private static final FlowSettings TIGHT = new FlowSettings(CHUNK, 64 << 20, NODE, PEER, FLOW, SEND, SEND_PEER, 64, 64, Duration.ofSeconds(60),
            Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(60));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicLong read = new AtomicLong();
    private final AtomicLong written = new AtomicLong();

    @TempDir
    private Path temp;
    private TestCluster cluster;
    private TestNode lisbon;

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp);
        lisbon = cluster.node("lisbon").with(TIGHT).start();
    }

    @AfterEach
    void stop() {
        gate.countDown();
        cluster.close();
    }

    private TestNode sender(String name) {
        return cluster.node(name).with(TIGHT).start();
    }

    private List<FlowSender> send(TestNode from, int count) {
        List<FlowSender> senders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            FlowProgress progress = new FlowProgress();
            FlowSender sender = new FlowSender(from.flowNode(), lisbon.id(), new FlowId(from.id().value().hashCode(), i), "memory", "flow", new byte[0],
                    new Source(read), progress).start();
            Outgoing.connect(from.flowNode(), lisbon.id(), Duration.ofMinutes(5), sender, progress);
            senders.add(sender);
        }
        return senders;
    }

    @Test
    void allFlowsTogetherKeepWithinTheLimitsWhileTheirSinksStandStill() throws Exception {
        try (FlowAcceptor acceptor = new FlowAcceptor(lisbon.flowNode(), List.of(kind()))) {
            lisbon.protocols().put(Wire.PROTOCOL, acceptor);
            TestNode porto = sender("porto");
            TestNode faro = sender("faro");
            List<FlowSender> senders = new ArrayList<>(send(porto, FLOWS));
            senders.addAll(send(faro, FLOWS));
            Budget receiving = lisbon.flowNode().receiving();

            await().atMost(PATIENCE).until(() -> receiving.used(porto.id()) > PEER / 2 - FLOW / 4 && receiving.used(faro.id()) > PEER / 4);
            awaitStandstill();

            assertThat(receiving.usedMost()).isLessThanOrEqualTo(NODE);
            assertThat(receiving.used(porto.id())).isLessThanOrEqualTo(PEER);
            assertThat(receiving.used(faro.id())).isLessThanOrEqualTo(PEER);
            for (TestNode node : List.of(porto, faro)) {
                assertThat(node.flowNode().sending().used(lisbon.id())).isLessThanOrEqualTo(SEND_PEER + FLOWS * Block.memoryBytes(CHUNK));
            }
            assertThat(written.get()).isZero();
            assertThat(read.get()).as("the sources stand still: of %d bytes", 2 * FLOWS * BYTES).isLessThan(2 * FLOWS * BYTES / 4);

            gate.countDown();
            for (FlowSender sender : senders) {
                assertThat(sender.end().get(60, TimeUnit.SECONDS)).isEqualTo(FlowOutcome.DONE);
            }
            assertThat(written.get()).isEqualTo(2 * FLOWS * BYTES);
            assertThat(receiving.usedMost()).isLessThanOrEqualTo(NODE);
            for (TestNode node : List.of(porto, faro, lisbon)) {
                FlowNode flows = node.flowNode();
                await().atMost(PATIENCE).until(() -> flows.bufferBytes() == 0 && flows.sending().used() == 0 && flows.receiving().used() == 0);
                assertThat(flows.sending().usedMost()).isLessThanOrEqualTo(SEND + FLOWS * Block.memoryBytes(CHUNK));
            }
        }
    }

    /** One peer's flows stand still; those of another go through, because the first may hold its own part only. */
    @Test
    void aPeerWhoseFlowsStandStillLeavesRoomForOthers() throws Exception {
        try (FlowAcceptor acceptor = new FlowAcceptor(lisbon.flowNode(), List.of(kind()))) {
            lisbon.protocols().put(Wire.PROTOCOL, acceptor);
            TestNode porto = sender("porto");
            send(porto, FLOWS);
            await().atMost(PATIENCE).until(() -> lisbon.flowNode().receiving().used(porto.id()) > PEER / 2 - FLOW / 4);

            TestNode faro = sender("faro-free");
            for (FlowSender sender : send(faro, 2)) {
                assertThat(sender.end().get(60, TimeUnit.SECONDS)).isEqualTo(FlowOutcome.DONE);
            }

            assertThat(written.get()).isEqualTo(2 * BYTES);
        }
    }

    /** One peer holds more than half of the node's memory, which stops who brings more; a flow of another that has nothing waiting goes on all the same. */
    @Test
    void aPeerThatHoldsMostOfTheMemoryStopsNobodyElse() throws Exception {
        try (FlowAcceptor acceptor = new FlowAcceptor(lisbon.flowNode(), List.of(kind()))) {
            lisbon.protocols().put(Wire.PROTOCOL, acceptor);
            TestNode porto = sender("porto");
            lisbon.flowNode().receiving().take(porto.id(), PEER);

            for (FlowSender sender : send(sender("faro-free"), 2)) {
                assertThat(sender.end().get(60, TimeUnit.SECONDS)).isEqualTo(FlowOutcome.DONE);
            }

            assertThat(written.get()).isEqualTo(2 * BYTES);
        }
    }

    /** Until nothing was read for a second. */
    private void awaitStandstill() {
        AtomicLong seen = new AtomicLong(-1);
        await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).until(() -> seen.getAndSet(read.get()) == read.get());
    }

    private FlowKind kind() {
        return new FlowKind() {
            @Override
            public String name() {
                return "memory";
            }

            @Override
            public FlowReceiver accept(NodeId peer, Message.Offer offer) throws IOException {
                return new FlowReceiver(lisbon.flowNode(), peer, offer.label(), offer.total(), new Sink(peer.value().endsWith("free")), new FlowProgress()).start();
            }

            @Override
            public FlowSender serve(NodeId peer, Message.Want want) {
                throw new TransferException(Kind.REJECTED, "nothing to fetch");
            }
        };
    }

    private record Source(AtomicLong read) implements FlowSource {
        @Override
        public long total() {
            return BYTES;
        }

        @Override
        public int read(long offset, ByteBuffer target) {
            int length = target.remaining();
            target.put(new byte[length]);
            read.addAndGet(length);
            return length;
        }

        @Override
        public void close() {
        }
    }

    /** Stands still in its first write, unless it is free. */
    private final class Sink implements FlowSink {
        private final boolean free;

        Sink(boolean free) {
            this.free = free;
        }

        @Override
        public Ranges have() {
            return new Ranges();
        }

        @Override
        public void write(long offset, ByteBuffer bytes, int checksum) throws IOException {
            try {
                if (!free) {
                    gate.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
            written.addAndGet(bytes.remaining());
        }

        @Override
        public long advance(long contiguous) {
            return 0;
        }

        @Override
        public void finish() {
        }

        @Override
        public void close(Fate fate) {
        }
    }
}
