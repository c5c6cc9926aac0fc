// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.Optional;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Message.PrePrepare;
import org.dwcp.consensus.v3.message.Message.Reply;
import org.dwcp.consensus.v3.message.Request;

/** What clients want: taken in, passed on to the leader and waited for, or proposed when this replica leads. */
final class Requests {
    private final Core core;
    private final Replica replica;
    private boolean open;
    private Pending.Key awaited;

    Requests(Core core, Replica replica) {
        this.core = core;
        this.replica = replica;
    }

    /** It is on the disk that this replica takes part: it may propose. */
    void open() {
        open = true;
    }

    void ask(Request request, int by) {
        if (!core.takesPart()) {
            return;
        }
        var over = core.sessions.answer(request.client(), request.sequence());
        if (over.isPresent()) {
            answer(request, over.get());
            return;
        }
        boolean fresh = core.pending.add(request, by);
        if (!fresh && !core.pending.contains(request)) {
            return; // over its share; the client asks again
        }
        if (core.leads()) {
            propose();
            await();
        } else if (core.active) {
            if (by == 0) {
                core.out.send(core.leader(), request);
            }
            await();
        }
    }

    private void answer(Request request, Sessions.Answer answer) {
        core.out.add(new Effect.Answer(request.client(), new Reply(core.members.number(), core.view, request.client(), request.sequence(),
                answer.outcome(), answer.result())));
    }

    /**
     * Makes sure that the oldest request is waited for, and where none is known the first proposal that is not decided. A leader waits too, twice as
     * long: members that have left its view for reasons of their own may be missing to its quorum, and in an idle group nobody else would notice.
     */
    void await() {
        var oldest = core.active && core.takesPart() ? core.pending.oldest().or(this::undecided) : Optional.<Pending.Key>empty();
        if (awaited != null && !oldest.filter(awaited::equals).isPresent()) {
            awaited = null;
            core.out.stop(Timer.REQUEST);
        }
        if (awaited == null && oldest.isPresent()) {
            awaited = oldest.get();
            core.out.start(Timer.REQUEST, core.leads() ? 2 * core.timeoutMs() : core.timeoutMs());
        }
    }

    /** The first proposal that waits for votes; named like the request of a client without a name. */
    private Optional<Pending.Key> undecided() {
        for (var slot : core.log.above(core.executed)) {
            if (slot.accepted && slot.decided == null) {
                return Optional.of(new Pending.Key("", slot.sequence));
            }
        }
        return Optional.empty();
    }

    /** Proposes what waits, as far as pipeline and window allow. */
    void propose() {
        while (open && core.leads() && core.isKept() && core.closing < 0 && core.pending.hasUnproposed() && core.inWindow(core.nextSequence)
                && core.nextSequence <= core.executed + core.settings.pipeline() && !isChangeUnderWay()) {
            var batch = new Batch(core.pending.take(core.settings.batchRequests(), core.settings.batchBytes()));
            long sequence = core.nextSequence++;
            core.out.broadcast(new PrePrepare(core.members.number(), core.view, sequence, batch));
            core.log.keep(batch.digest(), batch);
            replica.suggest(sequence, batch.digest());
        }
    }

    /** Nothing is proposed behind a change of the membership: others will order it. */
    private boolean isChangeUnderWay() {
        return core.log.above(core.executed).stream().anyMatch(slot -> slot.proposal != null
                && core.log.batch(slot.proposal.digest()).filter(Batch::changesMembers).isPresent());
    }

    /** The view is left: nobody is waited for until the next one has begun. */
    void left() {
        awaited = null;
        core.out.stop(Timer.REQUEST);
    }

    /** The time of the one that was waited for is over. */
    void expired() {
        awaited = null;
    }

    boolean waits() {
        return awaited != null;
    }
}
