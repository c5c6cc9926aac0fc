// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the stories cannot show: restarts, disks that are full, providers that go away in the middle, exact rates of failures. */
class RolloutFollowerTest {
    private static final RolloutPlan PLAN = new RolloutPlan(List.of(10, 50, 100), Duration.ofSeconds(5), 0, false);
    private static final String SLOT = "greeter";

    private Rig rig = Rig.stepped();

    @AfterEach
    void close() {
        rig.close();
    }

    private int share() {
        FlagState.Rollout rollout = rig.flags.state().rollouts().get(SLOT);
        assertThat(rig.routing.show(SLOT).providers().stream().filter(p -> p.name().equals("greeter.v3")).mapToInt(p -> p.share()).sum())
                .as("table and flags").isEqualTo(rollout == null ? 0 : rollout.share());
        return rollout == null ? 0 : rollout.share();
    }

    private void advance(int seconds) {
        for (int i = 0; i < seconds; i++) {
            rig.clock.advance(Duration.ofSeconds(1));
            rig.settle();
        }
    }

    private void ask(int calls) {
        for (int i = 0; i < calls; i++) {
            try {
                rig.ask(RouteKey.of("key-" + i));
            } catch (RuntimeException e) {
                assertThat(e).hasMessageContaining("broken");
            }
        }
    }

    @Test
    @Requirement({"R-131", "R-485"})
    void goesOnWhereItWasAfterARestart() {
        rig.withAll();
        rig.routing.rollout(SLOT, "v3", PLAN, "week 7");
        advance(7);
        assertThat(share()).isEqualTo(50);
        TestFlags kept = rig.flags;
        rig.close();

        rig = Rig.after(kept).withAll();
        assertThat(share()).isEqualTo(50);
        advance(4);
        assertThat(share()).as("the step begins anew").isEqualTo(50);
        advance(3);
        assertThat(share()).isEqualTo(100);
        advance(7);
        assertThat(kept.state().rollouts().get(SLOT).plan()).isEmpty();
        assertThat(rig.routing.history()).filteredOn(s -> s.trigger() == SwapRecord.Trigger.ROLLOUT).hasSize(1);
    }

    @Test
    @Requirement("R-293")
    void onePointFivePercentOfFailuresGoBackAndPointNineDoNot() {
        rollOutWithFailures(9);
        assertThat(share()).isEqualTo(100);

        rollOutWithFailures(15);
        assertThat(share()).isZero();
        assertThat(rig.routing.show(SLOT).reasons().getLast()).startsWith("rollout to greeter.v3 went back from 100 %: more than 1 % of its calls failed");
    }

    /** So many of a thousand calls fail, never two in a row, so that no breaker opens. */
    private void rollOutWithFailures(int failures) {
        rig.close();
        rig = Rig.stepped();
        Greeter.Bent v3 = new Greeter.Bent("v3");
        int[] calls = {0};
        v3.greet = () -> {
            int call = calls[0]++ % 1_000;
            if (call % 50 == 7 && call / 50 < failures) {
                throw Rig.unavailable("broken");
            }
            return "v3";
        };
        rig.provider("greeter.v1", "1.0.0", "v1", new Greeter.Named("v1"));
        rig.provider("greeter.v3", "3.0.0", "v3", v3);
        rig.routing.rollout(SLOT, "v3", new RolloutPlan(List.of(100), Duration.ofSeconds(5), 1_000, false), "all at once");
        advance(1);
        ask(1_000);
        advance(6);
    }

    @Test
    void aDiskThatIsFullDoesNotStopAStep() {
        rig.withAll();
        rig.routing.rollout(SLOT, "v3", PLAN, "week 7");
        rig.flags.diskFull = true;
        advance(7);

        assertThat(share()).isEqualTo(50);
        assertThat(rig.routing.history().getLast().error()).contains("in force until restart");
    }

    @Test
    void waitsForAProviderThatWentAwayAndBeginsItsStepAnew() {
        rig.withAll();
        rig.routing.rollout(SLOT, "v3", PLAN, "week 7");
        advance(4);
        State.Member v3 = rig.routing.core().switchboard.state().member(SLOT, "greeter.v3").orElseThrow();
        rig.routing.core().remove(List.of(v3.handle()), "upgrade");
        advance(20);
        assertThat(rig.flags.state().rollouts().get(SLOT).share()).isEqualTo(10);

        rig.provider("greeter.v3", "3.0.1", "v3", new Greeter.Named("v3.1"));
        advance(4);
        assertThat(share()).isEqualTo(10);
        advance(4);
        assertThat(share()).isEqualTo(50);
    }

    @Test
    void aStepThatItsProviderRefusesIsTriedAgain() {
        Greeter.Bent v1 = new Greeter.Bent("v1");
        rig.provider("greeter.v1", "1.0.0", "v1", v1);
        rig.provider("greeter.v3", "3.0.0", "v3", new Greeter.Named("v3"));
        rig.routing.rollout(SLOT, "v3", PLAN, "week 7");
        v1.exported = () -> {
            throw Rig.unavailable("no export now");
        };
        advance(6);
        assertThat(rig.routing.history().getLast().outcome()).isEqualTo(SwapRecord.Outcome.UNDONE);
        assertThat(share()).as("nothing has changed").isEqualTo(10);

        v1.exported = Optional::empty;
        advance(1);
        assertThat(share()).isEqualTo(50);
    }

    @Test
    void aFailedProviderGoesBackEvenWhilePaused() {
        Greeter.Bent v3 = new Greeter.Bent("v3");
        rig.provider("greeter.v1", "1.0.0", "v1", new Greeter.Named("v1"));
        rig.provider("greeter.v3", "3.0.0", "v3", v3);
        rig.routing.rollout(SLOT, "v3", new RolloutPlan(List.of(50, 100), Duration.ofSeconds(5), 0, false), "week 7");
        rig.routing.pauseRollout(SLOT, "lunch");
        advance(2);
        v3.fail(Rig.unavailable("broken"));
        ask(20);
        advance(1);

        assertThat(rig.flags.state().rollouts()).isEmpty();
        assertThat(rig.routing.show(SLOT).reasons()).anyMatch(reason -> reason.startsWith("rollout to greeter.v3 went back from 50 %: breaker open after 3"));
    }

    @Test
    void aNewRolloutForgetsWhyTheLastWentBack() {
        aFailedProviderGoesBackEvenWhilePaused();
        Greeter.Bent v3 = (Greeter.Bent) rig.routing.core().switchboard.state().member(SLOT, "greeter.v3").orElseThrow().handle().service();
        v3.greet = () -> "v3";
        advance(20);
        rig.routing.promote(SLOT, "v3", 10, "again");
        advance(1);

        assertThat(rig.routing.show(SLOT).reasons()).noneMatch(reason -> reason.contains("went back"));
    }

    @Test
    void aPlanThatIsReplacedByHandEndsThere() {
        rig.withAll();
        rig.routing.rollout(SLOT, "v3", PLAN, "week 7");
        rig.routing.promote(SLOT, "v3", 20, "by hand");
        advance(30);

        assertThat(share()).isEqualTo(20);
    }

    @Test
    void aFailureOfAnyOtherProviderChangesNoRollout() {
        Greeter.Bent v1 = new Greeter.Bent("v1");
        rig.provider("greeter.v1", "1.0.0", "v1", v1);
        rig.provider("greeter.v3", "3.0.0", "v3", new Greeter.Named("v3"));
        rig.routing.rollout(SLOT, "v3", PLAN, "week 7");
        v1.fail(Rig.unavailable("broken"));
        ask(40);
        rig.settle();

        assertThat(rig.flags.state().rollouts().get(SLOT).plan()).contains(PLAN);
    }

    @Test
    void aRolloutWithoutAPlanOutlivesAFailure() {
        Greeter.Bent v3 = new Greeter.Bent("v3");
        rig.provider("greeter.v1", "1.0.0", "v1", new Greeter.Named("v1"));
        rig.provider("greeter.v3", "3.0.0", "v3", v3);
        rig.routing.promote(SLOT, "v3", 50, "by hand");
        v3.fail(Rig.unavailable("broken"));
        ask(40);
        rig.settle();

        assertThat(rig.flags.state().rollouts().get(SLOT).share()).isEqualTo(50);
    }

    @Test
    void forgetsAStepThatAnOperatorEnded() {
        rig.withAll();
        rig.routing.rollout(SLOT, "v3", PLAN, "week 7");
        advance(2);
        assertThat(rig.routing.show(SLOT).reasons()).anyMatch(reason -> reason.startsWith("rollout watched: 10 %"));
        rig.routing.rollback(SLOT, "enough");
        advance(2);

        assertThat(rig.routing.show(SLOT).reasons()).noneMatch(reason -> reason.startsWith("rollout"));
    }

    @Test
    void refusesWhatMakesNoRollout() {
        rig.withAll();
        rig.routing.promote(SLOT, "v3", 50, "by hand");

        assertThatThrownBy(() -> rig.routing.pauseRollout(SLOT, "x")).isInstanceOf(DwcpException.class).hasMessageContaining("has no planned rollout");
        assertThatThrownBy(() -> rig.routing.promote(SLOT, "v3", -1, "x")).isInstanceOf(DwcpException.class).hasMessageContaining("share -1");
        assertThatThrownBy(() -> rig.routing.show(null)).isInstanceOf(DwcpException.class).hasMessageContaining("slot 'null' is unknown");
        assertThatThrownBy(() -> rig.adapter.register(null, new Object(), new Object())).isInstanceOf(DwcpException.class).hasMessageContaining("slot is missing");
        assertThatThrownBy(() -> rig.adapter.switchMode(null, "x")).isInstanceOf(DwcpException.class).hasMessageContaining("mode is missing");
        rig.routing.promote(SLOT, "greeter.v0", 10, "another");
        assertThat(rig.flags.state().rollouts().get(SLOT).id()).startsWith("greeter.v0@");
    }

    @Test
    void anotherProvidersRolloutBeginsAtItsFirstStep() {
        rig.withAll();
        rig.routing.promote(SLOT, "v3", 80, "by hand");
        rig.routing.rollout(SLOT, "greeter.v0", PLAN, "try");

        assertThat(rig.flags.state().rollouts().get(SLOT)).matches(r -> r.provider().equals("greeter.v0") && r.share() == 10);
    }
}
