// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.migration.fake.DeflateEncoding;
import org.dwcp.migration.fake.FakeChannel;
import org.dwcp.migration.fake.Faults;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transports and encodings change and break under a running transfer. */
class SwapTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final FlowSettings SMALL = new FlowSettings(32 << 10, 1 << 20, 8 << 20, 8 << 20, 8 << 20, 64 << 20, 64 << 20, 64, 64, Duration.ofMillis(800), Duration.ofSeconds(5),
            Duration.ofSeconds(5), Duration.ofSeconds(30));
    /** For what counts moves: a machine that stands still for 800 ms makes one with {@link #SMALL}. */
    private static final FlowSettings PATIENT = new FlowSettings(32 << 10, 1 << 20, 8 << 20, 8 << 20, 8 << 20, 64 << 20, 64 << 20, 64, 64, LONG, LONG, Duration.ofSeconds(5), LONG);
    private static final int JOURNAL_RECORD = 20;

    @TempDir
    private Path temp;
    private final AtomicLong written = new AtomicLong();
    private volatile boolean slowDisk;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;

    @BeforeEach
    void start() {
        start("nodes", SMALL);
    }

    private void start(String folder, FlowSettings settings) {
        cluster = new TestCluster(temp.resolve(folder));
        porto = cluster.node("porto").with(settings).start();
        lisbon = cluster.node("lisbon").with(settings).withDisk(this::counting).start();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** Counts the bytes of contents and hashes that reach the disk; may be slow, so that a break finds chunks that wait for it. */
    private Disk counting(Disk real) {
        return new Disk() {
            @Override
            public void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
                if (bytes.remaining() != JOURNAL_RECORD) {
                    written.addAndGet(bytes.remaining());
                }
                if (slowDisk) {
                    LockSupport.parkNanos(500_000);
                }
                real.write(file, bytes, position);
            }
        };
    }

    private void faults(Faults faults) {
        porto.allTransports().forEach(transport -> transport.faults(faults));
        lisbon.allTransports().forEach(transport -> transport.faults(faults));
    }

    private void assertExact(TransferStatus status, Path source, Path arrived) {
        assertThat(status.error()).isEmpty();
        assertThat(status.state()).isEqualTo(State.DONE);
        assertThat(arrived).hasSameBinaryContentAs(source);
        assertThat(porto.encodings().openLeases() + lisbon.encodings().openLeases()).isZero();
        await().atMost(LONG).untilAsserted(() -> assertThat(porto.transports().openLeases() + lisbon.transports().openLeases()).isZero());
        await().atMost(LONG).untilAsserted(() -> assertThat(porto.allTransports()).allMatch(transport -> transport.openChannels() == 0));
    }

    /** Every few frames one of the things that can happen to a link happens. */
    private final class Chaos extends Faults {
        private final AtomicInteger frames = new AtomicInteger();
        private final AtomicInteger next;
        private final AtomicInteger cuts = new AtomicInteger();

        Chaos(long seed) {
            super(seed);
            next = new AtomicInteger(below(20));
        }

        @Override
        public void beforeDelivery(FakeChannel channel) {
            if (frames.incrementAndGet() < next.get()) {
                return;
            }
            next.set(frames.get() + 10 + below(60));
            String[] names = {"t1", "t2", "t3"};
            int first = below(3);
            TestNode opener = below(2) == 0 ? porto : lisbon;
            switch (below(4)) {
                case 0 -> channel.cut("cut by the test");
                case 1 -> porto.transport(names[first]).cutAll("provider broke");
                default -> opener.transports().order(names[first], names[(first + 1) % 3], names[(first + 2) % 3]);
            }
            cuts.incrementAndGet();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    @Requirement({"R-077", "R-139"})
    void deliversEachByteOnceWhateverIsSwappedAndBroken(long seed) throws IOException {
        porto.encodings().add("deflate", new DeflateEncoding(200), "codec=200");
        lisbon.encodings().add("deflate", new DeflateEncoding(200), "codec=200");
        Path source = seed % 2 == 0 ? Samples.file(temp.resolve("data"), 16_000_000) : Samples.text(temp.resolve("data"), 16_000_000);
        Chaos chaos = new Chaos(seed);
        faults(chaos);
        slowDisk = true;

        TransferStatus status = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG);

        assertExact(status, source, lisbon.inbox().resolve("data"));
        assertThat(written.get()).as("each byte and the hash reach the disk once").isEqualTo(16_000_000 + 32);
        assertThat(chaos.cuts.get()).isGreaterThan(5);
        assertThat(status.moves()).isPositive(); // how many depends on how fast the machine is between two faults
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void fetchesEachByteOnceWhateverIsSwappedAndBroken(long seed) throws IOException {
        Path source = Samples.file(lisbon.inbox().resolve("data"), 16_000_000);
        faults(new Chaos(seed));

        TransferStatus status = porto.transfers().fetch(lisbon.id(), "data", temp.resolve("copy"), TransferOptions.DEFAULT).await(LONG);

        assertExact(status, source, temp.resolve("copy"));
        assertThat(status.moves()).isPositive(); // how many depends on how fast the machine is between two faults
    }

    /** Every few frames a lane is lost with what it carries, either way. */
    private static final class LaneLoss extends Faults {
        private final AtomicInteger frames = new AtomicInteger();
        private final AtomicInteger lost = new AtomicInteger();

        LaneLoss(long seed) {
            super(seed);
        }

        @Override
        public void beforeDelivery(FakeChannel channel) {
            if (frames.incrementAndGet() % 15 == 0) {
                channel.loseLane(below(4));
                lost.incrementAndGet();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    @Requirement({"R-077", "R-139"})
    void aLostLaneCostsWhatItCarriedAndNoMove(long seed) throws IOException {
        cluster.close();
        start("patient", PATIENT);
        Path source = Samples.file(temp.resolve("data"), 16_000_000);
        LaneLoss loss = new LaneLoss(seed);
        faults(loss);

        TransferStatus status = seed % 2 == 0 ? porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG)
                : lisbon.transfers().fetch(porto.id(), publish(source), temp.resolve("copy"), TransferOptions.DEFAULT).await(LONG);

        assertExact(status, source, seed % 2 == 0 ? lisbon.inbox().resolve("data") : temp.resolve("copy"));
        assertThat(written.get()).as("each byte and the hash reach the disk once").isEqualTo(16_000_000 + 32);
        assertThat(loss.lost.get()).isGreaterThan(5);
        assertThat(status.moves()).as("a channel outlives its lanes; the sender alone may miss the last word, and hear it over another")
                .isLessThanOrEqualTo(seed % 2 == 0 ? 1 : 0);
    }

    private String publish(Path source) throws IOException {
        return java.nio.file.Files.copy(source, porto.inbox().resolve("data")).getFileName().toString();
    }

    /** A link that lets a chunk pass about every millisecond. */
    private static final class Slow extends Faults {
        Slow() {
            super(1);
        }

        @Override
        public void beforeSend(FakeChannel channel) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    @Requirement({"R-005", "R-146"})
    void movesARunningTransferAHundredTimesAndSendsNothingTwice() throws IOException {
        faults(new Slow());
        Path source = Samples.file(temp.resolve("data"), 120_000_000);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        int moved = 0;
        for (; moved < 100 && !transfer.status().state().ended(); moved++) {
            String to = List.of("t2", "t3", "t1").get(moved % 3);
            porto.transports().order(to, "t1", "t2", "t3");
            await().atMost(LONG).pollInterval(Duration.ofMillis(2)).until(() -> carries(to) || transfer.status().state().ended());
        }

        TransferStatus status = transfer.await(LONG);
        assertExact(status, source, lisbon.inbox().resolve("data"));
        assertThat(moved).isEqualTo(100);
        assertThat(status.moves()).isBetween(95L, 101L);
        assertThat(status.bytesWire()).as("drained links need no second sending").isLessThan(121_000_000);
        assertThat(porto.transports().failures()).as("a move is no failure").isEmpty();
    }

    private boolean carries(String name) {
        return porto.transport(name).channels().stream().map(ChannelStats::bytesSent).anyMatch(bytes -> bytes > SMALL.chunkBytes());
    }

    @Test
    @Requirement("R-077")
    void goesOnOverTheNextTransportWhenTheFirstFailsForGood() throws IOException {
        Path source = Samples.file(temp.resolve("data"), 8_000_000);
        AtomicInteger frames = new AtomicInteger();
        porto.transport("t1").faults(new Faults(1) {
            @Override
            public void beforeSend(FakeChannel channel) {
                if (frames.incrementAndGet() > 40) {
                    channel.cut("device lost");
                    porto.transports().order("t2", "t1"); // what the breaker does
                }
            }
        });

        TransferStatus status = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG);

        assertExact(status, source, lisbon.inbox().resolve("data"));
        assertThat(porto.transports().failures()).as("the breaker hears of it").contains("t1");
        assertThat(porto.transport("t2").channels()).isEmpty();
    }

    @Test
    void leavesAChannelThatHangsWhenTheRouteMoves() throws IOException {
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicInteger frames = new AtomicInteger();
        lisbon.transport("t1").faults(new Faults(1) {
            @Override
            public void beforeDelivery(FakeChannel channel) {
                if (frames.incrementAndGet() > 20) {
                    uninterruptibly(stuck);
                }
            }
        });
        Path source = Samples.file(temp.resolve("data"), 8_000_000);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> frames.get() > 20);

        porto.transports().order("t2", "t1");

        TransferStatus status = transfer.await(LONG);
        stuck.countDown();
        assertExact(status, source, lisbon.inbox().resolve("data"));
    }

    private static void uninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void noticesALinkThatLosesEverythingWithoutAWord() throws IOException {
        AtomicInteger frames = new AtomicInteger();
        lisbon.transport("t1").faults(new Faults(1) {
            @Override
            public boolean drops(FakeChannel channel) {
                int frame = frames.incrementAndGet();
                return frame > 50 && frame < 2_000;
            }
        });
        porto.transport("t1").faults(new Faults(2) {
            @Override
            public boolean drops(FakeChannel channel) {
                return frames.get() > 50 && frames.get() < 2_000;
            }
        });
        Path source = Samples.file(temp.resolve("data"), 8_000_000);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> !porto.transports().failures().isEmpty());
        frames.set(10_000);

        assertExact(transfer.await(LONG), source, lisbon.inbox().resolve("data"));
    }

    @Test
    void sendsAsItIsWhatThePeerCannotDecode() throws IOException {
        DeflateEncoding broken = new DeflateEncoding(200);
        porto.encodings().add("deflate", new DeflateEncoding(200), "codec=200");
        lisbon.encodings().add("deflate", broken, "codec=200");
        broken.failDecoding();
        Path source = Samples.text(temp.resolve("data"), 4_000_000);

        assertExact(porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG), source, lisbon.inbox().resolve("data"));
    }

    @Test
    void sendsAsItIsWhatCannotBeEncoded() throws IOException {
        DeflateEncoding broken = new DeflateEncoding(200);
        broken.failEncoding();
        porto.encodings().add("deflate", broken, "codec=200");
        lisbon.encodings().add("deflate", new DeflateEncoding(200), "codec=200");
        Path source = Samples.text(temp.resolve("data"), 4_000_000);

        assertExact(porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG), source, lisbon.inbox().resolve("data"));
        assertThat(porto.encodings().failures()).contains("deflate");
    }

    @Test
    void changesTheEncodingInTheMiddle() throws IOException {
        for (TestNode node : List.of(porto, lisbon)) {
            node.encodings().add("e1", new DeflateEncoding(201), "codec=201");
            node.encodings().add("e2", new DeflateEncoding(202), "codec=202");
        }
        faults(new Slow());
        Path source = Samples.text(temp.resolve("data"), 16_000_000);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().encoding().equals("e1"));

        porto.encodings().order("e2", "e1");

        await().atMost(LONG).until(() -> transfer.status().encoding().equals("e2"));
        assertExact(transfer.await(LONG), source, lisbon.inbox().resolve("data"));
    }

    @Test
    void waitsForAPeerThatComesBackAndGivesUpWhenPatienceEnds() throws IOException {
        Path source = Samples.file(temp.resolve("data"), 100_000);
        lisbon.stop();

        TransferStatus gaveUp = porto.transfers().send(source, lisbon.id(), new TransferOptions("", Duration.ofMillis(300))).await(LONG);
        Transfer patient = porto.transfers().send(source, lisbon.id(), new TransferOptions("", Duration.ofMinutes(5)));
        await().atMost(LONG).until(() -> patient.status().state() == State.WAITING);
        String waits = patient.status().error();
        lisbon.start();

        assertThat(gaveUp.state()).isEqualTo(State.FAILED);
        assertThat(gaveUp.error()).contains("lisbon could not be reached for 300 ms").contains("connection refused");
        assertThat(waits).contains("lisbon is offline");
        assertExact(patient.await(LONG), source, lisbon.inbox().resolve("data"));
    }

    @Test
    void cancelsAndKeepsWhatArrivedForTheNextTry() throws IOException {
        faults(new Slow());
        Path source = Samples.file(temp.resolve("data"), 16_000_000);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 2_000_000);

        transfer.cancel();

        assertThat(transfer.await(LONG).state()).isEqualTo(State.CANCELLED);
        await().atMost(LONG).until(() -> lisbon.transfers().list().getFirst().state() == State.CANCELLED);
        assertThat(lisbon.inbox().resolve("data")).doesNotExist();
        assertThat(Optional.of(porto.transfers().find(transfer.status().id()))).contains(Optional.empty());
        faults(new Faults(1));
        TransferStatus again = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG);
        assertExact(again, source, lisbon.inbox().resolve("data"));
        assertThat(again.bytesResumed()).isGreaterThanOrEqualTo(2_000_000);
    }

    @Test
    void theReceiverMayCancelToo() throws IOException {
        faults(new Slow());
        Path source = Samples.file(temp.resolve("data"), 16_000_000);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        lisbon.transfers().find(transfer.status().id()).orElseThrow().cancel();

        assertThat(transfer.await(LONG).error()).contains("cancelled at lisbon");
    }
}
