// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.HybridStats;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.Greeter;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.orchestrator.flags.StoredFlags;
import org.dwcp.orchestrator.mode.LinkModeDetector;
import org.dwcp.orchestrator.swap.HybridRouting;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoutedManagerTest {
    private final SimulatedClock clock = new SimulatedClock();
    private final Settings settings = new Settings(Map.of(), name -> null);
    private final StoredFlags flags = StoredFlags.inMemory();
    private final LinkModeDetector detector = new LinkModeDetector(settings, flags::state, clock);
    private final HybridRouting routing = new HybridRouting(flags, detector, settings::hybrid, settings.current().breaker(), clock,
            Optional.empty());
    private Optional<RuntimeException> fault = Optional.empty();
    private final RoutedManager manager = new RoutedManager(
            new Parts(routing, routing.adapter(), routing.figures(), detector, flags, settings, clock),
            () -> fault.ifPresent(f -> {
                throw f;
            }),
            () -> {
                routing.close();
                detector.close();
            });

    @AfterEach
    void close() {
        manager.close();
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(t -> t.getName().startsWith("orchestrator."));
    }

    /** By hand only: detection has nothing to say in the tests that do not ask for it. */
    private void running() {
        settings.update(Map.of("auto.detect", false));
        manager.initialize();
        manager.start();
    }

    private static void refused(Runnable call, String why) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.REJECTED)).hasMessageContaining(why);
    }

    @Test
    @Requirement({"R-015", "R-086", "R-090"})
    void livesInOrderAndRefusesEveryCallOutOfOrder() {
        refused(manager::start, "not initialised");
        manager.stop();

        manager.initialize();
        refused(manager::initialize, "initialised already");

        manager.start();
        refused(manager::start, "runs already");
        refused(manager::initialize, "initialised already");
        assertThat(routing.isRunning()).isTrue();

        manager.stop();
        manager.stop();
        assertThat(routing.isRunning()).isFalse();

        manager.start();
        assertThat(routing.isRunning()).isTrue();

        manager.close();
        manager.close();
        refused(manager::start, "closed");
        refused(manager::initialize, "closed");
        refused(() -> manager.register(Greeter.TRANSPORT, Greeter.saying("v1"), Greeter.saying("v3")), "closed");
    }

    @Test
    @Requirement({"R-086", "R-041"})
    void aFailedInitialisationTellsItsCauseAndStartIsRefusedUntilOneSucceeds() {
        fault = Optional.of(new DwcpException(DwcpException.Kind.UNAVAILABLE, "disk is full"));
        assertThatThrownBy(manager::initialize).isInstanceOf(DwcpException.class).hasMessageContaining("disk is full").hasCause(fault.get());
        refused(manager::start, "not initialised");

        fault = Optional.of(new IllegalStateException("odd"));
        assertThatThrownBy(manager::initialize).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.UNAVAILABLE)).hasMessageContaining("odd");

        fault = Optional.empty();
        running();
        assertThat(routing.isRunning()).isTrue();
    }

    @Test
    @Requirement({"R-016", "R-018", "R-087", "R-088", "R-089", "R-091"})
    void whatIsRegisteredIsInTheManagersListAndInTheAdapter() {
        running();
        for (String name : List.of("transport", "consensus", "compression")) {
            Slot<Greeter> slot = new Slot<>(name, Greeter.class);
            manager.register(slot, Greeter.saying(name + "1"), Greeter.saying(name + "3"));
            assertThat(manager.get(slot).greet()).isEqualTo(name + "1");
        }

        assertThat(manager.list()).extracting(s -> s.slot()).containsExactly("compression", "consensus", "transport");
        assertThat(manager.list()).isEqualTo(routing.adapter().slots());
        refused(() -> manager.get(new Slot<>("teleport", Greeter.class)), "teleport");
    }

    @Test
    @Requirement({"R-017", "R-248", "R-041"})
    void ofThreeSwitchesOneThatFailsIsCountedAsFailureAndChangesNothing() {
        Greeter.Broken v3 = new Greeter.Broken();
        running();
        manager.register(Greeter.TRANSPORT, Greeter.saying("v1"), v3);
        long before = manager.stats().switchAttempts();
        HybridStats start = manager.stats();

        manager.switchMode(NetworkMode.INTERNET, "one");
        manager.switchMode(NetworkMode.DATACENTER, "two");
        v3.refuses = true;
        assertThatThrownBy(() -> manager.switchMode(NetworkMode.INTERNET, "three")).isInstanceOf(DwcpException.class);

        assertThat(manager.stats().switchAttempts() - before).isEqualTo(3);
        assertThat(manager.stats().switchSuccesses() - start.switchSuccesses()).isEqualTo(2);
        assertThat(manager.stats().switchFailures() - start.switchFailures()).isEqualTo(1);
        assertThat(manager.get(Greeter.TRANSPORT).greet()).isEqualTo("v1");
        assertThat(manager.mode()).isEqualTo(NetworkMode.DATACENTER);
        assertThat(detector.report().mode()).isEqualTo(NetworkMode.DATACENTER);
    }

    @Test
    @Requirement({"R-093", "R-247", "R-250"})
    void countsChangesWithTheirReasonsAtOnce() {
        running();
        clock.advance(Duration.ofSeconds(5));

        manager.switchMode(NetworkMode.INTERNET, "storm");
        assertThat(manager.stats().asMap()).containsEntry("current_mode", "internet").containsEntry("mode_changes", 1L);
        await().until(() -> manager.stats().lastModeChange().isPresent());
        clock.advance(Duration.ofSeconds(5));
        manager.switchMode(NetworkMode.DATACENTER, "calm");

        HybridStats stats = manager.stats();
        assertThat(stats.asMap()).containsEntry("current_mode", "datacenter").containsEntry("mode_changes", 2L)
                .containsEntry("last_mode_change", "2030-01-01T00:00:10Z");
        assertThat(stats.modeReasons()).hasSize(2);
        assertThat(stats.modeReasons().get(0)).contains("storm");
        assertThat(stats.modeReasons().get(1)).contains("calm");
    }

    @Test
    @Requirement("R-249")
    void theTimesOfTheModesAddUpToTheTimeItRan() {
        clock.advance(Duration.ofSeconds(3));
        running();
        clock.advance(Duration.ofSeconds(7));
        manager.switchMode(NetworkMode.INTERNET, "x");
        clock.advance(Duration.ofSeconds(11));
        manager.switchMode(NetworkMode.DATACENTER, "x");
        await().until(() -> manager.stats().uptimePerMode().get(NetworkMode.INTERNET).equals(Duration.ofSeconds(11)));
        clock.advance(Duration.ofSeconds(13));
        manager.stop();
        clock.advance(Duration.ofSeconds(100));

        assertThat(manager.stats().uptimePerMode()).containsExactlyInAnyOrderEntriesOf(Map.of(NetworkMode.HYBRID, Duration.ofSeconds(7),
                NetworkMode.INTERNET, Duration.ofSeconds(11), NetworkMode.DATACENTER, Duration.ofSeconds(13)));
    }

    @Test
    @Requirement({"R-251", "R-019"})
    void raisesOneAlertAboveTheLimitAndClearsItWhenTheWindowIsCalm() {
        settings.update(Map.of("flapping.switches.max", 2, "flapping.window.ms", 60_000, "auto.detect", false));
        List<Boolean> alerts = Collections.synchronizedList(new ArrayList<>());
        manager.onFlapping(alerts::add);
        manager.initialize();
        manager.start();
        for (int i = 0; i < 4; i++) {
            long changes = i + 1;
            manager.switchMode(i % 2 == 0 ? NetworkMode.INTERNET : NetworkMode.DATACENTER, "flap");
            await().until(() -> manager.stats().lastModeChange().isPresent() && manager.stats().modeChanges() == changes);
            clock.advance(Duration.ofSeconds(1));
        }
        await().until(() -> manager.stats().flapping());
        assertThat(alerts).containsExactly(true);

        clock.advance(Duration.ofSeconds(60));

        await().until(() -> !manager.stats().flapping());
        await().until(() -> alerts.size() == 2);
        assertThat(alerts).containsExactly(true, false);
    }

    @Test
    @Requirement("R-251")
    void asManyChangesAsAllowedRaiseNothing() {
        FlappingAlert alert = new FlappingAlert(settings::current, clock);
        for (int i = 0; i < 4; i++) {
            alert.changed();
        }
        assertThat(alert.isRaised()).isFalse();

        alert.changed();
        assertThat(alert.isRaised()).isTrue();

        clock.advance(Duration.ofMinutes(10).minusNanos(1));
        assertThat(alert.isRaised()).isTrue();
        clock.advance(Duration.ofNanos(1));
        assertThat(alert.isRaised()).isFalse();
    }

    @Test
    @Requirement({"R-014", "R-002"})
    void aDetectedModeIsAppliedToOrchestratorAdapterAndManagerTogether() {
        manager.initialize();
        manager.register(Greeter.TRANSPORT, Greeter.saying("v1"), Greeter.saying("v3"));
        List<String> contradictions = Collections.synchronizedList(new ArrayList<>());
        manager.orchestrator().onModeChange(c -> {
            if (manager.mode() != c.newMode() || !manager.get(Greeter.TRANSPORT).greet().equals(c.newMode() == NetworkMode.DATACENTER ? "v1" : "v3")) {
                contradictions.add(c.toString());
            }
        });
        detector.attach(() -> Optional.of(new LinkConditions(80_000_000L, 200_000_000L, 0, clock.now(), "test")));

        manager.start();
        await().until(() -> {
            clock.advance(Duration.ofMillis(100));
            return manager.mode() == NetworkMode.INTERNET;
        });

        assertThat(manager.get(Greeter.TRANSPORT).greet()).isEqualTo("v3");
        await().until(() -> manager.stats().lastModeChange().isPresent());
        assertThat(manager.stats().modeReasons().getLast()).contains("80.0 ms");
        assertThat(contradictions).isEmpty();
    }

    @Test
    @Requirement({"R-019", "R-021", "R-312"})
    void disabledRefusesASwitchByHandAndEnablingLaterBeginsDetection() {
        settings.update(Map.of("enabled", false));
        detector.attach(() -> Optional.of(new LinkConditions(80_000_000L, 200_000_000L, 0, clock.now(), "test")));
        manager.initialize();
        manager.start();

        refused(() -> manager.switchMode(NetworkMode.INTERNET, "x"), "enabled=false");
        assertThat(manager.mode()).isEqualTo(NetworkMode.HYBRID);
        assertThat(detector.cycles()).isZero();

        settings.update(Map.of("enabled", true));
        await().until(() -> {
            clock.advance(Duration.ofMillis(100));
            return manager.mode() == NetworkMode.INTERNET;
        });
    }

    @Test
    @Requirement({"R-124", "R-135"})
    void aForbiddenHybridModeIsRefusedBeforeAnythingMoves() {
        running();
        manager.register(Greeter.TRANSPORT, Greeter.saying("v1"), Greeter.saying("v3"));
        manager.switchMode(NetworkMode.DATACENTER, "x");
        flags.update(s -> s.withModes(false, true));
        int history = routing.history().size();

        refused(() -> manager.switchMode(NetworkMode.HYBRID, "x"), "EnableHybridMode");

        assertThat(manager.get(Greeter.TRANSPORT).greet()).isEqualTo("v1");
        assertThat(routing.history()).hasSize(history);
    }

    @Test
    @Requirement({"R-115", "R-116", "R-117", "R-118", "R-119", "R-120", "R-121", "R-123", "R-107", "R-135", "R-255"})
    void aComponentFlagMovesOnlyItsComponentAndTheKillSwitchAll() {
        running();
        List<String> slots = List.of("transport", "encoding", "prediction", "sync", "consensus", "placement");
        slots.forEach(s -> manager.register(new Slot<>(s, Greeter.class), Greeter.saying("v1"), Greeter.saying("v3")));
        manager.switchMode(NetworkMode.INTERNET, "x");

        for (String off : slots) {
            flags.update(s -> s.withEnabled(off, false));
            for (String slot : slots) {
                assertThat(manager.get(new Slot<>(slot, Greeter.class)).greet()).as("%s with %s off", slot, off)
                        .isEqualTo(slot.equals(off) ? "v1" : "v3");
            }
            flags.update(s -> s.withEnabled(off, true));
        }
        flags.update(s -> s.withForceV1(true));

        assertThat(slots).allMatch(s -> manager.get(new Slot<>(s, Greeter.class)).greet().equals("v1"));
    }

    /** A call that is held in v1 while the detector asks for INTERNET. */
    private CompletableFuture<String> callInFlight(CountDownLatch release) {
        CountDownLatch inside = new CountDownLatch(1);
        manager.initialize();
        manager.register(Greeter.TRANSPORT, () -> {
            inside.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return "v1";
        }, Greeter.saying("v3"));
        manager.start();
        CompletableFuture<String> call = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> call.complete(manager.get(Greeter.TRANSPORT).greet()));
        try {
            inside.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (int i = 0; i < 10; i++) {
            detector.offer(new LinkConditions(80_000_000L, 200_000_000L, 0, clock.now(), "test"));
        }
        detector.detectMode();
        return call;
    }

    @Test
    @Requirement({"R-005", "R-019", "R-030", "R-031", "R-036"})
    void aGracefulSwitchWaitsForTheCallInFlightAndNotLongerThanTheDrainTimeout() {
        CountDownLatch release = new CountDownLatch(1);
        settings.update(Map.of("drain.timeout.ms", 3_000));
        CompletableFuture<String> call = callInFlight(release);
        assertThat(detector.report().mode()).isEqualTo(NetworkMode.INTERNET);
        assertThat(manager.mode()).as("the table waits").isEqualTo(NetworkMode.HYBRID);
        assertThat(manager.stats().inFlight()).isEqualTo(1);

        await().until(() -> {
            clock.advance(Duration.ofMillis(100));
            return manager.mode() == NetworkMode.INTERNET;
        });

        assertThat(Duration.ofNanos(clock.nanoTime())).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
        assertThat(manager.get(Greeter.TRANSPORT).greet()).isEqualTo("v3");
        assertThat(call).isNotDone();
        release.countDown();
        assertThat(call.join()).as("it ends where it began").isEqualTo("v1");
    }

    @Test
    @Requirement({"R-019", "R-030"})
    void withoutGracefulTransitionTheSwitchWaitsForNobody() {
        CountDownLatch release = new CountDownLatch(1);
        settings.update(Map.of("graceful.transition", false));
        CompletableFuture<String> call = callInFlight(release);

        await().until(() -> manager.mode() == NetworkMode.INTERNET); // the clock stands still: no drain timeout can have passed

        release.countDown();
        assertThat(call.join()).isEqualTo("v1");
    }
}
