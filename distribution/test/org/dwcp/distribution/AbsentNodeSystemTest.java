// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.cluster.NodeProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A large file on its way to or from a node that is stopped in its tracks for a while (SIGSTOP: its sockets live and say nothing), or that comes back
 * under other ports. Nobody helps; the right bytes arrive.
 */
@Tag("system")
@Timeout(300)
@Requirement({"R-041", "R-077"})
class AbsentNodeSystemTest {
    private static final long BYTES = 128L << 20;
    private static final long RATE = 240_000_000;
    private static final long SEED = 11;
    /** Longer than the 3 s after which a silent peer counts as offline, shorter than the 15 s after which a silent channel is given up. */
    private static final Duration PAUSE = Duration.ofSeconds(10);
    /** Longer than both. */
    private static final Duration LONG_PAUSE = Duration.ofSeconds(25);

    @TempDir
    private Path folder;
    private Pair pair;
    private Path source;

    @BeforeEach
    void start() throws Exception {
        assumeThat(Path.of("/bin/kill")).as("the command that stops a process").isExecutable();
        pair = new Pair(folder);
        source = Pair.write(folder.resolve("image.bin"), BYTES, SEED);
        pair.rate(RATE);
    }

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    void aReceiverThatStandsStillForTenSecondsGoesOn() throws Exception {
        var transfer = pair.send(source);
        pair.awaitCarried(BYTES / 4, transfer);

        standStill("b", "a", PAUSE);

        mustArrive(transfer.get());
    }

    @Test
    void aSenderThatStandsStillForTenSecondsGoesOn() throws Exception {
        var transfer = pair.send(source);
        pair.awaitCarried(BYTES / 4, transfer);

        standStill("a", "b", PAUSE);

        mustArrive(transfer.get());
    }

    @Test
    void aReceiverThatStandsStillUntilItsChannelsAreGivenUpGoesOn() throws Exception {
        var transfer = pair.send(source);
        pair.awaitCarried(BYTES / 4, transfer);

        standStill("b", "a", LONG_PAUSE);

        mustArrive(transfer.get());
    }

    @Test
    void aReceiverThatIsKilledAndComesBackUnderOtherPortsGetsTheRest() throws Exception {
        var transfer = pair.send(source);
        pair.awaitCarried(BYTES / 4, transfer);
        pair.node("b").kill();
        pair.move("b");
        var before = pair.carried();

        pair.start("b");

        var answer = transfer.get();
        mustArrive(answer);
        assertThat(answer.number("bytesResumed")).as(answer.toString()).isPositive();
        assertThat(pair.carried() - before).as("bytes that came over the new ports").isPositive().isLessThan(BYTES);
    }

    @Test
    void aSenderThatIsRestartedUnderOtherPortsGoesOnByItself() throws Exception {
        var transfer = pair.send(source);
        pair.awaitCarried(BYTES / 4, transfer);
        pair.node("a").stop();
        assertThat(transfer.get().status()).as("the command knows that it does not know").isEqualTo(1);
        pair.move("a");

        pair.start("a");

        await().atMost(Pair.PATIENCE).until(() -> Files.exists(pair.inbox("b").resolve("image.bin")));
        assertThat(Pair.hash(pair.inbox("b").resolve("image.bin"))).isEqualTo(Pair.hash(source));
    }

    /** Stops a node's process, sees to it that the other notices, and lets it go on after the pause. */
    private void standStill(String name, String other, Duration pause) throws Exception {
        signal("-STOP", pair.node(name));
        try {
            await().pollDelay(pause).atMost(pause.plus(Pair.PATIENCE)).until(
                    () -> pair.run(other, "peers").out().lines().anyMatch(line -> line.startsWith(name + " ") && line.contains(" OFFLINE ")));
            assertThat(pair.inbox("b").resolve("image.bin")).doesNotExist();
        } finally {
            signal("-CONT", pair.node(name));
        }
    }

    private static void signal(String signal, NodeProcess node) throws Exception {
        var kill = new ProcessBuilder("/bin/kill", signal, Long.toString(node.pid())).inheritIO().start();
        assertThat(kill.waitFor()).isZero();
    }

    private void mustArrive(Pair.Answer answer) throws Exception {
        assertThat(answer.status()).as(answer.toString()).isZero();
        assertThat(answer.value("state")).isEqualTo("DONE");
        assertThat(Pair.hash(pair.inbox("b").resolve("image.bin"))).isEqualTo(Pair.hash(source));
    }
}
