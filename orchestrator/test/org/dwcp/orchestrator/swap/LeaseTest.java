// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private final Rig rig = Rig.stepped();

    @BeforeEach
    void open() {
        rig.withAll();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void holdsItsProviderAcrossASwap() {
        try (Lease<Greeter> lease = rig.route().lease(RouteKey.NODE)) {
            assertThat(lease.isCurrent()).isTrue();
            rig.routing.promote("greeter", "v3", 100, "test");

            assertThat(lease.provider().greet()).isEqualTo("v1");
            assertThat(lease.providerName()).isEqualTo("greeter.v1");
            assertThat(lease.isCurrent()).isFalse();
        }
        assertThat(rig.routing.figures().inFlight()).isZero();
    }

    @Test
    void isCountedOutOnce() {
        Lease<Greeter> first = rig.route().lease(RouteKey.NODE);
        Lease<Greeter> second = rig.route().lease(RouteKey.NODE);
        first.close();
        first.close();

        assertThat(rig.routing.figures().inFlight()).isEqualTo(1);
        second.close();
        assertThat(rig.routing.figures().inFlight()).isZero();
        assertThat(first.isCurrent()).as("after a swap, a closed lease").isTrue();
        rig.routing.promote("greeter", "v3", 100, "test");
        assertThat(first.isCurrent()).isFalse();
    }

    @Test
    void isNotMovedByASwapOfAnotherKeyOrSlot() {
        RouteKey stays = keyOnV1At(50);
        try (Lease<Greeter> lease = rig.route().lease(stays)) {
            rig.routing.promote("greeter", "v3", 50, "test");
            assertThat(lease.isCurrent()).isTrue();
            rig.adapter.register(new org.dwcp.api.Slot<>("other", Greeter.class), new Greeter.Named("a"), new Greeter.Named("b"));
            assertThat(lease.isCurrent()).isTrue();
        }
    }

    /** A lease that asks whether it is current moves to the new epoch, so it does not hold up the drain of the keys that left. */
    @Test
    void workOnAKeyThatStaysDoesNotHoldUpTheDrain() {
        RouteKey stays = keyOnV1At(50);
        long requests = rig.routing.figures().metrics().getFirst().realRequests();
        try (Lease<Greeter> lease = rig.route().lease(stays)) {
            rig.routing.promote("greeter", "v3", 50, "test");
            lease.isCurrent();
            rig.advance(Duration.ofMillis(50));

            SwapRecord swap = rig.routing.history().getLast();
            assertThat(swap.aborted()).isZero();
            assertThat(swap.drain()).isLessThan(Duration.ofSeconds(1)).isPositive();
            assertThat(rig.routing.figures().inFlight()).isEqualTo(1);
        }
        assertThat(rig.routing.figures().inFlight()).isZero();
        assertThat(rig.routing.figures().metrics().getFirst().realRequests()).as("a moved lease is one request")
                .isEqualTo(requests + 1);
    }

    /** The first key that a rollout of this share leaves on v1. The rollout is at 1 % afterwards; raising it again takes the same first keys. */
    private RouteKey keyOnV1At(int share) {
        rig.routing.promote("greeter", "v3", share, "to find a key");
        for (int i = 0;; i++) {
            RouteKey key = RouteKey.of("key-" + i);
            try (Lease<Greeter> lease = rig.route().lease(key)) {
                if (lease.providerName().equals("greeter.v1")) {
                    rig.routing.promote("greeter", "v3", 1, "the same rollout, so the same first keys");
                    rig.settle();
                    return key;
                }
            }
        }
    }

    @Test
    void thePredicateChoosesAmongThoseThatMayServe() {
        rig.routing.core().add(new ProviderHandle.Identity("greeter", "greeter.acme", "1.0.0", List.of(), List.of("codec=9")),
                new Greeter.Named("acme"), 0);
        rig.settle();

        try (Lease<Greeter> lease = rig.route().lease(RouteKey.NODE, p -> p.capability("codec").isPresent())) {
            assertThat(lease.provider().greet()).isEqualTo("acme");
            assertThat(lease.isCurrent()).isTrue();
            rig.routing.promote("greeter", "v3", 100, "test");
            assertThat(lease.isCurrent()).as("acme is still the first that suits").isTrue();
        }
        assertThatThrownBy(() -> rig.route().lease(RouteKey.NODE, p -> false)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("suits").hasMessageContaining("greeter.v1");
    }

    @Test
    void aProviderCanBeLeasedByNameWhileItIsInstalled() {
        rig.routing.killSwitch("test");
        try (Lease<Greeter> lease = rig.route().leaseNamed("greeter.v3")) {
            assertThat(lease.provider().greet()).isEqualTo("v3");
            assertThat(lease.isCurrent()).isTrue();
            rig.routing.releaseKillSwitch("test");
            assertThat(lease.isCurrent()).isTrue();
            rig.routing.core().remove(List.of(rig.routing.core().switchboard.state().member("greeter", "greeter.v3").orElseThrow().handle()), "test");
            assertThat(lease.isCurrent()).isFalse();
        }
        assertThatThrownBy(() -> rig.route().leaseNamed("greeter.v3")).isInstanceOf(DwcpException.class).hasMessageContaining("not installed");
    }

    @Test
    void anAsynchronousCallHoldsItsLeaseUntilItsStageCompletes() {
        CompletableFuture<String> work = new CompletableFuture<>();
        List<Long> inFlightAtCompletion = new ArrayList<>();
        var answer = rig.route().callAsync(RouteKey.NODE, greeter -> work);
        answer.thenRun(() -> inFlightAtCompletion.add(rig.routing.figures().inFlight()));
        rig.routing.promote("greeter", "v3", 100, "test");
        rig.advance(Duration.ofSeconds(2));
        assertThat(rig.routing.figures().inFlight()).isEqualTo(1);

        work.complete("done");
        rig.advance(Duration.ofMillis(50));

        assertThat(answer.toCompletableFuture()).isCompletedWithValue("done");
        assertThat(inFlightAtCompletion).containsExactly(0L);
        assertThat(rig.routing.history().getLast().drained()).isEqualTo(1);
    }

    @Test
    @Requirement({"R-005", "R-036"})
    void aRequestInFlightEndsWhereItBegan() {
        rig.routing.start();
        rig.detect(NetworkMode.DATACENTER);
        Lease<Greeter> inFlight = rig.route().lease(RouteKey.NODE);

        rig.detect(NetworkMode.INTERNET);
        rig.advance(Duration.ofSeconds(5));
        assertThat(rig.ask()).as("nobody reaches v3 while a call from before runs").isEqualTo("v1");
        assertThat(inFlight.provider().greet()).isEqualTo("v1");
        inFlight.close();
        rig.advance(Duration.ofMillis(10));

        assertThat(rig.ask()).isEqualTo("v3");
    }

    @Test
    @Requirement({"R-031", "R-036", "R-039"})
    void aRequestThatNeverEndsDelaysTheSwitchByTheDrainTimeoutAndIsReported() {
        rig.routing.start();
        rig.detect(NetworkMode.DATACENTER);
        try (Lease<Greeter> endless = rig.route().lease(RouteKey.NODE)) {
            rig.detect(NetworkMode.INTERNET);
            assertThat(rig.routing.figures().inFlight()).isEqualTo(1);
            rig.advance(Duration.ofMillis(9_999));
            assertThat(rig.ask()).isEqualTo("v1");
            rig.advance(Duration.ofMillis(1));

            assertThat(rig.ask()).isEqualTo("v3");
            SwapRecord swap = rig.routing.history().getLast();
            assertThat(swap.aborted()).isEqualTo(1);
            assertThat(swap.toCommit()).isEqualTo(Duration.ofSeconds(10));
            assertThat(endless.provider().greet()).isEqualTo("v1");
        }
    }

    @Test
    @Requirement({"R-005", "R-036"})
    void aSecondWordOfTheSameChangeDoesNotCutTheWaitShort() {
        rig.routing.start();
        rig.detect(NetworkMode.DATACENTER);
        Lease<Greeter> inFlight = rig.route().lease(RouteKey.NODE);

        rig.detect(NetworkMode.INTERNET);
        rig.advance(Duration.ofSeconds(1));
        rig.detect(NetworkMode.INTERNET);
        rig.advance(Duration.ofSeconds(1));
        assertThat(rig.ask()).isEqualTo("v1");
        rig.detect(NetworkMode.HYBRID);
        rig.advance(Duration.ofSeconds(1));
        assertThat(rig.ask()).as("another mode waits for the same call").isEqualTo("v1");

        inFlight.close();
        rig.advance(Duration.ofMillis(10));
        assertThat(rig.ask()).isEqualTo("v3");
    }

    @Test
    @Requirement("R-030")
    void withoutGracefulTransitionTheSwitchIsAtOnce() {
        rig.graceful(false, Duration.ofSeconds(10));
        rig.routing.start();
        rig.detect(NetworkMode.DATACENTER);
        try (Lease<Greeter> lease = rig.route().lease(RouteKey.NODE)) {
            rig.detect(NetworkMode.INTERNET);

            assertThat(rig.ask()).isEqualTo("v3");
            assertThat(lease.isCurrent()).isFalse();
        }
    }

    @Test
    void newCallsDoNotProlongTheGracefulWait() {
        rig.routing.start();
        rig.detect(NetworkMode.DATACENTER);
        Lease<Greeter> first = rig.route().lease(RouteKey.NODE);
        rig.detect(NetworkMode.INTERNET);
        rig.advance(Duration.ofSeconds(1));
        Lease<Greeter> second = rig.route().lease(RouteKey.NODE);
        first.close();
        rig.advance(Duration.ofMillis(10));

        assertThat(rig.ask()).isEqualTo("v3");
        second.close();
    }

    @Test
    @Requirement("R-014")
    void theModeIsTheOneTheTableWasDecidedWith() {
        rig.routing.start();
        rig.detect(NetworkMode.DATACENTER);
        try (Lease<Greeter> inFlight = rig.route().lease(RouteKey.NODE)) {
            rig.detect(NetworkMode.INTERNET);

            assertThat(rig.detector.report().mode()).isEqualTo(NetworkMode.INTERNET);
            assertThat(rig.routing.mode().mode()).as("the table still maps to v1").isEqualTo(NetworkMode.DATACENTER);
            assertThat(inFlight.isCurrent()).isTrue();
        }
        rig.advance(Duration.ofMillis(10));
        assertThat(rig.routing.mode().mode()).isEqualTo(NetworkMode.INTERNET);
        assertThat(rig.ask()).isEqualTo("v3");
    }

    @Test
    @Requirement("R-029")
    void theKillSwitchOverridesASwitchThatWaits() {
        rig.routing.start();
        rig.detect(NetworkMode.INTERNET);
        try (Lease<Greeter> inFlight = rig.route().lease(RouteKey.NODE)) {
            rig.detect(NetworkMode.DATACENTER);
            rig.routing.killSwitch("incident");

            assertThat(rig.ask()).isEqualTo("v1");
            assertThat(inFlight.isCurrent()).isFalse();
        }
    }
}
