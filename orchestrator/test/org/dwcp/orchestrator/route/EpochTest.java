// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.orchestrator.health.Breaker;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

class EpochTest {
    private final SimulatedClock clock = new SimulatedClock();
    private final ProviderHandle handle = new ProviderHandle(new ProviderHandle.Identity("s", "s.v1", "1.0.0", List.of("v1"), List.of()), "object", 0,
            new Breaker(() -> BreakerSettings.DEFAULT, clock), clock, (provider, reason) -> { });
    private final int stripe = Epoch.stripe();

    private void work(Epoch epoch) {
        epoch.enter(stripe);
        epoch.leave(stripe);
    }

    /** Between the making of the next epoch and the publication of its table, callers still enter the old one. */
    @Test
    void anEpochThatIsStillInForceIsNotForgotten() {
        Epoch old = handle.newEpoch();
        work(old);
        handle.newEpoch();
        handle.fold();

        old.enter(stripe);

        assertThat(handle.inFlight()).isEqualTo(1);
        assertThat(handle.totals().requests()).isEqualTo(2);
    }

    @Test
    void aRetiredEpochIsForgottenWhenItsWorkHasEndedAndItsCountsStay() {
        Epoch old = handle.newEpoch();
        old.enter(stripe);
        handle.newEpoch();
        old.retire();
        handle.fold();
        assertThat(handle.inFlight()).isEqualTo(1);

        old.leave(stripe);
        old.error(stripe);
        handle.fold();

        assertThat(handle.inFlight()).isZero();
        assertThat(handle.totals()).isEqualTo(new Totals(1, 1, 0, 0));
    }

    @Test
    void aLateCallerThatGoesAgainIsNoRequest() {
        Epoch old = handle.newEpoch();
        work(old);
        old.retire();
        old.enter(stripe);
        assertThat(old.finalTotals()).as("somebody is in").isNull();
        old.discount(stripe);
        old.leave(stripe);

        handle.fold();

        assertThat(handle.totals().requests()).isEqualTo(1);
    }

    @Test
    void keepsNoMoreRetiredEpochsThanItsLimit() {
        for (int i = 0; i < ProviderHandle.RETIRED_MAX + 10; i++) {
            Epoch endless = handle.newEpoch();
            endless.enter(stripe);
            endless.retire();
        }
        handle.fold();

        assertThat(handle.inFlight()).isEqualTo(ProviderHandle.RETIRED_MAX);
        assertThat(handle.totals().requests()).isEqualTo(ProviderHandle.RETIRED_MAX + 10);
    }

    @Test
    void workMayLeaveOnAnotherThread() throws InterruptedException {
        Epoch epoch = handle.newEpoch();
        epoch.enter(stripe);
        Thread other = new Thread(() -> epoch.leave(Epoch.stripe()), "other");
        other.start();
        other.join();

        assertThat(epoch.idle()).isTrue();
    }

    @Test
    void shortCallsAreSampledAndLongOnesAllTimed() {
        Epoch epoch = handle.newEpoch();
        for (int i = 0; i < 64; i++) {
            epoch.time(stripe, epoch.timingMask, 1_000);
        }
        assertThat(epoch.timingMask).isEqualTo(63);
        epoch.time(stripe, epoch.timingMask, 1_000_000);
        assertThat(epoch.timingMask).isZero();
        assertThat(epoch.totals().timed()).isEqualTo(64 + 64);
        assertThat(epoch.totals().meanMs()).isCloseTo((64 * 0.001 + 64 * 1.0) / 128, org.assertj.core.api.Assertions.within(1e-9));
    }

    /** Idle must never be read while somebody is in: each worker stays in until the reader has looked. */
    @Test
    void idleIsNeverReadWhileAnybodyIsIn() throws InterruptedException {
        Epoch epoch = handle.newEpoch();
        AtomicBoolean going = new AtomicBoolean(true);
        AtomicInteger alwaysIn = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        epoch.enter(stripe); // at least this one never leaves
        for (int i = 0; i < 4; i++) {
            threads.add(new Thread(() -> {
                while (going.get()) {
                    int here = Epoch.stripe();
                    epoch.enter(here);
                    epoch.leave(here);
                }
            }, "worker-" + i));
        }
        threads.forEach(Thread::start);
        for (int i = 0; i < 20_000; i++) {
            if (epoch.idle()) {
                alwaysIn.incrementAndGet();
            }
        }
        going.set(false);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(alwaysIn).as("times that idle was read").hasValue(0);
        assertThat(epoch.inFlight()).isEqualTo(1);
    }
}
