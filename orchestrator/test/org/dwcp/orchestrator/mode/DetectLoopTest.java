// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.dwcp.api.hybrid.NetworkMode.DATACENTER;
import static org.dwcp.api.hybrid.NetworkMode.HYBRID;
import static org.dwcp.api.hybrid.NetworkMode.INTERNET;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DetectLoopTest {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    private final Bench bench = new Bench();
    private final List<ModeChange> heard = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void noThreadIsLeft() {
        bench.detector.close();
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(t -> t.getName().startsWith("orchestrator.mode"));
    }

    private Registration loop() {
        return loop(TEN_SECONDS);
    }

    private Registration loop(Duration interval) {
        Registration loop = bench.detector.autoDetectLoop(interval, heard::add);
        awaitCycles(1);
        return loop;
    }

    private void awaitCycles(long count) {
        await().until(() -> bench.detector.cycles() == count && bench.clock.sleepers() == 1);
    }

    @Test
    @Requirement({"R-003", "R-023", "R-032"})
    void cyclesComeOnePerIntervalAndNeverAfterTheStop() throws InterruptedException {
        SteppedClock clock = new SteppedClock();
        LinkModeDetector detector = new LinkModeDetector(bench.settings, () -> bench.flags, clock);
        List<Long> atNs = Collections.synchronizedList(new ArrayList<>());
        detector.onCycle(() -> atNs.add(clock.nanoTime()));
        detector.attach(() -> Optional.of(Bench.conditions(2, 10)));
        Registration loop = detector.autoDetectLoop(TEN_SECONDS, heard::add);

        clock.runTo(Duration.ofSeconds(200));
        loop.close();
        clock.allow(Duration.ofHours(1));

        assertThat(detector.cycles()).isEqualTo(21);
        assertThat(atNs).isEqualTo(java.util.stream.LongStream.rangeClosed(0, 20).mapToObj(i -> i * TEN_SECONDS.toNanos()).toList());
        assertThat(detector.report().samples()).hasSize(10);
    }

    @Test
    @Requirement("R-023")
    void theTimeOfMeasuringDoesNotAddUp() throws InterruptedException {
        SteppedClock clock = new SteppedClock();
        LinkModeDetector detector = new LinkModeDetector(bench.settings, () -> bench.flags, clock);
        List<Long> atNs = Collections.synchronizedList(new ArrayList<>());
        detector.attach(() -> {
            atNs.add(clock.nanoTime());
            clock.take(Duration.ofMillis(1_800));
            return Optional.empty();
        });
        Registration loop = detector.autoDetectLoop(TEN_SECONDS, heard::add);

        clock.runTo(Duration.ofSeconds(35));
        loop.close();

        assertThat(atNs).containsExactly(0L, 10_000_000_000L, 20_000_000_000L, 30_000_000_000L);
    }

    @Test
    @Requirement({"R-100", "R-019", "R-023"})
    void aChangedIntervalTakesEffectWhileItIsWaitedFor() throws InterruptedException {
        SteppedClock clock = new SteppedClock();
        LinkModeDetector detector = new LinkModeDetector(bench.settings, () -> bench.flags, clock);
        List<Long> atNs = Collections.synchronizedList(new ArrayList<>());
        detector.onCycle(() -> atNs.add(clock.nanoTime()));
        Registration loop = detector.autoDetectLoop(TEN_SECONDS, heard::add);
        clock.runTo(Duration.ofSeconds(2));

        bench.config("detection.interval.ms", 3_000);
        clock.runTo(Duration.ofMillis(6_500));
        loop.close();

        assertThat(atNs).containsExactly(0L, 3_000_000_000L, 6_000_000_000L);
    }

    /** Time that passes only while somebody sleeps, and not beyond what the test allows: every step of a loop is at an exact time. */
    private static final class SteppedClock implements org.dwcp.api.node.NodeClock {
        private long nowNs;
        private long allowedNs;
        private boolean atLimit;

        @Override
        public synchronized long nanoTime() {
            return nowNs;
        }

        @Override
        public synchronized java.time.Instant now() {
            return java.time.Instant.EPOCH.plusNanos(nowNs);
        }

        @Override
        public synchronized void sleep(Duration duration) throws InterruptedException {
            while (nowNs + duration.toNanos() > allowedNs) {
                atLimit = true;
                notifyAll();
                wait();
            }
            nowNs += duration.toNanos();
        }

        synchronized void take(Duration duration) {
            nowNs += duration.toNanos();
        }

        synchronized void allow(Duration until) {
            allowedNs = until.toNanos();
            atLimit = false;
            notifyAll();
        }

        synchronized void runTo(Duration until) throws InterruptedException {
            allow(until);
            while (!atLimit) {
                wait();
            }
        }
    }

    @Test
    @Requirement({"R-096", "R-002"})
    void tellsEachChangeOnce() {
        bench.link(2, 10);
        Registration loop = loop();
        for (int i = 0; i < 12; i++) {
            if (i == 4) {
                bench.link(80, 0.2);
            }
            bench.clock.advance(TEN_SECONDS);
            awaitCycles(i + 2);
        }
        loop.close();

        assertThat(heard).extracting(ModeChange::oldMode, ModeChange::newMode).containsExactly(
                org.assertj.core.groups.Tuple.tuple(HYBRID, DATACENTER), org.assertj.core.groups.Tuple.tuple(DATACENTER, INTERNET));
        assertThat(heard.get(1).reason()).contains("80.0 ms");
    }

    @Test
    @Requirement("R-096")
    void theFirstDetectionIsToldEvenWhenItConfirmsHybrid() {
        bench.link(30, 1);

        loop().close();

        assertThat(heard).singleElement().satisfies(c -> assertThat(c.newMode()).isEqualTo(HYBRID));
    }

    @Test
    @Requirement({"R-098", "R-037"})
    void anOverrideIsToldBeforeTheCommandReturnsAndTheListenerReadsTheNewMode() {
        List<NetworkMode> read = new ArrayList<>();
        Registration loop = bench.detector.autoDetectLoop(TEN_SECONDS, c -> read.add(bench.detector.report().mode()));

        bench.detector.forceMode(INTERNET, "drill");
        assertThat(read).containsExactly(INTERNET);
        bench.detector.forceMode(INTERNET, "again");
        assertThat(read).hasSize(1);

        bench.settled(1, 10).detector.release();
        assertThat(read).containsExactly(INTERNET, DATACENTER);
        loop.close();
        bench.detector.forceMode(HYBRID, "nobody listens");
        assertThat(read).hasSize(2);
    }

    @Test
    @Requirement("R-041")
    void theLoopOutlivesSourcesAndListenersThatFail() {
        bench.detector.attach(() -> {
            throw new NoClassDefFoundError("expected by the test");
        });
        bench.detector.onCycle(() -> {
            throw new IllegalStateException("expected by the test");
        });
        Registration bad = bench.detector.autoDetectLoop(TEN_SECONDS, c -> {
            throw new IllegalStateException("expected by the test");
        });
        bench.link(80, 0.2);
        awaitCycles(1);

        bench.clock.advance(TEN_SECONDS);
        awaitCycles(2);

        assertThat(bench.detector.failures()).isGreaterThanOrEqualTo(4);
        assertThat(bench.mode()).isEqualTo(INTERNET);
        bad.close();
    }

    @Test
    @Requirement("R-041")
    void theLoopOutlivesAnErrorOfTheSource() {
        bench.detector.attach(() -> {
            throw new StackOverflowError("expected by the test");
        });
        Registration loop = loop();

        bench.clock.advance(TEN_SECONDS);
        awaitCycles(2);

        assertThat(bench.detector.failures()).isEqualTo(2);
        loop.close();
    }

    @Test
    @Requirement({"R-019", "R-021"})
    void aDisabledLoopCountsNothingUntilItIsEnabled() {
        bench.config("enabled", false);
        Registration loop = bench.detector.autoDetectLoop(TEN_SECONDS, heard::add);
        await().until(() -> bench.clock.sleepers() == 1);
        bench.clock.advance(TEN_SECONDS);
        await().until(() -> bench.clock.sleepers() == 1);
        assertThat(bench.detector.cycles()).isZero();

        bench.config("enabled", true);
        await().until(() -> {
            bench.clock.advance(Duration.ofSeconds(1));
            return bench.detector.cycles() > 0;
        });
        loop.close();
    }

    @Test
    void aStopInterruptsAMeasurementThatHangs() throws InterruptedException {
        CountDownLatch measuring = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        bench.detector.attach(() -> {
            measuring.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Optional.empty();
        });
        Registration loop = bench.detector.autoDetectLoop(TEN_SECONDS, heard::add);
        measuring.await();

        loop.close(); // noThreadIsLeft() checks
        loop.close();
    }

    @Test
    void aListenerMayStopItsOwnLoop() {
        Registration[] loop = new Registration[1];
        CountDownLatch registered = new CountDownLatch(1);
        bench.link(80, 0.2);
        loop[0] = bench.detector.autoDetectLoop(TEN_SECONDS, c -> {
            heard.add(c);
            try {
                registered.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            loop[0].close();
        });
        registered.countDown();

        await().until(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(t -> t.getName().startsWith("orchestrator.mode")));
        assertThat(heard).hasSize(1);
    }

    @Test
    void refusesIntervalsOutOfBoundsAndOneLoopTooMany() {
        assertThatThrownBy(() -> loop(Duration.ofMillis(9))).isInstanceOf(DwcpException.class).hasMessageContaining("10 ms");
        assertThatThrownBy(() -> loop(Duration.ofHours(1).plusNanos(1))).isInstanceOf(DwcpException.class);

        List<Registration> loops = new ArrayList<>();
        for (int i = 0; i < LinkModeDetector.LOOPS_MAX; i++) {
            loops.add(bench.detector.autoDetectLoop(TEN_SECONDS, heard::add));
        }
        assertThatThrownBy(() -> loop(TEN_SECONDS)).isInstanceOf(DwcpException.class).hasMessageContaining("16 detection loops");
        loops.getFirst().close();
        loops.add(bench.detector.autoDetectLoop(TEN_SECONDS, heard::add));
        loops.forEach(Registration::close);
    }
}
