// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
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
