// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.dwcp.testkit.node.TestClock;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketsTest {
    @TempDir
    private Path folder;

    private long allowed(String most, String tuned) throws IOException {
        Files.createDirectories(folder.resolve("core"));
        Files.createDirectories(folder.resolve("ipv4"));
        Files.writeString(folder.resolve("core/wmem_max"), most);
        Files.writeString(folder.resolve("ipv4/tcp_wmem"), tuned);
        return Sockets.allowedBytes(folder);
    }

    /** Linux's defaults: a send buffer that is set would be a tenth of what the kernel tunes by itself. */
    @Test
    void leavesTheSendBufferToAKernelThatGivesMoreByItself() throws IOException {
        assertThat(allowed("212992\n", "4096\t16384\t4194304\n")).isZero();
        assertThat(allowed("2097152\n", "4096\t16384\t4194304\n")).isZero();
    }

    @Test
    void takesWhatIsAllowedWhereThatIsMore() throws IOException {
        assertThat(allowed("2097153\n", "4096\t16384\t4194304\n")).isEqualTo(2_097_153);
        assertThat(allowed("67108864\n", "4096 16384 4194304")).isEqualTo(67_108_864);
    }

    @Test
    void leavesItAloneWhereTheLimitsCannotBeRead() throws IOException {
        assertThat(Sockets.allowedBytes(folder.resolve("nowhere"))).isZero();
        assertThat(allowed("?", "4096\t16384\t4194304\n")).isZero();
        assertThat(allowed("212992", "4096")).isZero();
    }

    /** A thread that the system has not let run yet is one to wait for as well. */
    @Test
    void endsItsThreadsWhenItIsClosedRightAfterTheStart() {
        for (int round = 0; round < 20; round++) {
            var sockets = new Sockets("closed.at.once", 64, new Tcp(Natives.AUTO, "", 0, 0, Pacing.NONE, Duration.ofSeconds(20)));

            assertThat(sockets.close(new TestClock(), 1_000)).isEmpty();

            assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).noneMatch(name -> name.startsWith("closed.at.once"));
        }
    }
}
