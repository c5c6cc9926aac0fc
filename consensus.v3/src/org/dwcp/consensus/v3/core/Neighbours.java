// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.PrePrepare;
import org.dwcp.consensus.v3.message.Message.Status;
import org.dwcp.consensus.v3.message.Message.Vote;

/**
 * Sends again what a member lacks, as its status tells. This is the only retransmission there is: messages may be lost at any time, and a
 * member that was away needs the same.
 */
final class Neighbours {
    /** Sequence numbers helped with in one go. Source: chosen; a pipeline twice over. */
    private static final int SLOTS_MAX = 16;

    private final Core core;
    private final Checkpoints checkpoints;
    private final Map<Integer, Status> before = new HashMap<>();

    Neighbours(Core core, Checkpoints checkpoints) {
        this.core = core;
        this.checkpoints = checkpoints;
    }

    Status status() {
        return new Status(core.members.number(), core.view, core.active, core.stable.sequence(), core.executed);
    }

    void help(int to, Status there) {
        boolean getsOn = getsOn(before.put(to, there), there);
        if (before.size() > 2 * Limits.MEMBERS_MAX) {
            before.clear(); // members come and go; this only costs a repetition
        }
        if (there.config() > core.members.number()) {
            return;
        }
        if (there.config() < core.members.number() || there.stable() < core.stable.sequence()) {
            core.out.send(to, checkpoints.announce());
        }
        if (there.config() < core.members.number() || !core.takesPart()) {
            return;
        }
        checkpoints.ownAbove(there.stable()).forEach(word -> core.out.send(to, word));
        if (!core.isKept()) {
            return;
        }
        if (!core.active) {
            if (there.view() <= core.view && core.leaving != null) {
                core.out.send(to, core.leaving);
            }
        } else if (core.newView != null && (there.view() < core.view || there.view() == core.view && !there.active())) {
            core.out.send(to, core.newView);
        }
        if (getsOn) {
            return;
        }
        int left = SLOTS_MAX;
        for (var slot : core.log.above(Math.max(there.executed(), there.stable()))) {
            if (left-- == 0) {
                return;
            }
            resend(to, slot, there);
        }
    }

    /** Whether a member has executed something since its last status and lacks no more than what is on its way: under load that is always so. */
    private boolean getsOn(Status last, Status there) {
        return last != null && last.config() == there.config() && last.executed() < there.executed()
                && core.executed - there.executed() <= core.settings.pipeline();
    }

    private void resend(int to, Slot slot, Status there) {
        if (core.leads() && slot.proposal != null && there.view() == core.view && there.active()) {
            core.log.batch(slot.proposal.digest()).ifPresent(batch -> core.out.send(to,
                    new PrePrepare(core.members.number(), core.view, slot.sequence, batch)));
        }
        for (var phase : List.of(Phase.PREPARE, Phase.COMMIT)) {
            slot.voteOf(phase, core.self).ifPresent(choice -> vote(to, slot, phase, choice));
        }
        if (slot.decided != null) {
            vote(to, slot, Phase.DECIDED, slot.decided);
        }
    }

    private void vote(int to, Slot slot, Phase phase, Slot.Choice choice) {
        core.out.send(to, new Vote(phase, core.members.number(), choice.view(), slot.sequence, choice.digest()));
    }
}
