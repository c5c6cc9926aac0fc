// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.Map;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.Transfers;
import org.dwcp.testkit.cluster.FreePorts;
import org.dwcp.testkit.cluster.InJvmCluster;
import org.dwcp.testkit.cluster.InJvmNode;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.transport.LinkShaper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small calls beside a large file on one slow link whose queue holds 200 ms. A node that sends all it can fills that queue, and a call waits in it; one
 * that is told to stay below the link's rate, while the file is on its way, leaves it empty. Both are measured in one run: what the machine
 * itself takes is in both.
 */
@Tag("system")
@Timeout(300)
class CallsBesideBulkSystemTest {
    private static final NodeId B = NodeId.of("b");
    private static final long RATE = 40_000_000;
    /** Six tenths of the link. */
    private static final long LIMIT = RATE / 8 * 6 / 10;
    private static final long BYTES = 400L << 20;
    private static final int CALLS = 41;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestClock clock = new TestClock();

    @TempDir
    private Path folder;
    private InJvmCluster cluster;
    private LinkShaper v1;
    private LinkShaper v3;
    private InJvmNode a;

    @BeforeEach
    void start() throws IOException {
        cluster = InJvmCluster.start(folder, Map.of(), "a", "b");
        a = cluster.node("a");
        cluster.node("b").close();
        int[] ports = {FreePorts.next(), FreePorts.next()};
        v1 = new LinkShaper(clock, ports[0]);
        v3 = new LinkShaper(clock, ports[1]);
        var b = cluster.start("b", Map.of("dwcp.advertise", Pair.V1 + "=" + v1.port() + "," + Pair.V3 + "=" + v3.port(),
                "dwcp.config.org.dwcp.transport.v1/listen.port", Integer.toString(ports[0]),
                "dwcp.config.org.dwcp.transport.v3/listen.port", Integer.toString(ports[1])));
        cluster.awaitMesh();
        CallHandler echo = (peer, body) -> body;
        b.context().registerService(CallHandler.class, echo, new Hashtable<>(Map.of(CallHandler.METHOD, "echo")));
        // What a busy machine measures must not swap in between.
        a.service(HybridManager.class).switchMode(NetworkMode.INTERNET, "test");
    }

    @AfterEach
    void stop() {
        cluster.close();
        v1.close();
        v3.close();
    }

    @Test
    void aNodeThatIsToldToStayBelowTheLinksRateLeavesItsQueueToCalls() throws Exception {
        medianNs(); // opens the channel
        v1.rate(RATE);
        v3.rate(RATE);
        var transfer = a.service(Transfers.class).send(Pair.write(folder.resolve("image.bin"), BYTES, 7), B, TransferOptions.DEFAULT);
        var before = bytes();
        await().atMost(PATIENCE).until(() -> bytes() - before > RATE / 8 * 3);
        var full = medianNs();

        limit();
        await().atMost(PATIENCE).until(() -> rate(transfer) < LIMIT * 1.1);
        var limited = medianNs();

        assertThat(transfer.status().state().ended()).as("both were measured beside it: %s", transfer.status()).isFalse();
        assertThat(full).as("the link's queue was full").isGreaterThan(Duration.ofMillis(100).toNanos());
        assertThat(limited).as("ns of a call at full rate %d, limited", full).isLessThan(full / 2);
        transfer.cancel();
    }

    private long bytes() {
        return v1.bytes() + v3.bytes();
    }

    private static long rate(Transfer transfer) {
        return transfer.status().bytesPerSecond();
    }

    /** Changes the running node's configuration as an operator does. */
    private void limit() throws IOException {
        var etc = a.home().resolve("etc");
        var part = Files.writeString(etc.resolve("migration.part"), "send.bytes.per.second.max=" + LIMIT + "\n");
        Files.move(part, etc.resolve("org.dwcp.migration.cfg"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private long medianNs() {
        var calls = a.service(Calls.class);
        var times = new long[CALLS];
        for (var i = 0; i < CALLS; i++) {
            var startNs = clock.nanoTime();
            calls.call(B, "echo", new byte[100], PATIENCE);
            times[i] = clock.nanoTime() - startNs;
        }
        Arrays.sort(times);
        return times[CALLS / 2];
    }
}
