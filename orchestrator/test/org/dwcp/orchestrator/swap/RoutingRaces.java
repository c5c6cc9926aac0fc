// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.dwcp.orchestrator.route.RoutingTable;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many threads at once on real time. Bounded by work, not by time; a deadlock shows as a thread that does not end. */
class RoutingRaces {
    private static final Duration GENEROUS = Duration.ofSeconds(20);

    private final TestFlags flags = new TestFlags();
    private final HybridRouting routing = new HybridRouting(flags, new TestDetector(new SimulatedClock()), HybridConfig::defaults,
            BreakerSettings.DEFAULT, new MachineClock(), Optional.empty());
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final LongAdder calls = new LongAdder();

    /** Knows whether it may be called, and complains when it is called and may not. */
    private final class Guarded implements Greeter {
        private final String name;
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean forbidden;

        private Guarded(String name) {
            this.name = name;
        }

        @Override
        public String greet() {
            inside.incrementAndGet();
            if (forbidden) {
                violations.add(name + " was called while it is out");
            }
            inside.decrementAndGet();
            return name;
        }

        private void forbid() {
            forbidden = true;
            if (inside.get() != 0) {
                violations.add(name + " was still running when it was said to be free");
            }
        }
    }

    @AfterEach
    void close() {
        routing.close();
    }

    private static Slot<Greeter> slot(String name) {
        return new Slot<>(name, Greeter.class);
    }

    private ProviderHandle install(String slot, String mode, Greeter object) {
        return routing.core().add(new ProviderHandle.Identity(slot, slot + "." + mode, "1.0.0", List.of(mode), List.of()), object, 0);
    }

    private void run(List<Runnable> jobs) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Runnable job : jobs) {
            Thread thread = new Thread(() -> {
                try {
                    job.run();
                } catch (Throwable failure) {
                    violations.add(failure.toString());
                }
            }, "race-" + threads.size());
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            assertThat(thread.join(GENEROUS)).as("%s ends; it is at %s; %s", thread.getName(), List.of(thread.getStackTrace()), violations).isTrue();
        }
        assertThat(violations).isEmpty();
    }

    private void callOften(String slot, int times) {
        Route<Greeter> route = routing.adapter().route(slot(slot));
        Greeter proxy = routing.adapter().get(slot(slot));
        for (int i = 0; i < times; i++) {
            String answer = i % 8 == 0 ? proxy.greet() : route.call(RouteKey.of("key-" + i % 50), Greeter::greet);
            calls.increment();
            if (!answer.startsWith(slot)) {
                violations.add("slot " + slot + " was answered by " + answer);
            }
            if (i % 16 == 0) {
                try (var lease = route.lease(RouteKey.NODE)) {
                    calls.increment();
                    lease.provider().greet();
                    lease.isCurrent();
                }
            }
        }
    }

    @Test
    @Requirement({"R-040", "R-133"})
    void sixtyFourThreadsCallSwitchInstallAndRead() throws InterruptedException {
        for (String slot : List.of("left", "right")) {
            for (String mode : List.of("v0", "v1", "v3")) {
                install(slot, mode, new Guarded(slot + "." + mode));
            }
        }
        List<Runnable> jobs = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            String slot = i % 2 == 0 ? "left" : "right";
            jobs.add(() -> callOften(slot, 1_000));
        }
        for (int i = 0; i < 4; i++) {
            String slot = i % 2 == 0 ? "left" : "right";
            jobs.add(() -> promoteAndRollBack(slot));
            jobs.add(this::killAndRelease);
            jobs.add(this::readFigures);
        }
        jobs.add(() -> comeAndGo("left"));
        jobs.add(() -> comeAndGo("right"));
        jobs.add(() -> registerAndClose("third"));
        jobs.add(() -> switchMode(50));

        run(jobs);

        assertThat(routing.figures().inFlight()).isZero();
        assertThat(routing.figures().metrics().stream().filter(m -> !m.slot().equals("third")).mapToLong(m -> m.mockRequests() + m.realRequests()).sum())
                .as("every call was counted once").isEqualTo(calls.sum());
        assertThat(routing.figures().switchFailures()).isZero();
    }

    private void promoteAndRollBack(String slot) {
        for (int i = 0; i < 30; i++) {
            routing.promote(slot, "v0", 1 + i % 100, "race");
            routing.rollback(slot, "race");
        }
    }

    private void killAndRelease() {
        for (int i = 0; i < 20; i++) {
            routing.killSwitch("race");
            routing.releaseKillSwitch("race");
        }
    }

    private void readFigures() {
        for (int i = 0; i < 100; i++) {
            routing.figures().health();
            routing.figures().metrics();
            routing.adapter().slots();
            routing.adapter().validate();
            routing.history();
        }
    }

    /** Each time another object; the old one must never be called again once it is free. */
    private void comeAndGo(String slot) {
        for (int i = 0; i < 50; i++) {
            Guarded object = new Guarded(slot + ".extra");
            ProviderHandle handle = install(slot, "extra", object);
            routing.core().remove(List.of(handle), "race");
            if (routing.core().awaitIdle(handle, GENEROUS)) {
                object.forbid();
            }
        }
    }

    private void registerAndClose(String slot) {
        for (int i = 0; i < 50; i++) {
            routing.adapter().register(slot(slot), new Guarded("v1"), new Guarded("v3")).close();
        }
    }

    private void switchMode(int times) {
        for (int i = 0; i < times; i++) {
            routing.adapter().switchMode(i % 2 == 0 ? NetworkMode.INTERNET : NetworkMode.DATACENTER, "race");
        }
    }

    @Test
    void noCallReachesAProviderWhoseDrainWasReported() throws InterruptedException {
        Guarded v1 = new Guarded("left.v1");
        Guarded v3 = new Guarded("left.v3");
        SynchronousQueue<SwapRecord> ended = new SynchronousQueue<>();
        AtomicBoolean listening = new AtomicBoolean(true);
        routing.onSwap(swap -> {
            while (listening.get() && !offer(ended, swap)) {
                Thread.onSpinWait();
            }
        });
        install("left", "v1", v1);
        install("left", "v3", v3);
        AtomicBoolean going = new AtomicBoolean(true);
        List<Runnable> jobs = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            jobs.add(() -> {
                while (going.get()) {
                    callOften("left", 200);
                }
            });
        }
        jobs.add(() -> {
            take(ended); // the installation of the first
            for (int i = 0; i < 100; i++) {
                Guarded old = i % 2 == 0 ? v1 : v3;
                (i % 2 == 0 ? v3 : v1).forbidden = false;
                routing.promote("left", "v3", i % 2 == 0 ? 100 : 0, "race");
                if (take(ended).aborted() == 0) {
                    old.forbid();
                }
            }
            going.set(false);
            listening.set(false);
        });

        run(jobs);
    }

    private static boolean offer(SynchronousQueue<SwapRecord> queue, SwapRecord swap) {
        try {
            return queue.offer(swap, 10, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true; // the routing is being closed
        }
    }

    private static SwapRecord take(SynchronousQueue<SwapRecord> queue) {
        try {
            SwapRecord swap = queue.poll(GENEROUS.toSeconds(), TimeUnit.SECONDS);
            assertThat(swap).isNotNull();
            return swap;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Requirement("R-014")
    void noReaderEverSeesAMixOfTwoModes() throws InterruptedException {
        List<String> slots = List.of("a", "b", "c", "d");
        for (String slot : slots) {
            routing.adapter().register(slot(slot), new Guarded(slot + ".v1"), new Guarded(slot + ".v3"));
        }
        routing.adapter().switchMode(NetworkMode.DATACENTER, "race");
        AtomicBoolean going = new AtomicBoolean(true);
        Runnable reader = () -> {
            while (going.get()) {
                RoutingTable table = routing.core().board.table();
                String wanted = table.mode().mode() == NetworkMode.DATACENTER ? ".v1" : ".v3";
                for (String slot : slots) {
                    if (!table.decision().slots().get(slot).primary().equals(slot + wanted)) {
                        violations.add("table " + table.generation() + " is in mode " + table.mode().mode() + " and has "
                                + table.decision().slots().get(slot).primary());
                    }
                }
            }
        };

        run(List.of(reader, reader, () -> {
            switchMode(200);
            going.set(false);
        }));
    }
}
