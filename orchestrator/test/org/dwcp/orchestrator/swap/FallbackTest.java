// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.HealthStatus;
import org.dwcp.api.hybrid.HybridMetrics;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Breaker, fallback, recovery and what is counted of them, on simulated time. */
class FallbackTest {
    private final Rig rig = Rig.stepped();
    private final Greeter.Bent v0 = new Greeter.Bent("v0");
    private final Greeter.Bent v3 = new Greeter.Bent("v3");

    @BeforeEach
    void open() {
        rig.provider("greeter.v0", "0.1.0", "v0", v0);
        rig.provider("greeter.v3", "3.0.0", "v3", v3);
        rig.adapter.switchMode(NetworkMode.INTERNET, "test");
        rig.settle();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void failOnce() {
        assertThatThrownBy(rig::ask).isInstanceOf(DwcpException.class);
    }

    @Test
    @Requirement({"R-358", "R-450", "R-313", "R-322"})
    void fallsBackOnTheThirdErrorInARowAndNotOnTheSecond() {
        v3.fail(Rig.unavailable("no peer"));
        failOnce();
        failOnce();
        assertThat(rig.routing.show("greeter").primary().orElseThrow().name()).isEqualTo("greeter.v3");

        failOnce();

        assertThat(rig.ask()).isEqualTo("v0"); // the clock has not moved: at once
        rig.settle();
        assertThat(rig.routing.history().getLast().trigger()).isEqualTo(SwapRecord.Trigger.FALLBACK);
    }

    @Test
    @Requirement("R-358")
    void aSuccessBetweenErrorsBeginsTheCountAnew() {
        for (int i = 0; i < 10; i++) {
            v3.fail(Rig.unavailable("no peer"));
            failOnce();
            failOnce();
            v3.greet = () -> "v3";
            assertThat(rig.ask()).isEqualTo("v3");
        }

        assertThat(rig.routing.figures().health()).filteredOn(h -> h.provider().equals("greeter.v3")).singleElement()
                .satisfies(h -> assertThat(h.errorCount()).isEqualTo(20));
    }

    @Test
    @Requirement("R-359")
    void triesAgainAfterTheBackoffAndNotBefore() {
        int[] probes = {0};
        v3.probe = () -> probes[0]++;
        v3.fail(Rig.unavailable("no peer"));
        failOnce();
        failOnce();
        failOnce();

        rig.advance(Duration.ofMillis(999));
        assertThat(probes[0]).isZero();
        rig.advance(Duration.ofMillis(1));
        assertThat(probes[0]).isEqualTo(1);
    }

    @Test
    @Requirement("R-451")
    void comesBackWithinThirtySecondsOfRestoredHealth() {
        v3.probe = () -> {
            throw Rig.unavailable("no peer");
        };
        v3.fail(Rig.unavailable("no peer"));
        failOnce();
        failOnce();
        failOnce();
        rig.advance(Duration.ofSeconds(60));
        assertThat(rig.ask()).isEqualTo("v0");

        v3.probe = () -> { };
        v3.greet = () -> "v3";
        rig.advance(Duration.ofSeconds(12)); // the longest backoff and a tick

        assertThat(rig.ask()).isEqualTo("v3");
        assertThat(rig.routing.history()).extracting(SwapRecord::trigger).contains(SwapRecord.Trigger.RECOVERY);
    }

    @Test
    void aProviderThatCannotPrepareItsReturnStaysOut() {
        v3.fail(Rig.unavailable("no peer"));
        failOnce();
        failOnce();
        failOnce();
        v3.prepare = () -> {
            throw new IllegalStateException("no device");
        };

        rig.advance(Duration.ofSeconds(20));
        assertThat(rig.ask()).isEqualTo("v0");
        v3.prepare = () -> { };
        v3.greet = () -> "v3";
        rig.advance(Duration.ofSeconds(12));
        assertThat(rig.ask()).isEqualTo("v3");
    }

    @Test
    void aProbeThatFailsThreeTimesTakesAProviderOutThatNobodyCalls() {
        v3.probe = () -> {
            throw Rig.unavailable("link is down");
        };

        rig.advance(Duration.ofSeconds(30));
        assertThat(rig.routing.show("greeter").primary().orElseThrow().name()).isEqualTo("greeter.v3");
        rig.advance(Duration.ofSeconds(3)); // suspicious: probed at the backoff, not at the interval

        assertThat(rig.routing.show("greeter").primary().orElseThrow().name()).isEqualTo("greeter.v0");
    }

    @ParameterizedTest
    @EnumSource(value = DwcpException.Kind.class, names = {"REJECTED", "RETRY"})
    void theCallersOwnFaultsAreNoFailures(DwcpException.Kind kind) {
        v3.fail(new DwcpException(kind, "not like this"));

        for (int i = 0; i < 10; i++) {
            failOnce();
        }

        assertThat(rig.routing.show("greeter").primary().orElseThrow().name()).isEqualTo("greeter.v3");
        assertThat(rig.routing.figures().metrics().getFirst().errorRateReal()).isZero();
    }

    @Test
    @Requirement("R-455")
    void everyFailureOfAnIdempotentCallIsAnsweredByTheFallback() {
        v3.fail(new IllegalStateException("broken"));
        v3.probe = () -> { };

        for (int i = 0; i < 10_000; i++) {
            assertThat(rig.route().<String>callIdempotent(RouteKey.NODE, Greeter::greet)).isEqualTo("v0");
            if (i % 100 == 0) {
                rig.clock.advance(Duration.ofSeconds(1)); // now and then v3 is let in again, and fails again
                rig.settle();
            }
        }

        assertThat(rig.routing.figures().metrics().getFirst().fallbackEvents()).isGreaterThan(10);
    }

    @Test
    void anIdempotentCallThrowsTheLastFailureWhenNobodyIsLeft() {
        v3.fail(Rig.unavailable("v3 is down"));
        v0.fail(Rig.unavailable("v0 is down"));

        assertThatThrownBy(() -> rig.route().callIdempotent(RouteKey.NODE, Greeter::greet)).hasMessage("v0 is down");
    }

    @Test
    void anIdempotentCallDoesNotRepeatWhatIsRejected() {
        v3.fail(new DwcpException(DwcpException.Kind.REJECTED, "too long"));

        assertThatThrownBy(() -> rig.route().callIdempotent(RouteKey.NODE, Greeter::greet)).hasMessage("too long");
    }

    @Test
    void aStageThatFailsFeedsTheBreaker() {
        for (int i = 0; i < 3; i++) {
            CompletableFuture<String> answer = rig.route().<String>callAsync(RouteKey.NODE,
                    greeter -> CompletableFuture.failedFuture(new CompletionException(Rig.unavailable("late failure")))).toCompletableFuture();
            assertThat(answer).isCompletedExceptionally();
        }

        assertThat(rig.ask()).isEqualTo("v0");
    }

    @Test
    @Requirement({"R-412", "R-413", "R-414", "R-415", "R-416", "R-417", "R-321"})
    void reportsTheHealthOfEachProvider() {
        v3.greet = () -> {
            rig.clock.advance(Duration.ofMillis(20));
            return "v3";
        };
        rig.ask();
        assertThat(health("greeter.v3").status()).isEqualTo(HealthStatus.Status.HEALTHY);
        assertThat(health("greeter.v3").latencyMs()).isEqualTo(20.0);
        v3.fail(Rig.unavailable("no peer"));
        failOnce();
        assertThat(health("greeter.v3").status()).isEqualTo(HealthStatus.Status.DEGRADED);
        failOnce();
        failOnce();

        assertThat(health("greeter.v3").status()).isEqualTo(HealthStatus.Status.FAILED);
        assertThat(health("greeter.v3").errorCount()).isEqualTo(3);
        assertThat(health("greeter.v3").backend()).isEqualTo(HealthStatus.Backend.REAL);
        assertThat(health("greeter.v0").backend()).isEqualTo(HealthStatus.Backend.MOCK);
        assertThat(health("greeter.v0").component()).isEqualTo("greeter");
        rig.advance(Duration.ofSeconds(90));
        assertThat(Duration.between(health("greeter.v0").lastCheck(), rig.clock.now())).isLessThanOrEqualTo(Duration.ofSeconds(60));
    }

    @Test
    @Requirement("R-413")
    void aSlotThatUsesBothKindsIsReportedAsHybrid() {
        rig.routing.promote("greeter", "v0", 50, "test");

        assertThat(health("greeter").backend()).isEqualTo(HealthStatus.Backend.HYBRID);
    }

    private HealthStatus health(String provider) {
        return rig.routing.figures().health().stream().filter(h -> h.provider().equals(provider)).findFirst().orElseThrow();
    }

    @Test
    @Requirement({"R-418", "R-419", "R-420", "R-421", "R-422", "R-423", "R-424", "R-425", "R-321"})
    void countsCallsByKindOfProvider() {
        v3.greet = () -> {
            rig.clock.advance(Duration.ofMillis(2));
            return "v3";
        };
        v0.greet = () -> {
            rig.clock.advance(Duration.ofNanos(400));
            return "v0";
        };
        for (int i = 0; i < 1_000; i++) {
            rig.ask();
        }
        v3.fail(Rig.unavailable("no peer"));
        failOnce();
        failOnce();
        failOnce();
        for (int i = 0; i < 10_000; i++) {
            rig.ask();
        }
        v3.greet = () -> "v3";
        rig.advance(Duration.ofSeconds(1));

        HybridMetrics metrics = rig.routing.figures().metrics().getFirst();
        assertThat(metrics.realRequests()).isEqualTo(1_003);
        assertThat(metrics.mockRequests()).isEqualTo(10_000);
        assertThat(metrics.fallbackEvents()).isEqualTo(1);
        assertThat(metrics.recoveryEvents()).isEqualTo(1);
        assertThat(metrics.avgLatencyRealMs()).isCloseTo(2.0, within(0.1));
        assertThat(metrics.avgLatencyMockMs()).isCloseTo(0.0004, within(0.00002));
        assertThat(metrics.errorRateMock()).isZero();
        assertThat(metrics.errorRateReal()).isCloseTo(3 / 1_003.0, within(1e-9));
    }

    @Test
    void countsSurviveSwapsAndRemovals() {
        for (int i = 0; i < 100; i++) {
            rig.ask();
            rig.routing.promote("greeter", "v0", i % 2 == 0 ? 100 : 0, "test");
        }
        var handle = rig.routing.core().switchboard.state().member("greeter", "greeter.v3").orElseThrow().handle();
        rig.routing.core().remove(java.util.List.of(handle), "test");
        rig.advance(Duration.ofSeconds(2));

        HybridMetrics metrics = rig.routing.figures().metrics().getFirst();
        assertThat(metrics.realRequests()).isEqualTo(50);
        assertThat(metrics.mockRequests()).isEqualTo(50);
        assertThat(rig.routing.figures().inFlight()).isZero();
    }

    @Test
    @Requirement("R-463")
    void automationDoesNotUndoAPin() {
        rig.routing.pin("greeter", "v0", "maintenance");

        rig.detect(NetworkMode.INTERNET);
        rig.advance(Duration.ofMinutes(2));

        assertThat(rig.ask()).isEqualTo("v0");
    }
}
