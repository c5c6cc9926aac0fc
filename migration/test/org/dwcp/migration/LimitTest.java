// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transfers at a limited rate. Only lower bounds of time are asserted, which hold on any machine: so many bytes cannot have gone sooner. That a limit is
 * lifted shows in a transfer that would have taken minutes with it.
 */
class LimitTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int BYTES = 3_000_000;
    private static final long RATE = 2_000_000;
    /** What may go before the bucket is empty: a tenth of a second and a chunk. */
    private static final long AHEAD = RATE / 10 + (256 << 10);
    private static final Duration LEAST = Duration.ofMillis((BYTES - AHEAD) * 1_000 / RATE);
    /** Five minutes for the whole. */
    private static final long SLOW = TransferOptions.BYTES_PER_SECOND_LEAST;

    @TempDir
    private Path temp;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;
    private Path source;

    @BeforeEach
    void start() throws IOException {
        cluster = new TestCluster(temp);
        porto = cluster.node("porto").start();
        lisbon = cluster.node("lisbon").start();
        byte[] content = new byte[BYTES];
        Samples.random(5).nextBytes(content);
        source = Files.write(temp.resolve("image"), content);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private Transfer send(long bytesPerSecond) {
        return porto.transfers().send(source, lisbon.id(), new TransferOptions("", LONG, bytesPerSecond));
    }

    private void mustBeWhole(TransferStatus status) {
        assertThat(status.state()).as(status.error()).isEqualTo(State.DONE);
        assertThat(lisbon.inbox().resolve("image")).hasSameBinaryContentAs(source);
    }

    @Test
    void aLimitedTransferTakesItsTime() {
        TransferStatus status = send(RATE).await(LONG);

        mustBeWhole(status);
        assertThat(status.elapsed()).isGreaterThan(LEAST);
    }

    @Test
    void theLimitOfTheNodeIsSharedByItsTransfers() throws IOException {
        Path other = Files.copy(source, temp.resolve("other"));
        porto.flowNode().sendLimit().change(RATE);
        Transfer first = send(0);

        TransferStatus second = porto.transfers().send(other, lisbon.id(), TransferOptions.DEFAULT).await(LONG);

        mustBeWhole(first.await(LONG));
        assertThat(second.state()).isEqualTo(State.DONE);
        Duration last = first.status().elapsed().compareTo(second.elapsed()) > 0 ? first.status().elapsed() : second.elapsed();
        assertThat(last).as("both together").isGreaterThan(LEAST.multipliedBy(2));
    }

    @Test
    void aFetchIsLimitedByWhoOrderedIt() throws IOException {
        Files.copy(source, lisbon.inbox().resolve("stored"));

        TransferStatus status = porto.transfers().fetch(lisbon.id(), "stored", temp.resolve("fetched"), new TransferOptions("", LONG, RATE)).await(LONG);

        assertThat(status.state()).as(status.error()).isEqualTo(State.DONE);
        assertThat(temp.resolve("fetched")).hasSameBinaryContentAs(source);
        assertThat(status.elapsed()).isGreaterThan(LEAST);
    }

    @Test
    void theNodesLimitIsChangedOnTheWay() {
        porto.flowNode().sendLimit().change(SLOW);
        Transfer transfer = send(0);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        porto.flowNode().sendLimit().change(0);

        mustBeWhole(transfer.await(LONG));
    }

    @Test
    void theSameOrderWithAnotherLimitChangesTheTransferThatRuns() {
        Transfer transfer = send(SLOW);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        Transfer again = send(0);

        assertThat(again).isSameAs(transfer);
        mustBeWhole(transfer.await(LONG));
    }

    @Test
    void anOrderKeepsItsLimitOverARestart() {
        Transfer transfer = send(SLOW);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);
        porto.stop();
        porto.start();
        TransferStatus resumed = porto.transfers().list().getFirst();
        Transfer running = porto.transfers().find(resumed.id()).orElseThrow();

        await().atMost(LONG).until(() -> running.status().bytesResumed() > 0);
        assertThat(running.await(Duration.ofSeconds(1)).state()).as("minutes are left").isEqualTo(State.RUNNING);
        running.limit(0);
        mustBeWhole(running.await(LONG));
    }

    @Test
    void aStopDoesNotWaitForTheLimit() {
        Transfer transfer = send(SLOW);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        porto.stop();

        assertThat(porto.flowNode().threads().count()).isZero();
        assertThat(transfer.status().state()).isEqualTo(State.WAITING);
    }

    @Test
    void aCancelDoesNotWaitForTheLimit() {
        Transfer transfer = send(SLOW);
        await().atMost(LONG).until(() -> transfer.status().bytesDone() > 0);

        transfer.cancel();

        assertThat(transfer.await(LONG).state()).isEqualTo(State.CANCELLED);
    }
}
