// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.orchestrator.manager.StandaloneManagers;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long it takes until the last of twenty nodes has left v3. The nodes share a JVM and two cores, and each has a caller that never rests. */
class KillSwitchTest {
    private static final int NODES = 20;
    /** Source: rows 127 and 132. */
    private static final Duration BOUND = Duration.ofSeconds(5);

    private final TestClock clock = new TestClock();
    private final StandaloneManagers factory = new StandaloneManagers(clock);
    private final AtomicBoolean finished = new AtomicBoolean();
    private final List<Caller> callers = new ArrayList<>();

    /** Calls one node's slot all the time and remembers when v3 answered last. */
    private final class Caller {
        final HybridManager node = factory.create(Optional.empty());
        final AtomicLong v3LastNs = new AtomicLong();
        final AtomicLong v1Calls = new AtomicLong();
        final AtomicLong failed = new AtomicLong();
        final Thread thread;

        Caller() {
            node.initialize();
            node.register(Greeter.TRANSPORT, Greeter.saying("v1"), Greeter.saying("v3"));
            node.start();
            node.switchMode(NetworkMode.INTERNET, "test");
            thread = Thread.ofPlatform().name("caller").start(this::call);
        }

        private void call() {
            Route<Greeter> route = node.route(Greeter.TRANSPORT);
            while (!finished.get()) {
                try {
                    if (route.call(RouteKey.NODE, Greeter::greet).equals("v3")) {
                        v3LastNs.set(clock.nanoTime());
                    } else {
                        v1Calls.incrementAndGet();
                    }
                } catch (RuntimeException e) {
                    failed.incrementAndGet();
                }
            }
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        finished.set(true);
        for (Caller caller : callers) {
            caller.thread.join();
        }
        factory.close();
    }

    @Test
    @Requirement({"R-127", "R-132"})
    void twentyNodesHaveLeftV3WithinFiveSecondsOfTheCommandAndNoCallFails() {
        for (int i = 0; i < NODES; i++) {
            callers.add(new Caller());
        }
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> callers.stream().allMatch(c -> c.v3LastNs.get() != 0));

        long commandNs = clock.nanoTime();
        callers.forEach(caller -> caller.node.orchestrator().killSwitch("test"));
        long doneNs = clock.nanoTime();
        List<Long> before = callers.stream().map(c -> c.v1Calls.get()).toList();
        Awaitility.await().atMost(Duration.ofSeconds(60))
                .until(() -> java.util.stream.IntStream.range(0, NODES).allMatch(i -> callers.get(i).v1Calls.get() > before.get(i) + 100));

        long lastNs = callers.stream().mapToLong(c -> c.v3LastNs.get()).max().orElseThrow();
        assertThat(Duration.ofNanos(Math.max(lastNs, doneNs) - commandNs)).as("from the command to the last call on v3").isLessThan(BOUND);
        assertThat(callers).allSatisfy(caller -> assertThat(caller.failed).hasValue(0));
    }
}
