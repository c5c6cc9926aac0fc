// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.DwcpException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class NodeServicesTest {
    @TempDir
    Path home;

    @Test
    void onePurposeGetsTheSameNumbersFromTheSameSeed() {
        var one = new SeededRandom(42).stream("reconnect").longs(8).toArray();
        var other = new SeededRandom(42);
        other.stream("something else").nextLong();

        assertThat(other.stream("reconnect").longs(8).toArray()).isEqualTo(one);
        assertThat(other.stream("reconnecu").longs(8).toArray()).isNotEqualTo(one);
        assertThat(new SeededRandom(43).stream("reconnect").longs(8).toArray()).isNotEqualTo(one);
    }

    @Test
    void foldersAreMadeWhenTheyAreAskedFor() {
        var folders = new HomeFolders(home, "data/inbox");

        assertThat(folders.etc()).isEqualTo(home.resolve("etc")).isDirectory();
        assertThat(folders.deploy()).isDirectory();
        assertThat(folders.inbox()).isEqualTo(home.resolve("data/inbox")).isDirectory();
        assertThat(folders.data("consensus.v1")).isEqualTo(home.resolve("data/consensus.v1")).isDirectory();
    }

    @Test
    void noPartLeavesTheDataFolder() {
        var folders = new HomeFolders(home, "data/inbox");

        for (var name : new String[] {"..", ".", "", "a/b", "../etc", "A", "x".repeat(65)}) {
            assertThatThrownBy(() -> folders.data(name)).as(name).isInstanceOf(DwcpException.class).hasMessageContaining("part '" + name);
        }
        assertThat(folders.data("x".repeat(64))).isDirectory();
    }

    @Test
    void aFullQueueMakesTheCallerWork() throws InterruptedException {
        try (var executors = new BoundedExecutors(1)) {
            var hold = new CountDownLatch(1);
            var threads = Collections.synchronizedSet(new HashSet<String>());
            var done = new AtomicInteger();
            executors.cpu().execute(() -> {
                try {
                    hold.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });

            for (var task = 0; task <= BoundedExecutors.QUEUE_PER_THREAD_MAX; task++) {
                executors.cpu().execute(() -> {
                    threads.add(Thread.currentThread().getName());
                    done.incrementAndGet();
                });
            }

            assertThat(threads).containsExactly(Thread.currentThread().getName());
            assertThat(done).hasValue(1);
            hold.countDown();
        }
    }

    @Test
    void nobodyCanShutTheExecutorDown() {
        try (var executors = new BoundedExecutors(1)) {
            assertThat(executors.cpu()).isNotInstanceOf(ExecutorService.class).isNotInstanceOf(AutoCloseable.class);
        }
    }

    @Test
    void aTaskThatFailsCostsNoThread() throws InterruptedException {
        try (var executors = new BoundedExecutors(1)) {
            var done = new CountDownLatch(1);
            executors.cpu().execute(() -> {
                throw new IllegalStateException("on purpose");
            });
            executors.cpu().execute(done::countDown);

            assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void stoppedExecutorsRefuseAndLeaveNoThread() throws InterruptedException {
        var executors = new BoundedExecutors(2);
        var thread = new Thread[1];
        var started = new CountDownLatch(1);
        executors.cpu().execute(() -> {
            thread[0] = Thread.currentThread();
            started.countDown();
        });
        started.await();

        executors.close();
        executors.close();

        assertThat(thread[0].join(Duration.ofSeconds(20))).isTrue();
        assertThatThrownBy(() -> executors.cpu().execute(() -> { })).isInstanceOf(DwcpException.class).hasMessageContaining("stopped");
    }
}
