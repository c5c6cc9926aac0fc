// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.PrePrepare;
import org.dwcp.consensus.v3.message.Message.Vote;
import org.dwcp.testkit.sim.SimNode;

/**
 * What f + 1 liars can do to a protocol that bears f: the leader tells members with odd numbers another order than the rest, and every one of
 * them votes for both, each where it is wanted.
 */
final class Colluder extends PbftNode {
    Colluder(World world, SimNode node) {
        super(world, node, "");
    }

    @Override
    void broadcast(Message message) {
        for (var member : replica.members().members()) {
            if (member.id() != id) {
                send(member.id(), message);
            }
        }
    }

    @Override
    void received(int from, Message message) {
        if (message instanceof PrePrepare m && !world.isCorrect(from)) {
            other(m);
        }
        super.received(from, message);
    }

    private void other(PrePrepare m) {
        var lie = Liar.other(m.batch());
        for (var member : replica.members().members()) {
            if (member.id() != id && member.id() % 2 == 1) {
                vote(member.id(), m, lie);
            }
        }
    }

    private void vote(int to, PrePrepare m, Batch lie) {
        seal(to, new Vote(Phase.PREPARE, m.config(), m.view(), m.sequence(), lie.digest()));
        seal(to, new Vote(Phase.COMMIT, m.config(), m.view(), m.sequence(), lie.digest()));
    }

    @Override
    void send(int to, Message message) {
        boolean deceived = to % 2 == 1 && world.isCorrect(to);
        if (deceived && message instanceof PrePrepare m) {
            var lie = Liar.other(m.batch());
            seal(to, new PrePrepare(m.config(), m.view(), m.sequence(), lie));
            vote(to, m, lie);
        } else if (!deceived || !(message instanceof Vote)) {
            seal(to, message);
        }
    }
}
