// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;

import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Member;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.MembershipChange;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Message.Reply;
import org.dwcp.consensus.v3.message.Message.Signed;
import org.dwcp.consensus.v3.message.Request;

/** Executes decided batches one after the other: the same on every correct member. */
final class Executor {
    private final Core core;
    private final Checkpoints checkpoints;
    private boolean checkpointWanted;

    Executor(Core core, Checkpoints checkpoints) {
        this.core = core;
        this.checkpoints = checkpoints;
    }

    /** Executes the next batch, if it is decided and here and no change of the membership is being closed. */
    boolean next() {
        if (core.closing >= 0) {
            return false;
        }
        long sequence = core.executed + 1;
        var decided = core.log.find(sequence).map(slot -> slot.decided);
        var batch = decided.flatMap(choice -> core.log.batch(choice.digest()));
        if (batch.isEmpty()) {
            return false;
        }
        core.executed = sequence;
        core.nextSequence = Math.max(core.nextSequence, sequence + 1);
        batch.get().requests().forEach(request -> execute(sequence, request));
        core.out.add(new Effect.Executed(core.members.number(), sequence, decided.get().view(), decided.get().digest(), batch.get()));
        boolean wanted = checkpointWanted && sequence >= checkpoints.last() + Settings.CHECKPOINTS_APART_MIN;
        checkpointWanted = false;
        if (core.closing >= 0 || wanted || sequence % core.settings.checkpointInterval() == 0) {
            checkpoints.take();
        }
        return true;
    }

    private void execute(long sequence, Request request) {
        var answer = core.sessions.answer(request.client(), request.sequence());
        if (answer.isEmpty()) {
            answer = Optional.of(switch (request.kind()) {
                case COMMAND -> {
                    var result = core.application.apply(core.applied + 1, request.command());
                    core.applied += core.application.places(request.command());
                    yield new Sessions.Answer(Outcome.DONE, result);
                }
                case QUERY -> new Sessions.Answer(Outcome.DONE, core.application.query(request.command()));
                case MEMBERS -> change(sequence, request.command());
                case CHECKPOINT -> {
                    checkpointWanted = true;
                    yield new Sessions.Answer(Outcome.DONE, new byte[0]);
                }
            });
            core.sessions.remember(request.client(), request.sequence(), answer.get());
        }
        core.pending.remove(request.client(), request.sequence());
        core.out.add(new Effect.Answer(request.client(), new Reply(core.members.number(), core.view, request.client(), request.sequence(),
                answer.get().outcome(), answer.get().result())));
    }

    private Sessions.Answer change(long sequence, byte[] command) {
        var why = "not a membership";
        try {
            var change = MembershipChange.decode(command);
            why = fault(change);
            if (why.isEmpty()) {
                core.closing = sequence;
                core.next = change.next();
                return new Sessions.Answer(Outcome.DONE, new byte[0]);
            }
        } catch (MalformedException e) {
            why = "malformed: " + e.getMessage();
        }
        return new Sessions.Answer(Outcome.REFUSED, why.getBytes(StandardCharsets.UTF_8));
    }

    /** Why a change is not carried out; empty when it is. */
    private String fault(MembershipChange change) {
        var next = change.next();
        var now = core.members;
        if (next.number() != now.number() + 1) {
            return "membership " + next.number() + " does not follow " + now.number();
        }
        int kept = 0;
        for (var member : next.members()) {
            var before = now.member(member.id());
            if (before.isPresent() && !before.get().shutOut().equals(member.shutOut())) {
                return "member " + member.id() + " cannot change its name or keys; add a new one";
            }
            if (!core.authenticator.usable(member.signingKey(), member.agreeingKey())) {
                return "keys of " + member.node() + " are not Ed25519 and X25519";
            }
            kept += before.isPresent() ? 1 : 0;
        }
        if (now.size() - kept > now.faulty()) {
            return (now.size() - kept) + " members leave at once, more than f = " + now.faulty() + "; do it in steps";
        }
        if (!next.clients().values().stream().allMatch(key -> core.authenticator.usable(key, new byte[0]))) {
            return "a client's key is not Ed25519";
        }
        return isApproved(now, change) ? "" : "neither the operator nor " + now.weak() + " members have approved";
    }

    private boolean isApproved(Membership now, MembershipChange change) {
        var content = MembershipChange.toSign(change.next());
        var members = new HashSet<Integer>();
        for (Signed signed : change.approvals()) {
            var key = signed.member() == MembershipChange.OPERATOR ? Optional.of(now.operator()).filter(bytes -> bytes.length > 0)
                    : now.member(signed.member()).map(Member::signingKey);
            if (key.isPresent() && core.authenticator.verify(key.get(), content, signed.signature())) {
                if (signed.member() == MembershipChange.OPERATOR) {
                    return true;
                }
                members.add(signed.member());
            }
        }
        return members.size() >= now.weak();
    }
}
