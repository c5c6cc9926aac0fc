// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EpochInfo;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupClient;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.api.consensus.SwitchRequest;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.orchestrator.group.GroupHealth;
import org.dwcp.orchestrator.group.StandingGroups;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupCommandsTest {
    private static final CommandSession SESSION = FakeNode.fake(CommandSession.class, Map.of("get", a -> null));
    private static final EpochInfo FIRST = epoch(1, "consensus.v1", 40, List.of());
    private static final EpochInfo SECOND = epoch(2, "consensus.v3", 0, List.of("lisbon", "porto"));

    private final List<String> calls = new ArrayList<>();
    private List<String> tail = List.of("17 put a");
    private CompletableFuture<EpochInfo> next = CompletableFuture.completedFuture(SECOND);
    private GroupStatus status = status("settings", GroupStatus.Phase.RUNNING, true, "");
    private final GroupClient client = FakeNode.fake(GroupClient.class, Map.of("submit", a -> answered("submit " + text(a[0]), "was"),
            "readLinearizable", a -> answered("read " + text(a[0]), "blue"), "readStale", a -> answered("stale " + text(a[0]), "red"), "close", a -> null));
    private final Group group = FakeNode.fake(Group.class, Map.of("status", a -> status, "epochs", a -> List.of(FIRST, SECOND), "tail", a -> tail,
            "switchTo", a -> noted("switch " + ((SwitchRequest) a[0]).provider(), next),
            "changeMembers", a -> noted("members " + a[0], CompletableFuture.completedFuture(a[0])),
            "transferLeader", a -> noted("leader " + a[0], CompletableFuture.completedFuture(a[0])),
            "compact", a -> noted("compact", CompletableFuture.completedFuture(99L)), "approveDowngrade", a -> noted("approve " + a[0], null),
            "client", a -> client, "close", a -> null));
    private List<GroupStatus> all = List.of(status);
    private List<GroupHealth.Alert> alerts = List.of();
    private final ConsensusGroups groups = FakeNode.fake(ConsensusGroups.class, Map.of("list", a -> all, "self", a -> member("lisbon"),
            "find", a -> a[0].equals("settings") ? Optional.of(group) : Optional.empty(), "member", a -> member(((NodeId) a[0]).value()),
            "host", a -> noted("host " + ((GroupSpec) a[0]).provider(), group)));
    @TempDir
    Path folder;
    private GroupCommands commands;

    @BeforeEach
    void begin() {
        commands = new GroupCommands(groups, new StandingGroups(groups, FakeNode.fake(NodeFolders.class, Map.of("data", a -> folder))), () -> alerts);
    }

    private static Member member(String name) {
        return new Member(NodeId.of(name), ("a" + name.length()).repeat(32), ("c" + name.length()).repeat(32));
    }

    private static EpochInfo epoch(long number, String provider, long sealedAt, List<String> signers) {
        return new EpochInfo(number, provider, Tolerance.CRASH, List.of(member("lisbon"), member("porto")), Digest.ZERO, signers, sealedAt);
    }

    private static GroupStatus status(String name, GroupStatus.Phase phase, boolean quorum, String note) {
        return new GroupStatus(name, phase, FIRST, Optional.of(new ReplicaStatus(ReplicaStatus.Role.LEADER, Optional.of(NodeId.of("lisbon")), 3, 17, 16, 0, quorum,
                List.of(member("lisbon"), member("porto")), Map.of("votes", 2L))), 4, note, Map.of("sessions", 4L));
    }

    private Object noted(String call, Object answer) {
        calls.add(call);
        return answer;
    }

    private Object answered(String call, String answer) {
        return noted(call, CompletableFuture.completedFuture(answer.getBytes(StandardCharsets.UTF_8)));
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    private String run(boolean dry, String... words) {
        return commands.group(SESSION, false, dry, "consensus.v1", false, words).render(Screen.PLAIN);
    }

    @Test
    void listsTheGroupsAndFailsWhenOneIsNotWell() {
        View well = commands.groups(false);
        assertThat(well.render(Screen.PLAIN)).contains("settings", "RUNNING", "consensus.v1", "lisbon", "16");
        assertThat(well.good()).isTrue();

        all = List.of(status, new GroupStatus("lost", GroupStatus.Phase.STARTING, FIRST, Optional.empty(), 0, "no quorum", Map.of()));
        assertThat(commands.groups(false).good()).isFalse();
        assertThat(commands.groups(false).render(Screen.PLAIN)).contains("lost", "no quorum");

        all = List.of();
        assertThat(commands.groups(false).render(Screen.PLAIN)).isEqualTo("this node hosts no group");
        assertThat(commands.groups(true).render(Screen.PLAIN)).contains("\"groups\": []");
    }

    @Test
    void saysWhatHasBeenWrongForAWhileAndWhatToDo() {
        assertThat(commands.groups(false).render(Screen.PLAIN)).contains("health").containsPattern(" ok *$");

        alerts = List.of(new GroupHealth.Alert("settings", "NO_QUORUM", "too few members are reached for 7 s", "start the members that are down"));

        assertThat(commands.groups(false).render(Screen.PLAIN)).contains("NO_QUORUM", "settings: too few members are reached for 7 s; start the members");
    }

    @Test
    void showsAGroupWithItsEpochsAndFigures() {
        assertThat(run(false, "show", "settings")).startsWith("group settings  RUNNING\n\nmember  key").contains("lisbon porto", "40", "votes", "sessions")
                .doesNotContain("note  ");

        status = status("settings", GroupStatus.Phase.SEALED, true, "waits for porto");
        assertThat(run(false, "show", "settings")).contains("note  waits for porto");
        assertThat(commands.group(SESSION, false, false, "", false, "show", "settings").good()).isFalse();
    }

    @Test
    void switchesAndSaysHowToGoBack() {
        assertThat(run(true, "switch", "settings", "consensus.v3")).contains("would end epoch 1 of settings on consensus.v1", "undo: dwcp group switch settings consensus.v1");
        assertThat(calls).isEmpty();

        assertThat(run(false, "switch", "settings", "consensus.v3")).contains("settings is in epoch 2 on consensus.v3, certified by lisbon porto",
                "undo: dwcp group switch settings consensus.v1");
        assertThat(calls).containsExactly("switch consensus.v3");
    }

    @Test
    void changesMembersHandsTheLeadOnApprovesAndCompacts() {
        assertThat(run(false, "members", "settings")).startsWith("group settings");
        assertThat(run(true, "members", "settings", "faro")).startsWith("would change the members of settings from [lisbon, porto] to [faro/");
        assertThat(run(false, "members", "settings", "faro")).contains("undo: dwcp group members settings lisbon porto");
        assertThat(run(true, "leader", "settings", "porto")).isEqualTo("would hand the lead of settings to porto");
        assertThat(run(false, "leader", "settings", "porto")).isEqualTo("porto leads settings");
        assertThat(run(true, "approve", "settings", "consensus.v1")).startsWith("this member would approve that epoch 1");
        assertThat(run(false, "approve", "settings", "consensus.v1")).startsWith("this member approves that epoch 1");
        assertThat(run(true, "compact", "settings")).isEqualTo("would write a snapshot of settings");
        assertThat(run(false, "compact", "settings")).isEqualTo("the snapshot of settings holds index 99");
        assertThat(calls).containsExactly("members [faro/a4a4a4a4]", "leader porto", "approve consensus.v1", "compact");
    }

    @Test
    void makesAGroupOfTextsAndOrdersWhatIsWrittenToIt() {
        assertThat(run(true, "create", "settings", "lisbon", "porto")).isEqualTo("would host group settings with members [lisbon/a6a6a6a6, porto/a5a5a5a5]");
        assertThat(calls).isEmpty();
        assertThat(run(false, "create", "settings", "lisbon", "porto")).contains("epoch 1 on consensus.v1").endsWith("say the same on the other members");
        assertThat(run(false, "create", "others", "porto")).endsWith("this node joins when they make it a member");

        assertThat(run(true, "put", "settings", "colour", "deep", "blue")).isEqualTo("would order: put colour deep blue");
        assertThat(run(false, "put", "settings", "colour", "deep", "blue")).isEqualTo("was");
        assertThat(run(false, "drop", "settings", "colour")).isEqualTo("was");
        assertThat(run(false, "get", "settings", "colour")).isEqualTo("blue");
        assertThat(commands.group(SESSION, false, false, "", true, "get", "settings", "colour").render(Screen.PLAIN)).isEqualTo("red");
        assertThat(calls).containsExactly("host consensus.v1", "host consensus.v1", "submit put colour deep blue", "submit drop colour ", "read colour", "stale colour");
    }

    @Test
    void takesNoTextsForAGroupOfAnApplication() {
        assertThatThrownBy(() -> run(false, "put", "settings", "colour", "blue")).isInstanceOf(UsageException.class).hasMessageContaining("belongs to an application");
        assertThatThrownBy(() -> run(false, "put", "settings", "colour")).isInstanceOf(UsageException.class).hasMessageContaining("a key and a text");
        assertThatThrownBy(() -> run(false, "drop", "settings", "colour", "blue")).isInstanceOf(UsageException.class).hasMessageContaining("a group, a key");
        assertThatThrownBy(() -> run(false, "create", "settings")).isInstanceOf(UsageException.class).hasMessageContaining("needs the nodes");
        assertThat(calls).isEmpty();
    }

    @Test
    void refusesWhatItCannotRead() {
        assertThatThrownBy(() -> run(false, "switch", "settings")).isInstanceOf(UsageException.class).hasMessageContaining("needs one PROVIDER and has []");
        assertThatThrownBy(() -> run(false, "leader", "settings", "a", "b")).isInstanceOf(UsageException.class).hasMessageContaining("needs one NODE");
        assertThatThrownBy(() -> run(false, "explode", "settings")).isInstanceOf(UsageException.class).hasMessageContaining("none of show, create");
        assertThatThrownBy(() -> run(false, "show", "other")).isInstanceOf(UsageException.class).hasMessageContaining("no group 'other'").hasMessageContaining("[settings]");
        assertThatThrownBy(() -> commands.log(false, "20", "head", "settings")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> commands.log(false, "1001", "tail", "settings")).isInstanceOf(UsageException.class);
    }

    @Test
    void passesOnWhyAGroupDidNotDoIt() {
        next = CompletableFuture.failedFuture(new DwcpException(DwcpException.Kind.REJECTED, "not the leader"));
        assertThatThrownBy(() -> run(false, "switch", "settings", "consensus.v3")).isInstanceOf(DwcpException.class).hasMessage("not the leader");

        next = CompletableFuture.failedFuture(new IllegalStateException("broken"));
        assertThatThrownBy(() -> run(false, "switch", "settings", "consensus.v3")).isInstanceOf(DwcpException.class).hasMessageContaining("broken");

        next = new CompletableFuture<>();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> run(false, "switch", "settings", "consensus.v3")).isInstanceOf(DwcpException.class).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
    }

    @Test
    void showsTheLastEntries() {
        assertThat(commands.log(false, "20", "tail", "settings").render(Screen.PLAIN)).isEqualTo("17 put a");
        tail = List.of();
        assertThat(commands.log(false, "20", "tail", "settings").render(Screen.PLAIN)).isEqualTo("nothing was applied since this node started");
    }
}
