// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

import org.dwcp.consensus.v3.core.Effect;
import org.dwcp.consensus.v3.core.Event;
import org.dwcp.consensus.v3.core.Record;
import org.dwcp.consensus.v3.core.Replica;
import org.dwcp.consensus.v3.core.Rules;
import org.dwcp.consensus.v3.core.Settings;
import org.dwcp.consensus.v3.core.Timer;
import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Member;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Request;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** One member whose disk is slow: nothing of a view is said before the disk has that it was left or begun, whoever asks. */
@Requirement("R-066")
class DiskBeforeWordTest {
    private final Membership members = membership();
    private final Replica replica = new Replica(2, new Settings(100, 200, 2, 8, 4_096, 8, 1_000, 10_000, 1_000, 100), Rules.PBFT, SimKeys.of("m2"), new TextMachine(), members);
    private long lastToken;
    private long requestTimer;

    private static Membership membership() {
        var all = new ArrayList<Member>();
        for (int id = 1; id <= 4; id++) {
            var key = SimKeys.of("m" + id).publicKey();
            all.add(new Member(id, "m" + id, key, key, false));
        }
        return new Membership(0, all, new TreeMap<>(java.util.Map.of("ann", SimKeys.of("ann").publicKey())), SimKeys.of("operator").publicKey());
    }

    /** What is said to others; the disk has nothing of it yet. */
    private List<Message> step(Event event) {
        var said = new ArrayList<Message>();
        for (var effect : replica.step(event)) {
            switch (effect) {
                case Effect.Send e -> said.add(e.message());
                case Effect.Broadcast e -> said.add(e.message());
                case Effect.Persist e -> lastToken = e.token();
                case Effect.Start e when e.timer() == Timer.REQUEST -> requestTimer = e.generation();
                default -> { }
            }
        }
        return said;
    }

    private List<Message> persisted() {
        return step(new Event.Persisted(lastToken));
    }

    private List<Message> asked(int by) {
        return step(new Event.Received(by, new Message.Status(0, 0, true, 0, 0)));
    }

    private void start() {
        step(new Event.Started());
        persisted();
    }

    private static Request request() {
        var unsigned = new Request("ann", 1, Request.Kind.COMMAND, "A x 1".getBytes(java.nio.charset.StandardCharsets.UTF_8), new byte[0]);
        return new Request("ann", 1, unsigned.kind(), unsigned.command(), SimKeys.of("ann").sign(Codec.toSign(unsigned)));
    }

    private Message.ViewChange leaving(int member) {
        var unsigned = new Message.ViewChange(0, 1, replica.stable(), List.of(), List.of(), member, new byte[0]);
        return new Message.ViewChange(0, 1, unsigned.stable(), List.of(), List.of(), member, SimKeys.of("m" + member).sign(Codec.toSign(unsigned)));
    }

    /** The member waits for its request in vain, and gives up on the leader. */
    private List<Message> loseTheLeader() {
        start();
        step(new Event.Asked(request()));
        return step(new Event.Expired(Timer.REQUEST, requestTimer));
    }

    @Test
    void aViewThatIsLeftIsToldToNobodyBeforeTheDiskHasIt() {
        assertThat(loseTheLeader()).isEmpty();
        assertThat(replica.active()).isFalse();

        assertThat(asked(1)).as("to one that asks by its status").noneMatch(Message.ViewChange.class::isInstance);

        assertThat(persisted()).hasAtLeastOneElementOfType(Message.ViewChange.class);
        assertThat(asked(1)).hasAtLeastOneElementOfType(Message.ViewChange.class);
    }

    @Test
    void aLeaderProposesNothingInAViewBeforeTheDiskHasThatItBegan() {
        loseTheLeader();
        persisted();
        step(new Event.Received(3, leaving(3)));

        assertThat(step(new Event.Received(4, leaving(4)))).as("with the quorum the view begins").isEmpty();
        assertThat(replica.active()).isTrue();
        assertThat(asked(1)).noneMatch(message -> message instanceof Message.NewView || message instanceof Message.PrePrepare);

        assertThat(persisted()).hasSize(2).first().isInstanceOf(Message.NewView.class);
        assertThat(asked(1)).hasAtLeastOneElementOfType(Message.NewView.class);
    }

    @Test
    void anOldProposalIsNoLieWhereALaterViewHasDecidedOtherwise() {
        start();
        var other = Batch.EMPTY.digest();
        for (int member : List.of(1, 3, 4)) {
            step(new Event.Received(member, new Message.Vote(Phase.COMMIT, 0, 1, 1, other)));
        }
        assertThat(replica.executed()).isEqualTo(1);

        var effects = replica.step(new Event.Received(1, new Message.PrePrepare(0, 0, 1, new Batch(List.of(request())))));

        assertThat(effects).noneMatch(Effect.Suspect.class::isInstance).noneMatch(effect -> effect instanceof Effect.Persist e && e.record() instanceof Record.Accepted);
    }
}
