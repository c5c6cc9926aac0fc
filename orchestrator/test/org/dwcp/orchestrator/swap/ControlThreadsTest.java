// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The threads of the routing on simulated time: in order, bounded, gone when closed. */
class ControlThreadsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Rig rig = Rig.threaded();
    private final CountDownLatch hang = new CountDownLatch(1);

    @AfterEach
    void close() {
        hang.countDown();
        rig.close();
        await().atMost(PATIENCE).until(() -> threads().isEmpty());
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith("orchestrator.")).toList();
    }

    private void hang() {
        try {
            hang.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted");
        }
    }

    @Test
    void startsNoThreadBeforeItIsNeeded() {
        assertThat(threads()).isEmpty();
    }

    @Test
    void aProviderThatHangsInPrepareIsGivenUpAtTheDeadline() {
        Greeter.Bent v3 = new Greeter.Bent("v3");
        rig.adapter.register(Rig.GREETER, new Greeter.Named("v1"), v3);
        v3.prepare = this::hang;
        CompletableFuture<Void> promotion = CompletableFuture.runAsync(() -> rig.routing.promote("greeter", "v3", 100, "test"),
                task -> new Thread(task, "operator").start());
        await().atMost(PATIENCE).until(() -> rig.routing.core().callouts.running() == 1);
        assertThat(rig.routing.killSwitch("meanwhile")).as("the kill switch waits for nobody; all is on v1 already").isEmpty();

        rig.clock.advance(Switchboard.PREPARE_TIMEOUT);

        await().atMost(PATIENCE).until(promotion::isCompletedExceptionally);
        assertThatThrownBy(promotion::join).hasCauseInstanceOf(DwcpException.class).hasMessageContaining("no answer within 10000 ms");
        assertThat(rig.ask()).isEqualTo("v1");
        await().atMost(PATIENCE).until(() -> rig.routing.core().callouts.running() == 0); // it was interrupted
    }

    @Test
    void aProbeThatHangsCountsAsFailure() {
        Greeter.Bent v1 = new Greeter.Bent("v1");
        rig.adapter.register(Rig.GREETER, v1, new Greeter.Named("v3"));
        v1.probe = this::hang;

        // Three probes, each given up after 5 s, with the backoff between; the table falls back then.
        await().atMost(PATIENCE).until(() -> {
            rig.clock.advance(Duration.ofSeconds(1));
            return rig.routing.show("greeter").providers().stream().anyMatch(p -> p.state() == ProviderState.FAILED);
        });
        assertThat(rig.ask()).isEqualTo("v3");
    }

    @Test
    void runsTasksInOrderOfTheirTime() {
        SimulatedClock clock = new SimulatedClock();
        List<String> order = new CopyOnWriteArrayList<>();
        try (ControlLoop loop = new ControlLoop("orchestrator.test", clock, true)) {
            loop.schedule(Duration.ofSeconds(2), () -> order.add("second"));
            await().atMost(PATIENCE).until(() -> clock.sleepers() == 1);
            loop.schedule(Duration.ofSeconds(1), () -> order.add("first"));
            Registration taken = loop.schedule(Duration.ofMillis(500), () -> order.add("never"));
            taken.close();
            loop.execute(() -> order.add("at once"));
            await().atMost(PATIENCE).until(() -> order.size() == 1);

            clock.advance(Duration.ofSeconds(1));
            await().atMost(PATIENCE).until(() -> order.size() == 2);
            clock.advance(Duration.ofSeconds(1));
            await().atMost(PATIENCE).until(() -> order.size() == 3);
        }
        assertThat(order).containsExactly("at once", "first", "second");
    }

    @Test
    void aTaskThatThrowsDoesNotEndTheLoop() {
        List<String> order = new CopyOnWriteArrayList<>();
        try (ControlLoop loop = new ControlLoop("orchestrator.test", new SimulatedClock(), true)) {
            loop.execute(() -> {
                throw new AssertionError("a bad task");
            });
            loop.execute(() -> order.add(Thread.currentThread().isInterrupted() + " " + Thread.currentThread().getContextClassLoader()));
            await().atMost(PATIENCE).until(() -> order.size() == 1);
        }
        assertThat(order).containsExactly("false null");
    }

    @Test
    void refusesOneTaskTooManyAndTakesNoneWhenClosed() {
        ControlLoop loop = new ControlLoop("orchestrator.test", new SimulatedClock(), false);
        for (int i = 0; i < ControlLoop.TASKS_MAX; i++) {
            loop.schedule(Duration.ofSeconds(1), () -> { });
        }
        assertThatThrownBy(() -> loop.execute(() -> { })).isInstanceOf(DwcpException.class).hasMessageContaining("10000 waiting tasks");

        loop.close();
        loop.close();
        loop.execute(() -> {
            throw new AssertionError("ran after close");
        });
        loop.runDue();
    }

    @Test
    void closesWhileAProviderHangs() {
        Greeter.Bent v3 = new Greeter.Bent("v3");
        rig.adapter.register(Rig.GREETER, new Greeter.Named("v1"), v3);
        v3.prepare = this::hang;
        CompletableFuture<Void> promotion = CompletableFuture.runAsync(() -> rig.routing.promote("greeter", "v3", 100, "test"),
                task -> new Thread(task, "operator").start());
        await().atMost(PATIENCE).until(() -> rig.routing.core().callouts.running() == 1);

        rig.routing.close();

        await().atMost(PATIENCE).until(promotion::isDone);
    }

    @Test
    void refusesOneCallbackTooMany() {
        for (int i = 0; i < Listeners.LISTENERS_MAX; i++) {
            rig.routing.onSwap(swap -> { });
        }
        assertThatThrownBy(() -> rig.routing.onSwap(swap -> { })).isInstanceOf(DwcpException.class).hasMessageContaining("1000 swap listeners");
    }
}
