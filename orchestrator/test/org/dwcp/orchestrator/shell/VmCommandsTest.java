// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.api.vm.Guest;
import org.dwcp.api.vm.Migration;
import org.dwcp.api.vm.MigrationStatus;
import org.dwcp.api.vm.MigrationStatus.Step;
import org.dwcp.api.vm.VirtualMachines;
import org.dwcp.orchestrator.shell.view.MigrationView;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;
import org.junit.jupiter.api.Test;

class VmCommandsTest {
    private final List<String> calls = new ArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Peers peers = FakeNode.fake(Peers.class, Map.of("list", a -> List.of(Fixtures.peer("lisbon", true)), "self", a -> NodeId.of("porto")));
    private boolean cancels = true;

    private static MigrationStatus status(State state, Step step, String error) {
        return new MigrationStatus("web", NodeId.of("lisbon"), state, step, 1L << 30, 256L << 20, 2L << 30, 100L << 20, 12L << 20, 20L << 20, 3, Duration.ofMillis(80),
                state == State.DONE ? Duration.ofMillis(120) : Duration.ZERO, Duration.ofSeconds(12), "transport.v3", 1, error);
    }

    private CommandSession session(Screen screen) {
        var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return FakeNode.fake(CommandSession.class, Map.of("get", a -> a[0].equals(Screen.VARIABLE) ? screen : null, "getConsole", a -> out,
                "currentDir", a -> Path.of("/srv/here")));
    }

    private Migration migration(MigrationStatus... statuses) {
        var left = new ArrayDeque<>(List.of(statuses));
        return FakeNode.fake(Migration.class, Map.of("await", a -> left.size() > 1 ? left.removeFirst() : left.getFirst(), "status", a -> left.getFirst(),
                "cancel", a -> {
                    calls.add("cancel");
                    return cancels;
                }));
    }

    private VmCommands commands(MigrationStatus... statuses) {
        return new VmCommands(FakeNode.fake(VirtualMachines.class, Map.of(
                "list", a -> List.of(new Guest("web", Guest.State.RUNNING, 3, "porto", "")),
                "start", a -> {
                    calls.add("start " + a[0]);
                    return new Guest("web", Guest.State.RUNNING, 1, "porto", "");
                },
                "migrate", a -> {
                    calls.add("migrate " + Arrays.toString(a));
                    return migration(statuses);
                },
                "find", a -> a[0].equals("web") ? Optional.of(migration(statuses)) : Optional.empty())), peers);
    }

    private View run(VmCommands commands, Screen screen, String... words) {
        return commands.vm(session(screen), "100", "60", false, words);
    }

    private final MigrationStatus copying = status(State.RUNNING, Step.COPY, "");
    private final MigrationStatus done = status(State.DONE, Step.END, "");

    @Test
    void ordersWhatTheWordsSay() {
        commands(done).vm(session(Screen.PLAIN), "50", "30", false, "migrate", "web", "lisbon");
        run(commands(), Screen.PLAIN, "start", "web");

        assertThat(calls).containsExactly("migrate [web, lisbon, MigrationOptions[downtime=PT0.05S, patience=PT30S]]", "start web");
    }

    @Test
    void saysWhatBecameOfIt() {
        var moved = run(commands(copying, done), Screen.PLAIN, "migrate", "web", "lisbon");

        assertThat(moved.good()).isTrue();
        assertThat(moved.render(Screen.PLAIN)).isEqualTo("DONE  web to lisbon: 2.0 GiB of QEMU in 12.0 s, 100.0 MiB on the wire, 3 rounds, stood still for at most "
                + "120 ms, moved 1 time");
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("web  copying  75 %  256.0 MiB left, round 3  12.0 MiB/s, changes 20.0 MiB/s, "
                + "would stand still 80 ms  transport.v3\n");
        var failed = run(commands(status(State.FAILED, Step.END, "QEMU is gone")), Screen.PLAIN, "show", "web");
        assertThat(failed.good()).isFalse();
        assertThat(failed.render(Screen.PLAIN)).startsWith("FAILED  web to lisbon").endsWith("\n      QEMU is gone").doesNotContain("stood still");
        assertThat(run(commands(copying), Screen.PLAIN, "show", "web").render(Screen.PLAIN)).contains("copying  75 %");
        assertThat(commands(done).vm(session(Screen.PLAIN), "100", "60", true, "migrate", "web", "lisbon").render(Screen.PLAIN)).contains("\"wireBytes\": 104857600");
    }

    @Test
    void namesEachStepAndFitsATerminal() {
        for (var step : Step.values()) {
            assertThat(MigrationView.progress(status(State.RUNNING, step, ""), Screen.PLAIN)).startsWith("web  " + switch (step) {
                case PREPARE -> "preparing";
                case COPY -> "copying";
                case HANDOVER -> "handing over";
                case SETTLE -> "asking the peer";
                case END -> "over";
            });
        }
        assertThat(MigrationView.progress(status(State.WAITING, Step.SETTLE, "lisbon is offline"), Screen.PLAIN)).endsWith("waiting: lisbon is offline");
        assertThat(MigrationView.progress(copying, new Screen(true, false, false, 40))).hasSizeLessThan(40);
    }

    @Test
    void listsGuests() {
        assertThat(run(commands(), Screen.PLAIN, "list").render(Screen.PLAIN)).containsPattern("web +RUNNING +porto +3");
    }

    @Test
    void cancels() {
        assertThat(run(commands(copying), Screen.PLAIN, "cancel", "web").render(Screen.PLAIN)).contains("the guest runs on at porto");
        cancels = false;
        assertThatThrownBy(() -> run(commands(done), Screen.PLAIN, "cancel", "web")).isInstanceOf(DwcpException.class).hasMessageContaining("too late");
        assertThatThrownBy(() -> run(commands(), Screen.PLAIN, "cancel", "mail")).hasMessageContaining("guest mail was not moved from porto");
    }

    @Test
    void cancelsWhenItsClientIsGone() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> run(commands(copying), Screen.PLAIN, "migrate", "web", "lisbon")).hasMessageContaining("guest web runs on here");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(calls).last().isEqualTo("cancel");
    }

    @Test
    void refusesWordsThatMakeNoCommand() {
        var commands = commands(done);
        assertThatThrownBy(() -> run(commands, Screen.PLAIN)).isInstanceOf(UsageException.class).hasMessageContaining("choose one of list, start");
        assertThatThrownBy(() -> run(commands, Screen.PLAIN, "move")).hasMessageContaining("'move' is none of list, start, migrate, show, cancel");
        assertThatThrownBy(() -> run(commands, Screen.PLAIN, "migrate", "web")).hasMessageContaining("vm migrate takes NAME NODE; peers: lisbon");
        assertThatThrownBy(() -> run(commands, Screen.PLAIN, "list", "x")).hasMessageContaining("vm list takes no more words");
        assertThatThrownBy(() -> commands.vm(session(Screen.PLAIN), "0", "60", false, "list")).hasMessageContaining("--downtime '0'");
        assertThatThrownBy(() -> commands.vm(session(Screen.PLAIN), "1", "0", false, "list")).hasMessageContaining("--timeout '0'");
        assertThat(calls).isEmpty();
    }

    @Test
    void completesActionsAndPeers() {
        var completion = new Completion(FakeNode.fake(HybridManager.class, Map.of()), peers, new FakeNode());

        assertThat(completion.candidates(List.of("vm", ""), 1)).isEqualTo(VmCommands.ACTIONS);
        assertThat(completion.candidates(List.of("vm", "migrate", "web", ""), 3)).containsExactly("lisbon");
        assertThat(completion.candidates(List.of("vm", "show", ""), 2)).isEmpty();
    }
}
