// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.ImageStatus;
import org.dwcp.api.image.ImageTask;
import org.dwcp.api.image.Images.Existing;
import org.dwcp.api.image.Images.Format;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.api.transport.TransportException;
import org.dwcp.migration.fake.FakeChannel;
import org.dwcp.migration.fake.Faults;
import org.dwcp.migration.fake.TestNode;
import org.junit.jupiter.api.Test;

/** Images between two nodes one of which dies, stops or loses its way in the middle. */
class ImageBreaksTest extends TwoDepots {
    /** Slow enough that a test can do something in the middle. */
    private static Faults slow() {
        return new Faults(7) {
            @Override
            public void beforeDelivery(FakeChannel channel) {
                LockSupport.parkNanos(20_000_000);
            }
        };
    }

    private void slow(TestNode... nodes) {
        for (TestNode node : nodes) {
            node.allTransports().forEach(transport -> transport.faults(slow()));
        }
    }

    private void fast(TestNode... nodes) {
        for (TestNode node : nodes) {
            node.allTransports().forEach(transport -> transport.faults(new Faults(8)));
        }
    }

    private static void awaitSent(ImageTask task) {
        await().atMost(LONG).pollInterval(Duration.ofMillis(2)).until(() -> task.status().state().ended()
                || task.status().step() == ImageStatus.Step.SEND && task.status().stepBytesDone() > 600_000);
        assertThat(task.status().state().ended()).as("still on its way: %s", task.status()).isFalse();
    }

    @Test
    void aReceiverThatDiesInTheMiddleGoesOnWhereItWas() throws IOException {
        Path disk = disk(1);
        slow(porto, lisbon);
        ImageTask push = begin(disk, "a");
        awaitSent(push);

        lisbon.kill();
        fast(porto, lisbon);
        lisbon.start();

        ImageStatus status = done(push.await(LONG));
        assertThat(status.bytesResumed()).isPositive();
        assertThat(done(porto.images().verify(lisbon.id(), "a").await(LONG)).versions()).isEqualTo(1);
    }

    @Test
    void aSenderThatDiesInTheMiddleGoesOnByItselfAndSendsNothingTwice() throws IOException {
        Path disk = disk(1);
        slow(porto, lisbon);
        awaitSent(begin(disk, "a"));

        porto.kill();
        fast(porto, lisbon);
        porto.start();

        await().atMost(LONG).until(() -> !lisbon.images().list(lisbon.id()).isEmpty());
        assertThat(lisbon.images().list(lisbon.id()).getFirst().sha256()).isEqualTo(hash(disk));
        await().atMost(LONG).until(() -> {
            try (Stream<Path> jobs = Files.list(porto.home().resolve("data/migration/images/jobs"))) {
                return jobs.findAny().isEmpty();
            }
        });
    }

    @Test
    void aPullWhoseSourceDiesInTheMiddleGoesOn() throws IOException {
        Path disk = disk(1);
        push(disk, "a");
        slow(porto, lisbon);
        ImageTask pull = porto.images().pull(lisbon.id(), "a", temp.resolve("pulled"), Format.AUTO, Existing.REFUSE, PATIENCE);
        awaitSent(pull);

        lisbon.kill();
        fast(porto, lisbon);
        lisbon.start();

        done(pull.await(LONG));
        assertThat(Files.mismatch(disk, temp.resolve("pulled"))).isEqualTo(-1);
    }

    @Test
    void aFileThatChangesWhileItIsPushedIsRefused() throws IOException {
        Path disk = disk(1);
        porto.allTransports().forEach(transport -> transport.faults(slow()));
        lisbon.kill(); // the push scans, and waits for an answer
        ImageTask push = begin(disk, "a");
        await().atMost(LONG).until(() -> push.status().state() == State.WAITING);

        change(disk, 1_000_000, 5, 9);
        fast(porto);
        lisbon.start();

        ImageStatus status = push.await(LONG);
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.error()).contains("changed").contains("snapshot");
        assertThat(lisbon.images().list(lisbon.id())).isEmpty();
    }

    @Test
    void aCancelledPushLeavesNoVersionAndTheSameCommandGoesOn() throws IOException {
        Path disk = disk(1);
        slow(porto, lisbon);
        ImageTask push = begin(disk, "a");
        awaitSent(push);

        push.cancel();

        assertThat(push.await(LONG).state()).isEqualTo(State.CANCELLED);
        assertThat(lisbon.images().list(lisbon.id())).isEmpty();
        fast(porto, lisbon);
        assertThat(push(disk, "a").bytesResumed()).isPositive();
    }

    @Test
    void goesOnOverAnotherTransportWhenTheRouteMoves() throws IOException {
        Path disk = disk(1);
        slow(porto, lisbon);
        ImageTask push = begin(disk, "a");
        awaitSent(push);

        porto.transport("t1").cutAll("swapped");
        porto.transport("t1").faults(new Faults(3) {
            @Override
            public void beforeOpen() {
                throw new TransportException(Kind.UNAVAILABLE, "t1 is gone");
            }
        });
        porto.transports().order("t2", "t3", "t1");

        done(push.await(LONG));
        pull("a", temp.resolve("pulled"));
        assertThat(Files.mismatch(disk, temp.resolve("pulled"))).isEqualTo(-1);
    }

    @Test
    void endsWithItsNodeWithoutAThread() throws IOException {
        Path disk = disk(1);
        slow(porto, lisbon);
        awaitSent(begin(disk, "a"));

        porto.stop();
        lisbon.stop();

        assertThat(porto.depot().threads().count()).isZero();
        assertThat(lisbon.depot().threads().count()).isZero();
    }
}
