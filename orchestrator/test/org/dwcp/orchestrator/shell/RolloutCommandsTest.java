// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.orchestrator.shell.view.Change;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

class RolloutCommandsTest {
    private static final CommandSession SESSION = FakeNode.fake(CommandSession.class, Map.of("get", a -> null));

    private final FakeNode node = new FakeNode();
    private final RolloutCommands commands = new RolloutCommands(node.manager(), node);

    private Change promote(String share, boolean dry, String... words) {
        return (Change) commands.promote(SESSION, share, dry, "test", "", false, words);
    }

    @Test
    void promotesTheShareThatWasAskedFor() {
        var change = promote("10", false, "transport", "v3");

        assertThat(node.commands).containsExactly("promote transport v3 10 because test");
        assertThat(change.undo()).isEqualTo("dwcp rollback transport");
    }

    @Test
    void changesNothingOnADryRun() {
        var change = promote("10", true, "transport", "v3");
        commands.rollback(SESSION, true, "test", "", false, "transport");
        commands.pin(SESSION, true, "test", "", false, "transport", "v3");
        commands.unpin(SESSION, true, "test", "", false, "transport");
        commands.killswitch(SESSION, true, "test", "", false, "on");

        assertThat(node.commands).isEmpty();
        assertThat(change.after().getFirst().primary().orElseThrow().name()).isEqualTo("transport.v1");
        assertThat(change.dryRun()).isTrue();
    }

    @Test
    void undoesAPromotionByTheRolloutThatWasThere() {
        node.state = FlagState.DEFAULT.withRouting(Map.of(), Map.of("transport", new FlagState.Rollout("transport.v3", 10, "r")));

        assertThat(promote("50", false, "transport", "v3").undo()).isEqualTo("dwcp promote transport transport.v3 --share 10");
    }

    @Test
    void undoesARollbackByRolloutAndPin() {
        node.state = FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v1"), Map.of("transport", new FlagState.Rollout("transport.v3", 10, "r")));

        assertThat(((Change) commands.rollback(SESSION, false, "test", "", false, "transport")).undo())
                .isEqualTo("dwcp promote transport transport.v3 --share 10 && dwcp pin transport transport.v1");
    }

    private Change rollout(String steps, String dwell, String calls, boolean dry) {
        return (Change) commands.rollout(SESSION, steps, dwell, calls, dry, "week 7", "", false, "transport", "v3");
    }

    @Test
    @Requirement("R-131")
    void beginsARolloutOfThreeSteps() {
        var change = rollout("10,50,100", "10m", "500", false);

        assertThat(node.commands).containsExactly("rollout transport v3 " + new RolloutPlan(List.of(10, 50, 100), Duration.ofMinutes(10), 500, false)
                + " because week 7");
        assertThat(change.undo()).isEqualTo("dwcp rollback transport");
        assertThat(change.note()).isEqualTo("'dwcp why transport' shows how it goes");
    }

    @Test
    void showsTheFirstStepOfARolloutOnADryRun() {
        var change = rollout("30, 100", "2h", "0", true);

        assertThat(node.commands).isEmpty();
        assertThat(change.after().getFirst().providers()).anyMatch(p -> p.name().equals("transport.v3") && p.share() == 30);
    }

    @Test
    void readsTimesAsPeopleWriteThem() {
        for (var time : Map.of("30", 30, "45s", 45, "10m", 600, "2h", 7_200, " 1d", 86_400).entrySet()) {
            rollout("100", time.getKey(), "0", false);
            assertThat(node.commands.getLast()).as(time.getKey()).contains("dwell=" + Duration.ofSeconds(time.getValue()));
        }
    }

    @Test
    void refusesAPlanThatMakesNoSense() {
        assertThatThrownBy(() -> rollout("10,x", "30s", "0", false)).isInstanceOf(UsageException.class).hasMessageContaining("--steps 'x' is not a whole number");
        assertThatThrownBy(() -> rollout("10,5", "30s", "0", false)).isInstanceOf(DwcpException.class).hasMessageContaining("step 5 after 10");
        assertThatThrownBy(() -> rollout("10", "soon", "0", false)).isInstanceOf(UsageException.class).hasMessageContaining("--dwell 'soon' is no time");
        assertThatThrownBy(() -> rollout("10", "40d", "0", false)).isInstanceOf(DwcpException.class).hasMessageContaining("dwell time");
        assertThatThrownBy(() -> rollout("10", "30s", "-1", false)).isInstanceOf(UsageException.class).hasMessageContaining("--calls '-1'");
        assertThatThrownBy(() -> rollout("1,".repeat(100), "30s", "0", false)).isInstanceOf(UsageException.class);
        assertThat(node.commands).isEmpty();
    }

    @Test
    void undoesWhatEndsAPlanByThePlan() {
        var plan = new RolloutPlan(List.of(10, 50, 100), Duration.ofMinutes(10), 7, true);
        node.state = FlagState.DEFAULT.withRouting(Map.of(), Map.of("transport", new FlagState.Rollout("transport.v3", 50, "r", Optional.of(plan))));

        assertThat(((Change) commands.rollback(SESSION, false, "test", "", false, "transport")).undo())
                .isEqualTo("dwcp rollout transport transport.v3 --steps 50,100 --dwell 600s --calls 7 && dwcp pause transport");
        assertThat(rollout("60,100", "1m", "0", true).undo()).startsWith("dwcp rollout transport transport.v3 --steps 50,100");
    }

    @Test
    void saysThatThePinIsStrongerThanARollout() {
        node.state = FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v1"), Map.of());

        assertThat(rollout("10", "30s", "0", false).note()).contains("pinned to transport.v1");
    }

    @Test
    void pausesAndResumes() {
        assertThat(((Change) commands.pause(SESSION, "lunch", false, "transport")).undo()).isEqualTo("dwcp resume transport");
        assertThat(((Change) commands.resume(SESSION, "back", false, "transport")).undo()).isEqualTo("dwcp pause transport");
        assertThat(node.commands).containsExactly("pause transport because lunch", "resume transport because back");
    }

    @Test
    void showsOnADryRunWhatARollbackWouldDo() {
        node.state = FlagState.DEFAULT.withRouting(Map.of(), Map.of("transport", new FlagState.Rollout("transport.v3", 10, "r")));
        var ofRollout = (Change) commands.rollback(SESSION, true, "test", "", false, "transport");
        assertThat(ofRollout.after()).hasSize(1);
        assertThat(ofRollout.note()).isEmpty();
        assertThat(ofRollout.undo()).isEqualTo("dwcp promote transport transport.v3 --share 10");

        node.state = FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v1"), node.state.rollouts());
        var ofBoth = (Change) commands.rollback(SESSION, true, "test", "", false, "transport");
        assertThat(ofBoth.after()).as("the mode decides then").isEmpty();
        assertThat(ofBoth.note()).startsWith("the pin to transport.v1 would be taken away");

        node.state = FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v1"), Map.of());
        assertThat(((Change) commands.rollback(SESSION, true, "test", "", false, "transport")).undo()).isEqualTo("dwcp pin transport transport.v1");

        node.state = FlagState.DEFAULT;
        var ofNothing = (Change) commands.rollback(SESSION, true, "test", "", false, "transport");
        assertThat(ofNothing.after()).isEqualTo(ofNothing.before());
        assertThat(ofNothing.undo()).isEqualTo("nothing to undo");
    }

    @Test
    void pinsAndUnpinsAndUndoesBoth() {
        assertThat(((Change) commands.pin(SESSION, false, "test", "", false, "transport", "v3")).undo()).isEqualTo("dwcp unpin transport");
        assertThat(((Change) commands.unpin(SESSION, false, "test", "", false, "transport")).undo()).isEqualTo("nothing to undo");
        assertThat(((Change) commands.unpin(SESSION, true, "test", "", false, "transport")).note()).isEqualTo("the slot is not pinned");

        node.state = FlagState.DEFAULT.withForceV1(true).withRouting(Map.of("transport", "transport.v1"), Map.of());
        var again = (Change) commands.pin(SESSION, true, "test", "", false, "transport", "v3");
        assertThat(again.undo()).isEqualTo("dwcp pin transport transport.v1");
        assertThat(again.note()).isEqualTo("the kill switch is on and stronger than a pin");
        assertThat(((Change) commands.unpin(SESSION, false, "test", "", false, "transport")).undo()).isEqualTo("dwcp pin transport transport.v1");
        assertThat(((Change) commands.unpin(SESSION, true, "test", "", false, "transport")).note()).startsWith("the pin to transport.v1 would be taken away");
        assertThat(promote("10", true, "transport", "v3").note()).as("stronger than the pin").isEqualTo("the kill switch is on; this shows effect when it is off");
        assertThat(node.commands).containsExactly("pin transport v3", "unpin transport", "unpin transport");
    }

    @Test
    void endsTheKillSwitchAndSaysWhenItWasSoAlready() {
        assertThat(((Change) commands.killswitch(SESSION, true, "test", "", false, "off")).note()).isEqualTo("it is off already");
        assertThat(((Change) commands.killswitch(SESSION, false, "test", "", false, "off")).undo()).isEqualTo("nothing to undo");

        node.state = FlagState.DEFAULT.withForceV1(true);
        var off = (Change) commands.killswitch(SESSION, true, "test", "", false, "off");
        assertThat(off.undo()).isEqualTo("dwcp killswitch on");
        assertThat(off.note()).isEqualTo("pins, flags, rollouts and mode would decide again");
        assertThat(off.after()).isEmpty();
        assertThat(((Change) commands.killswitch(SESSION, true, "test", "", false, "on")).note()).isEqualTo("it is on already");
        assertThat(node.commands).containsExactly("releaseKillSwitch");
    }

    @Test
    void extendsTheTimeOfItsSession() {
        var limits = new java.util.ArrayList<Duration>();
        var deadline = FakeNode.fake(Deadline.class, Map.of("extend", a -> {
            limits.add((Duration) a[0]);
            return null;
        }));
        var session = FakeNode.fake(CommandSession.class, Map.of("get", a -> a[0].equals(Deadline.VARIABLE) ? deadline : null));

        commands.pin(session, false, "test", "90", false, "transport", "v3");

        assertThat(limits).containsExactly(Duration.ofSeconds(90));
        assertThatThrownBy(() -> commands.pin(session, false, "test", "3601", false, "transport", "v3")).isInstanceOf(UsageException.class);
    }

    @Test
    void warnsThatAPinIsStronger() {
        node.state = FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v1"), Map.of());

        var change = promote("10", false, "transport", "v3");

        assertThat(change.note()).contains("pinned to transport.v1").contains("dwcp unpin transport");
        assertThat(change.undo()).isEqualTo("dwcp promote transport v3 --share 0");
    }

    @Test
    void namesTheCandidatesWhenAWordIsMissing() {
        assertThatThrownBy(() -> promote("10", false, "transport")).isInstanceOf(UsageException.class)
                .hasMessageContaining("providers: transport (transport.v3, transport.v1, transport.v0)")
                .hasMessageContaining("usage: dwcp promote SLOT PROVIDER [--share VALUE] [--dry-run]");
    }

    @Test
    void refusesAnUnknownOption() {
        assertThatThrownBy(() -> promote("10", false, "transport", "v3", "--sahre")).isInstanceOf(UsageException.class)
                .hasMessageContaining("no option '--sahre'");
    }

    @Test
    void refusesAShareOneAboveTheLimit() {
        assertThat(promote("100", true, "transport", "v3").dryRun()).isTrue();
        assertThatThrownBy(() -> promote("101", true, "transport", "v3")).isInstanceOf(UsageException.class).hasMessageContaining("from 0 to 100");
        assertThat(node.commands).isEmpty();
    }

    @Test
    void passesOnWhatTheOrchestratorRejects() {
        assertThatThrownBy(() -> promote("10", false, "transport", "v9")).isInstanceOf(DwcpException.class).hasMessageContaining("providers: transport.v3");
    }

    @Test
    @Requirement({"R-272", "R-302"})
    void pullsTheKillSwitchWithOneCommand() {
        var change = (Change) commands.killswitch(SESSION, false, "errors", "", false, "on");

        assertThat(node.commands).containsExactly("killSwitch");
        assertThat(change.undo()).isEqualTo("dwcp killswitch off");
    }

    @Test
    void showsWhatTheKillSwitchWouldDo() {
        node.share = 100;

        var change = (Change) commands.killswitch(SESSION, true, "test", "", false, "on");

        assertThat(change.after().getFirst().primary().orElseThrow().name()).isEqualTo("transport.v1");
    }

    @Test
    void refusesAKillSwitchThatIsNeitherOnNorOff() {
        assertThatThrownBy(() -> commands.killswitch(SESSION, false, "test", "", false, "maybe")).isInstanceOf(UsageException.class)
                .hasMessageContaining("'maybe' is none of on, off");
    }
}
