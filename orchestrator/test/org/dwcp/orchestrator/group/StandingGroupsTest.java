// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.awaitility.Awaitility;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupClient;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.orchestrator.shell.FakeNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandingGroupsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<Member> MEMBERS = List.of(new Member(NodeId.of("lisbon"), "ab".repeat(32), "cd".repeat(32)),
            new Member(NodeId.of("porto"), "ef".repeat(32), "01".repeat(32)));

    @TempDir
    Path folder;
    private final ConcurrentLinkedQueue<GroupSpec> hosted = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> closed = new ConcurrentLinkedQueue<>();
    private final Group group = FakeNode.fake(Group.class, Map.of("client", a -> FakeNode.fake(GroupClient.class, Map.of("close", b -> closed.add("client"))),
            "close", a -> closed.add("group")));

    private StandingGroups start() {
        var groups = FakeNode.fake(ConsensusGroups.class, Map.of("host", a -> {
            hosted.add((GroupSpec) a[0]);
            return group;
        }));
        return new StandingGroups(groups, FakeNode.fake(NodeFolders.class, Map.of("data", a -> folder)));
    }

    @Test
    void whatWasMadeIsHostedAgainAfterARestartAndClosedAtTheEnd() {
        var first = start();
        first.create("settings", "consensus.v1", MEMBERS);
        first.deactivate();
        assertThat(closed).containsExactly("client", "group");
        assertThatThrownBy(() -> first.create("more", "", MEMBERS)).isInstanceOf(DwcpException.class).hasMessageContaining("is stopping");

        var second = start();
        Awaitility.await().atMost(PATIENCE).until(() -> second.client("settings").isPresent());
        assertThat(hosted).hasSize(2);
        assertThat(hosted.poll()).isEqualTo(hosted.poll());
        assertThat(second.client("others")).isEmpty();
    }

    @Test
    void aFileThatSomebodyDamagedKeepsNoOtherGroupFromBeingHosted() throws Exception {
        start().create("zebra", "", MEMBERS);
        hosted.clear();
        Files.writeString(folder.resolve("alpha.group"), "consensus.v1\nlisbon");
        Files.writeString(folder.resolve("beta.group"), "");
        Files.writeString(folder.resolve("notes.txt"), "not ours");

        var again = start();

        Awaitility.await().atMost(PATIENCE).until(() -> again.client("zebra").isPresent());
        assertThat(hosted).extracting(GroupSpec::name).containsExactly("zebra");
    }

    @Test
    void refusesOneMoreThanItHolds() {
        var groups = start();
        for (int i = 0; i < StandingGroups.GROUPS_MAX; i++) {
            groups.create("g" + i, "", MEMBERS);
        }

        assertThatThrownBy(() -> groups.create("last", "", MEMBERS)).isInstanceOf(DwcpException.class).hasMessageContaining("32 groups");
        assertThat(folder.resolve("last.group")).doesNotExist();
    }
}
