// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.fake.FakeChannel;
import org.dwcp.migration.fake.Faults;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows that are no files: a stream whose end is not known and that cannot be read twice, and a sink that has far ranges already. */
class FlowTest {
    private static final FlowSettings SMALL = new FlowSettings(4 << 10, 1 << 20, 8 << 20, 8 << 20, 8 << 20, 64 << 20, 64 << 20, 64, 64, Duration.ofSeconds(2), Duration.ofSeconds(5),
            Duration.ofSeconds(2), Duration.ofSeconds(30));

    @TempDir
    private Path temp;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp);
        porto = cluster.node("porto").with(SMALL).start();
        lisbon = cluster.node("lisbon").with(SMALL).start();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** Gives bytes once; keeps what is not acknowledged, as one must that cannot go back. */
    private static final class StreamSource implements FlowSource {
        private final byte[] content;
        private final TreeMap<Long, byte[]> kept = new TreeMap<>();
        private final AtomicLong keptMax = new AtomicLong();
        private int read;
        private boolean atEnd;

        StreamSource(byte[] content) {
            this.content = content;
        }

        @Override
        public long total() {
            return atEnd ? content.length : -1;
        }

        @Override
        public synchronized int read(long offset, ByteBuffer target) {
            if (offset < read) {
                var entry = kept.floorEntry(offset);
                int skip = (int) (offset - entry.getKey());
                int length = Math.min(target.remaining(), entry.getValue().length - skip);
                target.put(entry.getValue(), skip, length);
                return length;
            }
            assertThat(offset).isEqualTo(read);
            if (read == content.length) {
                return -1;
            }
            byte[] piece = Arrays.copyOfRange(content, read, Math.min(content.length, read + Math.min(3_000, target.remaining())));
            kept.put(offset, piece);
            read += piece.length;
            keptMax.accumulateAndGet(kept.size(), Math::max);
            target.put(piece);
            return piece.length;
        }

        @Override
        public synchronized void acknowledged(long contiguous) {
            kept.headMap(contiguous).entrySet().removeIf(entry -> entry.getKey() + entry.getValue().length <= contiguous);
        }

        @Override
        public void close() {
            atEnd = true;
        }
    }

    /** Puts bytes in order within a window, as a VM's stream needs them. */
    private static final class MemorySink implements FlowSink {
        private final byte[] bytes;
        private final byte[] counts;
        private final Ranges have = new Ranges();
        private final long window;
        private volatile long advanced;
        private volatile boolean finished;

        MemorySink(int size, long window) {
            bytes = new byte[size];
            counts = new byte[size];
            this.window = window;
        }

        @Override
        public Ranges have() {
            return have;
        }

        @Override
        public long windowBytes() {
            return window;
        }

        @Override
        public void write(long offset, ByteBuffer from, int checksum) {
            for (int i = (int) offset; from.hasRemaining(); i++) {
                bytes[i] = from.get();
                counts[i]++;
            }
        }

        @Override
        public long advance(long contiguous) {
            advanced = contiguous;
            return 0;
        }

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public void close(Fate fate) {
        }
    }

    private FlowKind memory(FlowSink sink) {
        return new FlowKind() {
            @Override
            public String name() {
                return "memory";
            }

            @Override
            public FlowReceiver accept(NodeId peer, Message.Offer offer) throws IOException {
                return new FlowReceiver(lisbon.flowNode(), peer, offer.label(), offer.total(), sink, new FlowProgress()).start();
            }

            @Override
            public FlowSender serve(NodeId peer, Message.Want want) {
                throw new TransferException(Kind.REJECTED, "nothing to fetch");
            }
        };
    }

    private FlowOutcome flow(FlowSource source, FlowSink sink, FlowProgress progress) throws Exception {
        return flow(source, memory(sink), progress);
    }

    private FlowOutcome flow(FlowSource source, FlowKind kind, FlowProgress progress) throws Exception {
        try (FlowAcceptor acceptor = new FlowAcceptor(lisbon.flowNode(), List.of(kind))) {
            lisbon.protocols().put(Wire.PROTOCOL, acceptor);
            FlowSender sender = new FlowSender(porto.flowNode(), lisbon.id(), new FlowId(1, 2), "memory", "test", new byte[0], source, progress).start();
            Outgoing.connect(porto.flowNode(), lisbon.id(), Duration.ofMinutes(1), sender, progress);
            return sender.end().get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void carriesAStreamOfUnknownLengthOverLinksThatBreak() throws Exception {
        byte[] content = new byte[3_000_001];
        Samples.random(1).nextBytes(content);
        MemorySink sink = new MemorySink(content.length, 256 << 10);
        AtomicLong frames = new AtomicLong();
        porto.transport("t1").faults(new Faults(1) {
            @Override
            public void beforeSend(FakeChannel channel) {
                if (frames.incrementAndGet() % 150 == 0) {
                    channel.cut("again");
                }
            }
        });
        StreamSource source = new StreamSource(content);
        FlowProgress progress = new FlowProgress();

        FlowOutcome outcome = flow(source, sink, progress);

        assertThat(outcome).isEqualTo(FlowOutcome.DONE);
        assertThat(sink.finished).isTrue();
        assertThat(sink.advanced).isEqualTo(content.length);
        assertThat(Arrays.equals(sink.bytes, content)).isTrue();
        assertThat(sink.counts).containsOnly(1);
        assertThat(progress.moves()).isGreaterThan(2);
        assertThat(source.keptMax.get()).as("no more is kept than the sink's window").isLessThanOrEqualTo((256 << 10) / 1_000);
    }

    @Test
    void carriesAnEmptyStream() throws Exception {
        MemorySink sink = new MemorySink(0, 256 << 10);

        assertThat(flow(new StreamSource(new byte[0]), sink, new FlowProgress())).isEqualTo(FlowOutcome.DONE);
        assertThat(sink.finished).isTrue();
    }

    /** 3 GiB of which only three small gaps are missing: what is missing may lie further apart than any window. */
    @Test
    void fillsGapsThatLieFarApart() throws Exception {
        long total = 3L << 30;
        Ranges written = new Ranges();

        assertThat(flow(new Zeros(total), new GapSink(total, written), new FlowProgress())).isEqualTo(FlowOutcome.DONE);

        assertThat(written.list(0, 10)).containsExactly(new Range(10, 20), new Range(1L << 31, (1L << 31) + 5), new Range(total - 1, total));
    }

    /** The receiver looks through what it has for longer than the inactivity timeout: it lives, so it is waited for and greeted again. */
    @Test
    void waitsForAReceiverThatAnswersLate() throws Exception {
        porto.stop();
        lisbon.stop();
        FlowSettings quick = new FlowSettings(4 << 10, 1 << 20, 8 << 20, 8 << 20, 8 << 20, 64 << 20, 64 << 20, 64, 64, Duration.ofMillis(300), Duration.ofSeconds(5), Duration.ofSeconds(2),
                Duration.ofSeconds(30));
        porto.with(quick).start();
        lisbon.with(quick).start();
        byte[] content = new byte[100_000];
        MemorySink sink = new MemorySink(content.length, 256 << 10);
        AtomicLong accepted = new AtomicLong();
        FlowKind slow = new FlowKind() {
            @Override
            public String name() {
                return "memory";
            }

            @Override
            public FlowReceiver accept(NodeId peer, Message.Offer offer) throws IOException {
                accepted.incrementAndGet();
                LockSupport.parkNanos(1_500_000_000);
                return memory(sink).accept(peer, offer);
            }

            @Override
            public FlowSender serve(NodeId peer, Message.Want want) {
                throw new TransferException(Kind.REJECTED, "nothing to fetch");
            }
        };

        FlowOutcome outcome = flow(new StreamSource(content), slow, new FlowProgress());

        assertThat(outcome).isEqualTo(FlowOutcome.DONE);
        assertThat(accepted).hasValue(1);
        assertThat(sink.counts).containsOnly(1);
    }

    private record Zeros(long total) implements FlowSource {
        @Override
        public int read(long offset, ByteBuffer target) {
            int length = target.remaining();
            target.put(new byte[length]);
            return length;
        }

        @Override
        public void close() {
        }
    }

    private record GapSink(long total, Ranges written) implements FlowSink {
        @Override
        public Ranges have() {
            Ranges have = new Ranges();
            have.add(0, total);
            have.remove(10, 20);
            have.remove(1L << 31, (1L << 31) + 5);
            have.remove(total - 1, total);
            return have;
        }

        @Override
        public void write(long offset, ByteBuffer bytes, int checksum) {
            written.add(offset, offset + bytes.remaining());
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
