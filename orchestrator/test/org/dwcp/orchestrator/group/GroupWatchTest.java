// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EpochInfo;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.GroupStatus.Phase;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.orchestrator.group.GroupWatch.Trouble;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.Test;

/** When a group counts as ill: each trouble, just before and just when it has lasted long enough. */
class GroupWatchTest {
    private static final List<Member> MEMBERS = List.of(new Member(NodeId.of("lisbon"), "a1".repeat(32), "c1".repeat(32)));
    private static final EpochInfo EPOCH = new EpochInfo(3, "consensus.v1", Tolerance.CRASH, MEMBERS, Digest.ZERO, List.of(), 0);

    private final GroupWatch watch = new GroupWatch();

    static GroupStatus group(Phase phase, boolean leader, boolean quorum, long committed, long applied) {
        var replica = new ReplicaStatus(ReplicaStatus.Role.FOLLOWER, leader ? Optional.of(NodeId.of("porto")) : Optional.empty(), 1, committed, applied, 0, quorum, MEMBERS, Map.of());
        return new GroupStatus("settings", phase, EPOCH, Optional.of(replica), 0, "", Map.of());
    }

    private static GroupStatus without(Phase phase, String note) {
        return new GroupStatus("settings", phase, EPOCH, Optional.empty(), 0, note, Map.of());
    }

    private List<Trouble> look(GroupStatus group, long seconds) {
        return watch.look(List.of(group), TimeUnit.SECONDS.toNanos(seconds)).stream().map(GroupWatch.Finding::trouble).toList();
    }

    private void lasts(GroupStatus group, Trouble trouble, int graceSeconds) {
        assertThat(look(group, 100)).isEmpty();
        assertThat(look(group, 100 + graceSeconds - 1)).isEmpty();
        assertThat(look(group, 100 + graceSeconds)).containsExactly(trouble);
    }

    @Test
    void findsNothingWrongWithASoundGroup() {
        assertThat(look(group(Phase.RUNNING, true, true, 7, 7), 0)).isEmpty();
        assertThat(look(group(Phase.RUNNING, true, true, 9, 8), 100)).isEmpty();
        assertThat(look(group(Phase.PREPARING, true, true, 10, 9), 200)).isEmpty();
        assertThat(look(without(Phase.LEFT, ""), 300)).isEmpty();
        assertThat(look(without(Phase.CLOSED, ""), 400)).isEmpty();
    }

    @Test
    void findsAGroupWithoutLeader() {
        lasts(group(Phase.RUNNING, false, false, 7, 7), Trouble.NO_LEADER, 15);
    }

    @Test
    void findsAGroupWithoutQuorum() {
        lasts(group(Phase.RUNNING, true, false, 7, 7), Trouble.NO_QUORUM, 5);
    }

    @Test
    void findsAMemberThatStandsStillBehind() {
        look(group(Phase.RUNNING, true, true, 9, 7), 99);
        lasts(group(Phase.RUNNING, true, true, 9, 7), Trouble.BEHIND, 30);
        assertThat(look(group(Phase.RUNNING, true, true, 9, 8), 200)).as("it goes forward").isEmpty();
    }

    @Test
    void findsAMemberThatIsFarBehindAlthoughItGoesForward() {
        long far = GroupWatch.BEHIND_ENTRIES_MAX;
        look(group(Phase.RUNNING, true, true, far + 1, 1), 0);
        assertThat(look(group(Phase.RUNNING, true, true, far + 2, 2), 100)).isEmpty();
        for (int second = 101; second <= 130; second++) {
            assertThat(look(group(Phase.RUNNING, true, true, far + 2 + second, 1 + second), second)).isEmpty();
        }
        assertThat(look(group(Phase.RUNNING, true, true, far + 200, 150), 131)).containsExactly(Trouble.BEHIND);
    }

    @Test
    void findsAMemberThatFetchesForTooLong() {
        lasts(without(Phase.FETCHING, "asks porto"), Trouble.BEHIND, 30);
    }

    @Test
    void findsAnEpochThatIsSealedAndHasNoSuccessor() {
        lasts(group(Phase.SEALED, true, true, 7, 7), Trouble.SEALED, 15);
        assertThat(watch.look(List.of(group(Phase.SEALED, true, true, 7, 7)), TimeUnit.SECONDS.toNanos(200)).getFirst().words()).contains("epoch 3 is sealed", "100 s");
    }

    @Test
    void findsAGroupThatDoesNotStart() {
        lasts(without(Phase.STARTING, "provider is missing"), Trouble.NOT_STARTED, 60);
    }

    @Test
    void saysAtOnceThatAGroupIsBroken() {
        assertThat(look(without(Phase.BROKEN, "states differ"), 0)).containsExactly(Trouble.BROKEN);
    }

    @Test
    void beginsToCountAgainAfterAGoodLook() {
        look(group(Phase.RUNNING, false, false, 7, 7), 0);
        look(group(Phase.RUNNING, true, true, 7, 7), 10);

        assertThat(look(group(Phase.RUNNING, false, false, 7, 7), 15)).isEmpty();
        assertThat(look(group(Phase.RUNNING, false, false, 7, 7), 30)).containsExactly(Trouble.NO_LEADER);
    }

    @Test
    void looksByItselfAndStops() {
        var status = new ArrayList<>(List.of(without(Phase.BROKEN, "the disk is broken")));
        var groups = (ConsensusGroups) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ConsensusGroups.class}, (_, _, _) -> List.copyOf(status));
        var health = new GroupHealth(groups, new TestClock());

        await().atMost(Duration.ofSeconds(30)).until(() -> health.alerts().equals(List.of(
                new GroupHealth.Alert("settings", "BROKEN", "the disk is broken", "do not delete anything; look at the log of this and of the other members"))));
        assertThat(health.raisedCount()).isEqualTo(1);
        assertThat(health.groupCount()).isEqualTo(1);
        status.clear();
        await().atMost(Duration.ofSeconds(30)).until(() -> health.alerts().isEmpty());
        health.deactivate();
        health.deactivate();
    }
}
