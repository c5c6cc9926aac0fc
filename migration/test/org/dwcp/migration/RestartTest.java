// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.State;
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

/** Either end stops or dies at any moment and comes back. */
class RestartTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int BYTES = 12_000_000;
    private static final FlowSettings SMALL = new FlowSettings(64 << 10, 2 << 20, 16 << 20, 16 << 20, 16 << 20, 64 << 20, 64 << 20, 64, 64, Duration.ofSeconds(2), Duration.ofSeconds(5),
            Duration.ofSeconds(5), Duration.ofSeconds(30));

    @TempDir
    private Path temp;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;
    private CountDownLatch reached = new CountDownLatch(1);
    private final AtomicLong written = new AtomicLong();
    private volatile long mark = Long.MAX_VALUE;

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp.resolve("nodes"));
        porto = cluster.node("porto").with(SMALL).start();
        lisbon = cluster.node("lisbon").with(SMALL).withDisk(this::watched).start();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** Tells when so many bytes are written, and holds the writer up from then on, so that what is killed is in the middle of something. */
    private Disk watched(Disk real) {
        return new Disk() {
            @Override
            public void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
                real.write(file, bytes, position);
                if (written.addAndGet(bytes.limit()) > mark) {
                    reached.countDown();
                    LockSupport.parkNanos(20_000_000);
                }
            }
        };
    }

    private void awaitWritten(long bytes) throws InterruptedException {
        mark = written.get() + bytes;
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
        reached = new CountDownLatch(1);
        mark = Long.MAX_VALUE;
    }

    private TransferStatus awaitDone(TestNode node) {
        await().atMost(LONG).until(() -> node.transfers().list().stream().anyMatch(status -> status.state().ended()));
        return node.transfers().list().getFirst();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @Requirement("R-454")
    void theReceiverDiesAtAnyMoment(long seed) throws Exception {
        Path source = Samples.file(temp.resolve("data"), BYTES);
        mark = 1 + Samples.random(seed).nextLong(BYTES - 1_000_000);
        long killAt = mark;
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();

        lisbon.kill();
        assertThat(lisbon.inbox().resolve("data")).doesNotExist();
        mark = Long.MAX_VALUE;
        lisbon.start();

        TransferStatus status = transfer.await(LONG);
        assertThat(status.error()).isEmpty();
        assertThat(status.state()).isEqualTo(State.DONE);
        Samples.assertSameTree(lisbon.inbox().resolve("data"), source);
        TransferStatus second = awaitDone(lisbon);
        assertThat(second.bytesResumed()).as("what was acknowledged is not sent again").isGreaterThan(killAt / 2);
        assertThat(second.bytesWire()).isLessThan(BYTES - second.bytesResumed() + 100_000 + SMALL.windowBytesMax());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theSenderDiesAtAnyMomentAndGoesOnByItself(long seed) throws Exception {
        Path source = Samples.file(temp.resolve("data"), BYTES);
        mark = 100_000 + Samples.random(seed).nextLong(BYTES - 1_000_000);
        porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();

        porto.kill();
        porto.start();

        TransferStatus status = awaitDone(porto);
        assertThat(status.error()).isEmpty();
        assertThat(status.state()).isEqualTo(State.DONE);
        assertThat(status.bytesResumed()).isPositive();
        Samples.assertSameTree(lisbon.inbox().resolve("data"), source);
    }

    @Test
    void bothEndsStopInTheMiddleAndGoOn() throws Exception {
        Path source = Samples.file(temp.resolve("data"), BYTES);
        mark = 4_000_000;
        porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
        porto.stop();
        lisbon.stop();

        lisbon.start();
        porto.start();

        TransferStatus status = awaitDone(porto);
        assertThat(status.error()).isEmpty();
        assertThat(status.bytesResumed()).isGreaterThan(3_000_000);
        Samples.assertSameTree(lisbon.inbox().resolve("data"), source);
    }

    @Test
    void aFetchGoesOnAfterEitherEndDied() throws Exception {
        Path source = Samples.file(lisbon.inbox().resolve("data"), BYTES);
        porto.stop();
        porto.withDisk(this::watched).start();
        mark = 3_000_000;
        porto.transfers().fetch(lisbon.id(), "data", temp.resolve("copy"), TransferOptions.DEFAULT);
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();

        lisbon.kill();
        lisbon.start();
        reached = new CountDownLatch(1);
        awaitWritten(3_000_000);
        porto.kill();
        porto.start();

        TransferStatus status = awaitDone(porto);
        assertThat(status.error()).isEmpty();
        assertThat(status.bytesResumed()).isGreaterThan(3_000_000);
        Samples.assertSameTree(temp.resolve("copy"), source);
    }

    @Test
    void aFolderOfManyFilesGoesOnAfterTheReceiverDied() throws Exception {
        Path source = temp.resolve("tree");
        for (int i = 0; i < 300; i++) {
            Samples.file(source.resolve("d" + i % 7 + "/f" + i), 10_000 + i);
        }
        mark = 1_500_000;
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();

        lisbon.kill();
        assertThat(lisbon.inbox().resolve("tree")).as("a folder appears whole or not at all").doesNotExist();
        lisbon.start();

        assertThat(transfer.await(LONG).error()).isEmpty();
        Samples.assertSameTree(lisbon.inbox().resolve("tree"), source);
        assertThat(awaitDone(lisbon).bytesResumed()).isPositive();
    }

    @Test
    void afterAPowerCutOnlyWhatTheDiskLostIsSentAgain() throws Exception {
        Path source = Samples.file(temp.resolve("data"), BYTES);
        mark = 6_000_000;
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
        lisbon.kill();

        Path part;
        try (Stream<Path> all = Files.walk(lisbon.inbox())) {
            part = all.filter(path -> path.getFileName().toString().equals("tree")).findFirst().orElseThrow();
        }
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(100_000), 1_000_000); // the journal reached the disk, these bytes did not
        }
        lisbon.start();

        assertThat(transfer.await(LONG).error()).isEmpty();
        Samples.assertSameTree(lisbon.inbox().resolve("data"), source);
        assertThat(awaitDone(lisbon).bytesResumed()).isGreaterThan(4_000_000);
    }

    @Test
    void aTornJournalCostsItsLastRecordOnly() throws Exception {
        Path source = Samples.file(temp.resolve("data"), BYTES);
        mark = 6_000_000;
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
        lisbon.kill();

        Path journal;
        try (Stream<Path> all = Files.walk(lisbon.inbox())) {
            journal = all.filter(path -> path.getFileName().toString().equals("journal")).findFirst().orElseThrow();
        }
        Files.write(journal, new byte[] {1, 2, 3, 4, 5, 6, 7}, StandardOpenOption.APPEND);
        lisbon.start();

        assertThat(transfer.await(LONG).error()).isEmpty();
        Samples.assertSameTree(lisbon.inbox().resolve("data"), source);
        assertThat(awaitDone(lisbon).bytesResumed()).isGreaterThan(4_000_000);
    }

    @Test
    void theAnswerThatGotLostIsGivenAgain() throws Exception {
        Path source = Samples.file(temp.resolve("data"), 1_000_000);
        assertThat(porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG).state()).isEqualTo(State.DONE);
        lisbon.kill();
        lisbon.start();

        TransferStatus again = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG);

        assertThat(again.state()).isEqualTo(State.DONE);
        assertThat(again.bytesWire()).isZero();
    }
}
