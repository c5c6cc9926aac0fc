// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.random.RandomGenerator;

import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.fake.SocketNode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The receiver is a process of its own and is ended by SIGKILL at random moments. */
class SigkillTest {
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final NodeId PORTO = NodeId.of("porto");
    private static final NodeId LISBON = NodeId.of("lisbon");

    @TempDir
    private Path temp;
    private Process lisbon;

    @AfterEach
    void stop() throws InterruptedException {
        if (lisbon != null) {
            lisbon.destroyForcibly().waitFor();
        }
    }

    /** Starts the receiver and gives its port. */
    private int startLisbon() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        lisbon = new ProcessBuilder(java.toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                SocketNode.class.getName(), temp.resolve("lisbon").toString(), LISBON.value(), PORTO.value())
                .redirectError(temp.resolve("lisbon.log").toFile()).start();
        BufferedReader out = lisbon.inputReader();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("port ")) {
                return Integer.parseInt(line.substring(5));
            }
        }
        throw new IOException("the receiver said no port: " + Files.readString(temp.resolve("lisbon.log")));
    }

    @Test
    @Requirement("R-454")
    void aReceiverKilledThreeTimesAtRandomMomentsEndsWithTheRightBytes() throws Exception {
        RandomGenerator random = Samples.random(ProcessHandle.current().pid());
        int bytes = 120_000_000;
        Path source = Samples.file(temp.resolve("data"), bytes);
        try (SocketNode porto = new SocketNode(temp.resolve("porto"), PORTO, LISBON)) {
            porto.peerPort(startLisbon());
            Transfer transfer = porto.transfers().send(source, LISBON, TransferOptions.DEFAULT);
            long acked = 0;
            for (int kill = 0; kill < 3; kill++) {
                long more = acked + 1 + random.nextInt(15_000_000);
                await().atMost(LONG).pollInterval(Duration.ofMillis(1)).until(() -> transfer.status().bytesDone() >= more || transfer.status().state().ended());
                assertThat(transfer.status().state()).isNotEqualTo(State.DONE);
                acked = transfer.status().bytesDone();

                lisbon.destroyForcibly().waitFor();
                assertThat(temp.resolve("lisbon/inbox/data")).doesNotExist();
                porto.peerPort(startLisbon());
            }

            TransferStatus status = transfer.await(LONG);
            assertThat(status.error()).isEmpty();
            assertThat(status.state()).isEqualTo(State.DONE);
            assertThat(temp.resolve("lisbon/inbox/data")).hasSameBinaryContentAs(source);
            assertThat(status.bytesWire()).as("what was acknowledged is not sent again").isLessThan(bytes + 3 * (2L << 20) + 3 * (8L << 20));
        }
    }

    @Test
    void aSenderKilledInTheMiddleGoesOnWhenItIsBack() throws Exception {
        Path source = Samples.file(temp.resolve("data"), 60_000_000);
        Path inbox = Files.createDirectories(temp.resolve("lisbon/inbox"));
        Files.move(source, inbox.resolve("data"), StandardCopyOption.ATOMIC_MOVE);
        try (SocketNode porto = new SocketNode(temp.resolve("porto"), PORTO, LISBON)) {
            porto.peerPort(startLisbon());
            Transfer transfer = porto.transfers().fetch(LISBON, "data", temp.resolve("copy"), TransferOptions.DEFAULT);
            await().atMost(LONG).pollInterval(Duration.ofMillis(1)).until(() -> transfer.status().bytesDone() > 1_000_000);

            lisbon.destroyForcibly().waitFor();
            porto.peerPort(startLisbon());

            assertThat(transfer.await(LONG).error()).isEmpty();
            assertThat(temp.resolve("copy")).hasSameBinaryContentAs(inbox.resolve("data"));
        }
    }
}
