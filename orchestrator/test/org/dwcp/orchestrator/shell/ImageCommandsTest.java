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

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.image.ImageStatus;
import org.dwcp.api.image.ImageStatus.Action;
import org.dwcp.api.image.ImageStatus.Step;
import org.dwcp.api.image.ImageTask;
import org.dwcp.api.image.ImageVersion;
import org.dwcp.api.image.Images;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.orchestrator.shell.view.ImageView;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;
import org.junit.jupiter.api.Test;

class ImageCommandsTest {
    private static final String HASH = "3fa9c1d2".repeat(8);

    private final List<String> calls = new ArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Peers peers = FakeNode.fake(Peers.class, Map.of("list", a -> List.of(Fixtures.peer("lisbon", true)), "self", a -> NodeId.of("porto")));

    private static ImageStatus status(Action action, State state, Step step, long done, String error) {
        return new ImageStatus("t1", action, NodeId.of("lisbon"), "debian", action == Action.VERIFY ? "" : HASH, action == Action.VERIFY ? 2 : 0, state, step,
                4L << 30, done, 100L << 20, 4L << 30, 2L << 30, 1L << 30, 512L << 20, 64L << 20, 500L << 20, Duration.ofSeconds(30), "transport.v3", 1, error);
    }

    private CommandSession session(Screen screen) {
        var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return FakeNode.fake(CommandSession.class, Map.of("get", a -> a[0].equals(Screen.VARIABLE) ? screen : null, "getConsole", a -> out,
                "currentDir", a -> Path.of("/srv/here")));
    }

    private Object task(String call, ImageStatus... statuses) {
        calls.add(call);
        var left = new ArrayDeque<>(List.of(statuses));
        return FakeNode.fake(ImageTask.class, Map.of("await", a -> left.size() > 1 ? left.removeFirst() : left.getFirst(), "cancel", a -> calls.add("cancel")));
    }

    private ImageCommands commands(ImageStatus... statuses) {
        return new ImageCommands(FakeNode.fake(Images.class, Map.of(
                "push", a -> task("push " + Arrays.toString(a), statuses), "pull", a -> task("pull " + Arrays.toString(a), statuses),
                "verify", a -> task("verify " + Arrays.toString(a), statuses), "remove", a -> {
                    calls.add("remove " + Arrays.toString(a));
                    return 1;
                },
                "list", a -> {
                    calls.add("list " + a[0]);
                    return a[0].equals(NodeId.of("porto")) ? List.of() : List.of(new ImageVersion("debian", HASH, 2L << 30, 300_000, Fixtures.NOON));
                })), peers);
    }

    private View run(ImageCommands commands, Screen screen, String... words) {
        return commands.image(session(screen), "", "auto", false, false, "120", false, words);
    }

    private final ImageStatus sending = status(Action.PUSH, State.RUNNING, Step.SEND, 1L << 30, "");
    private final ImageStatus done = status(Action.PUSH, State.DONE, Step.CHECK, 4L << 30, "");

    @Test
    void ordersWhatTheWordsSay() {
        var commands = commands(done);
        commands.image(session(Screen.PLAIN), "base", "auto", false, false, "60", false, "push", "a.img", "lisbon");
        commands.image(session(Screen.PLAIN), "", "auto", true, false, "120", false, "pull", "debian", "lisbon", "/srv/x.img");
        run(commands, Screen.PLAIN, "pull", "debian", "lisbon", "x.img");
        commands.image(session(Screen.PLAIN), "", "qcow2", true, false, "120", false, "pull", "debian", "lisbon", "x.qcow2");
        commands.image(session(Screen.PLAIN), "", "auto", false, true, "120", false, "pull", "debian", "lisbon", "/dev/loop9");
        commands.image(session(Screen.PLAIN), "", "raw", false, false, "120", false, "push", "x.qcow2", "lisbon");
        run(commands, Screen.PLAIN, "verify", "debian");
        run(commands, Screen.PLAIN, "verify", "debian", "lisbon");

        assertThat(calls).containsExactly("push [/srv/here/a.img, AUTO, lisbon, base, PT1M]",
                "pull [lisbon, debian, /srv/x.img, AUTO, REPLACE, PT2M]", "pull [lisbon, debian, /srv/here/x.img, AUTO, REFUSE, PT2M]",
                "pull [lisbon, debian, /srv/here/x.qcow2, QCOW2, REPLACE, PT2M]", "pull [lisbon, debian, /dev/loop9, AUTO, OVERWRITE, PT2M]",
                "push [/srv/here/x.qcow2, RAW, lisbon, , PT2M]", "verify [porto, debian]", "verify [lisbon, debian]");
    }

    @Test
    void saysWhatBecameOfIt() {
        var push = run(commands(sending, done), Screen.PLAIN, "push", "a.img", "lisbon");

        assertThat(push.good()).isTrue();
        assertThat(push.render(Screen.PLAIN)).isEqualTo("DONE  debian to lisbon, version 3fa9c1d23fa9: 4.0 GiB in 30.0 s, 1.0 GiB were new, 512.0 MiB packed, "
                + "64.0 MiB resumed, 500.0 MiB on the wire, sha-256 right, moved 1 time");
        var failed = run(commands(status(Action.VERIFY, State.FAILED, Step.CHECK, 0, "image is damaged")), Screen.PLAIN, "verify", "debian", "lisbon");
        assertThat(failed.good()).isFalse();
        assertThat(failed.render(Screen.PLAIN)).startsWith("FAILED  debian at lisbon").contains("sha-256 not checked").endsWith("\n      image is damaged");
        var checked = run(commands(status(Action.VERIFY, State.DONE, Step.CHECK, 0, "")), Screen.PLAIN, "verify", "debian", "lisbon");
        assertThat(checked.render(Screen.PLAIN)).contains("sha-256 right of 2 versions");
        assertThat(commands(done).image(session(Screen.PLAIN), "", "auto", false, false, "120", true, "push", "a", "lisbon").render(Screen.PLAIN)).contains("\"packBytes\": 536870912");
    }

    @Test
    void redrawsOneLineOnATerminalAndWritesPlainLinesElsewhere() {
        run(commands(sending, sending, done), new Screen(true, false, false, 100), "push", "a.img", "lisbon");
        assertThat(printed.toString(StandardCharsets.UTF_8)).doesNotContain("\n").startsWith("\rdebian  sending  #####").endsWith("\r\u001b[K");
        printed.reset();

        run(commands(sending, status(Action.PUSH, State.WAITING, Step.ASK, 0, "lisbon is offline"), done), Screen.PLAIN, "push", "a.img", "lisbon");

        assertThat(printed.toString(StandardCharsets.UTF_8).lines()).containsExactly("debian  sending  25 %  1.0 GiB of 4.0 GiB  100.0 MiB/s  ETA 30.0 s  transport.v3",
                "debian  asking  0 %  0 B of 4.0 GiB  waiting: lisbon is offline");
    }

    @Test
    void namesEachStep() {
        for (var step : Step.values()) {
            assertThat(ImageView.progress(status(Action.PULL, State.RUNNING, step, 0, ""), Screen.PLAIN)).startsWith("debian  " + switch (step) {
                case SCAN -> "scanning";
                case ASK -> "asking";
                case PACK -> "packing";
                case SEND -> "fetching";
                case CHECK -> "checking";
            });
        }
    }

    @Test
    void cancelsWhenItsClientIsGone() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> run(commands(sending), Screen.PLAIN, "push", "a.img", "lisbon")).isInstanceOf(DwcpException.class)
                .hasMessageContaining("the same command goes on");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(calls).last().isEqualTo("cancel");
    }

    @Test
    void listsAndRemoves() {
        assertThat(run(commands(), Screen.PLAIN, "list", "lisbon").render(Screen.PLAIN)).contains("debian  3fa9c1d23fa9  2.0 GiB  300000");
        assertThat(run(commands(), Screen.PLAIN, "list").render(Screen.PLAIN)).isEqualTo("porto keeps no image");
        assertThat(run(commands(), Screen.PLAIN, "remove", "debian", "3fa9c1").render(Screen.PLAIN)).isEqualTo("removed 1 version of image debian from this node");
        assertThat(calls).containsExactly("list lisbon", "list porto", "remove [debian, 3fa9c1]");
    }

    @Test
    void refusesWordsThatMakeNoCommand() {
        var commands = commands(done);
        assertThatThrownBy(() -> run(commands, Screen.PLAIN)).isInstanceOf(UsageException.class).hasMessageContaining("choose one of push, pull");
        assertThatThrownBy(() -> run(commands, Screen.PLAIN, "pusch")).hasMessageContaining("'pusch' is none of push, pull, verify, list, remove");
        assertThatThrownBy(() -> run(commands, Screen.PLAIN, "push", "a")).hasMessageContaining("image push takes FILE NODE; peers: lisbon");
        assertThatThrownBy(() -> run(commands, Screen.PLAIN, "pull", "a", "lisbon")).hasMessageContaining("image pull takes NAME NODE FILE");
        assertThatThrownBy(() -> run(commands, Screen.PLAIN, "push", "\0", "lisbon")).hasMessageContaining("is no path");
        assertThatThrownBy(() -> commands.image(session(Screen.PLAIN), "x", "auto", false, false, "120", false, "list")).hasMessageContaining("--name is for image push only");
        assertThatThrownBy(() -> commands.image(session(Screen.PLAIN), "", "auto", true, false, "120", false, "list")).hasMessageContaining("--replace is for image pull only");
        assertThatThrownBy(() -> commands.image(session(Screen.PLAIN), "", "auto", false, false, "0", false, "list")).hasMessageContaining("--timeout '0'");
        assertThatThrownBy(() -> commands.image(session(Screen.PLAIN), "", "auto", false, true, "120", false, "push", "a", "lisbon"))
                .hasMessageContaining("--overwrite is for image pull only");
        assertThatThrownBy(() -> commands.image(session(Screen.PLAIN), "", "auto", true, true, "120", false, "pull", "a", "lisbon", "b"))
                .hasMessageContaining("choose one");
        assertThatThrownBy(() -> commands.image(session(Screen.PLAIN), "", "vmdk", false, false, "120", false, "push", "a", "lisbon"))
                .hasMessageContaining("--format 'vmdk' is none of raw, qcow2");
        assertThatThrownBy(() -> commands.image(session(Screen.PLAIN), "", "raw", false, false, "120", false, "list"))
                .hasMessageContaining("--format is for image push and pull only");
        assertThat(calls).isEmpty();
    }

    @Test
    void completesActionsAndPeers() {
        var node = new FakeNode();
        var completion = new Completion(FakeNode.fake(HybridManager.class, Map.of()), peers, node);

        assertThat(completion.candidates(List.of("image", ""), 1)).isEqualTo(ImageCommands.ACTIONS);
        assertThat(completion.candidates(List.of("image", "list", ""), 2)).containsExactly("lisbon");
        assertThat(completion.candidates(List.of("image", "push", "a.img", ""), 3)).containsExactly("lisbon");
        assertThat(completion.candidates(List.of("image", "remove", ""), 2)).isEmpty();
        assertThat(completion.candidates(List.of("image", "push", "a.img", "lisbon", "--format", ""), 5)).containsExactly("raw", "qcow2");
    }
}
