// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.dwcp.api.DwcpException;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.fake.FakeChannel;
import org.dwcp.migration.fake.Faults;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.migration.transfer.TransferSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks, sources and limits that fail a transfer: a clear message, and nothing lost. */
class FailureTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int BYTES = 10_000_000;

    @TempDir
    private Path temp;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;
    private final Quota quota = new Quota();

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp.resolve("nodes"));
        porto = cluster.node("porto").start();
        lisbon = cluster.node("lisbon").withDisk(_ -> quota).start();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** A disk with little room. */
    private static final class Quota implements Disk {
        private final AtomicLong left = new AtomicLong(Long.MAX_VALUE / 2);
        private volatile long shown = Long.MAX_VALUE / 2;
        private volatile CountDownLatch gate = new CountDownLatch(0);

        @Override
        public long usableBytes(Path folder) {
            return Math.min(shown, left.get());
        }

        @Override
        public void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted");
            }
            int size = bytes.remaining();
            if (left.addAndGet(-size) < 0) {
                left.addAndGet(size);
                throw new IOException("No space left on device");
            }
            Disk.REAL.write(file, bytes, position);
        }
    }

    /** A link that is slow enough to do something in the middle. */
    private void slow() {
        porto.transport("t1").faults(new Faults(1) {
            @Override
            public void beforeSend(FakeChannel channel) {
                LockSupport.parkNanos(5_000_000);
            }
        });
    }

    private static String journalsOf(TestNode node) throws IOException {
        try (var all = Files.walk(node.inbox())) {
            return String.join(" ", all.map(path -> path.getFileName().toString()).filter(name -> name.equals("journal") || name.equals("tree")).toList());
        }
    }

    @Test
    void saysBeforehandThatTheDiskIsTooSmall() throws IOException {
        quota.shown = 1_000_000;
        Path source = Samples.file(temp.resolve("data"), BYTES);

        TransferStatus status = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG);

        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.error()).contains("disk of lisbon is full: 10.0 MB needed, 1.00 MB free");
        assertThat(status.bytesWire()).isZero();
    }

    @Test
    void keepsWhatArrivedWhenTheDiskFillsUpAndGoesOnWithRoom() throws IOException {
        quota.left.set(6_000_000);
        quota.shown = Long.MAX_VALUE / 2;
        Path source = Samples.file(temp.resolve("data"), BYTES);
        quota.left.set(6_000_000);
        TransferStatus full = sendPretendingRoom(source);

        assertThat(full.state()).isEqualTo(State.FAILED);
        assertThat(full.error()).contains("disk of lisbon is full").contains("needed").contains("free").contains("what arrived is kept");
        assertThat(lisbon.inbox().resolve("data")).doesNotExist();

        quota.left.set(Long.MAX_VALUE / 2);
        TransferStatus again = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT).await(LONG);
        assertThat(again.error()).isEmpty();
        assertThat(again.bytesResumed()).isGreaterThan(4_000_000);
        Samples.assertSameTree(lisbon.inbox().resolve("data"), source);
    }

    /** The disk seems large enough at first and is not: somebody else fills it meanwhile. */
    private TransferStatus sendPretendingRoom(Path source) {
        quota.left.set(Long.MAX_VALUE / 2);
        slow();
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 4_500_000);
        quota.left.set(500_000);
        TransferStatus status = transfer.await(LONG);
        porto.transport("t1").faults(new Faults(1));
        return status;
    }

    @Test
    void failsWhenTheSourceGrowsWhileItIsSentAndRemovesThePart() throws IOException {
        slow();
        Path source = Samples.file(temp.resolve("data"), BYTES);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        Files.write(source, new byte[] {1}, StandardOpenOption.APPEND);

        TransferStatus status = transfer.await(LONG);
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.error()).contains(source.toString()).contains("changed while it was sent").contains("its size was 10000000 and is 10000001");
        await().atMost(LONG).untilAsserted(() -> assertThat(journalsOf(lisbon)).isEmpty());
        assertThat(lisbon.inbox().resolve("data")).doesNotExist();
    }

    @Test
    void failsWhenTheSourceIsRewrittenInPlace() throws IOException {
        slow();
        Path source = Samples.file(temp.resolve("data"), BYTES);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        try (FileChannel file = FileChannel.open(source, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 5);
        }

        assertThat(transfer.await(LONG).error()).contains("changed while it was sent").contains("it was written at");
    }

    @Test
    void failsWhenTheSourceIsCutOrRemoved() throws IOException {
        slow();
        Path folder = temp.resolve("folder");
        Samples.file(folder.resolve("a"), BYTES);
        Path last = Samples.file(folder.resolve("z"), 10);
        Transfer transfer = porto.transfers().send(folder, lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        Files.delete(last);

        assertThat(transfer.await(LONG).error()).contains("z at porto changed while it was sent: it was removed");
    }

    @Test
    void holdsItsMemoryBoundWhenTheReceiversDiskStalls() throws IOException {
        FlowSettings tight = new FlowSettings(64 << 10, 32 << 20, 4 << 20, 4 << 20, 4 << 20, 64 << 20, 64 << 20, 64, 64, Duration.ofSeconds(2), Duration.ofSeconds(5),
                Duration.ofSeconds(5), Duration.ofSeconds(30));
        lisbon.stop();
        lisbon.with(tight).start();
        Path source = Samples.file(temp.resolve("data"), 30_000_000);
        quota.gate = new CountDownLatch(1);
        Transfer transfer = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);

        // Nothing moves any more: the sender is held up by what the receiver does not read.
        AtomicLong last = new AtomicLong(-1);
        await().atMost(LONG).during(Duration.ofMillis(500)).until(() -> last.getAndSet(transfer.status().bytesWire()) == last.get());
        long held = lisbon.flowNode().bufferBytes();
        quota.gate.countDown();

        assertThat(held).isLessThanOrEqualTo((4 << 20) + (2 << 20));
        assertThat(transfer.status().bytesWire()).isLessThan(30_000_000);
        assertThat(transfer.await(LONG).error()).isEmpty();
        Samples.assertSameTree(lisbon.inbox().resolve("data"), source);
        assertThat(lisbon.flowNode().bufferBytes() + porto.flowNode().bufferBytes()).as("all buffers came back").isZero();
        assertThat(porto.transports().failures()).as("a slow disk is not the transport's fault").isEmpty();
    }

    @Test
    void refusesOneTransferTooManyInLine() throws IOException {
        porto.stop();
        porto.with(new TransferSettings(1, 2, 7)).start();
        slow();
        List<Transfer> accepted = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            accepted.add(porto.transfers().send(Samples.file(temp.resolve("data" + i), 2_000_000 + i), lisbon.id(), TransferOptions.DEFAULT));
        }
        Path more = Samples.file(temp.resolve("more"), 1);

        assertThatThrownBy(() -> porto.transfers().send(more, lisbon.id(), TransferOptions.DEFAULT))
                .isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.RETRY)).hasMessageContaining("queue.transfers.max");
        assertThat(accepted.get(2).status().state()).isEqualTo(State.WAITING);
        accepted.get(2).cancel();
        assertThat(accepted.get(2).await(LONG).state()).isEqualTo(State.CANCELLED);
        assertThat(accepted.get(0).await(LONG).state()).isEqualTo(State.DONE);
        assertThat(accepted.get(1).await(LONG).state()).isEqualTo(State.DONE);
    }

    @Test
    void waitsWhenThePeerTakesNoMoreFlows() throws IOException {
        lisbon.stop();
        lisbon.with(new FlowSettings(256 << 10, 64 << 20, 64 << 20, 64 << 20, 16 << 20, 64 << 20, 64 << 20, 1, 1, Duration.ofSeconds(15), Duration.ofSeconds(5), Duration.ofSeconds(5),
                Duration.ofSeconds(30))).start();
        quota.gate = new CountDownLatch(1);
        Transfer first = porto.transfers().send(Samples.file(temp.resolve("data1"), 5_000_000), lisbon.id(), TransferOptions.DEFAULT);
        await().atMost(LONG).until(() -> first.status().bytesWire() > 0);
        Transfer second = porto.transfers().send(Samples.file(temp.resolve("data2"), 1_000), lisbon.id(), TransferOptions.DEFAULT);

        await().atMost(LONG).until(() -> second.status().state() == State.WAITING && second.status().error().contains("1 flows run at lisbon"));
        quota.gate.countDown();
        assertThat(first.await(LONG).state()).isEqualTo(State.DONE);
        assertThat(second.await(LONG).state()).isEqualTo(State.DONE);
    }

    @Test
    void stopsWithinTwoSecondsInTheMiddleOfEverything() throws IOException {
        slow();
        for (int i = 0; i < 5; i++) {
            porto.transfers().send(Samples.file(temp.resolve("data" + i), BYTES + i), lisbon.id(), TransferOptions.DEFAULT);
        }
        await().atMost(LONG).until(() -> porto.transfers().list().stream().allMatch(status -> status.bytesDone() > 0));
        long before = System.nanoTime();

        porto.stop();
        lisbon.stop();

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
        assertThat(porto.flowNode().threads().count() + lisbon.flowNode().threads().count()).isZero();
        assertThat(porto.transports().openLeases()).isZero();
    }

    @Test
    void twoTransfersNeverTakeTheSameName() throws IOException {
        quota.gate = new CountDownLatch(1);
        Path one = Samples.file(temp.resolve("one"), 3_000_000);
        Path two = Samples.file(temp.resolve("two"), 3_000_001);
        Transfer first = porto.transfers().send(one, lisbon.id(), new TransferOptions("same", Duration.ofMinutes(1)));
        await().atMost(LONG).until(() -> first.status().bytesWire() > 0);

        Transfer second = porto.transfers().send(two, lisbon.id(), new TransferOptions("same", Duration.ofMinutes(1)));
        await().atMost(LONG).until(() -> second.status().error().contains("'same' is being received at lisbon from porto"));
        quota.gate.countDown();

        assertThat(first.await(LONG).state()).isEqualTo(State.DONE);
        assertThat(second.await(LONG).error()).contains("exists at lisbon with other content");
        Samples.assertSameTree(lisbon.inbox().resolve("same"), one);
    }
}
