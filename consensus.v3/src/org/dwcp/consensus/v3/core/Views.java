// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.consensus.v3.core.Suspicion.Kind;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Message.NewView;
import org.dwcp.consensus.v3.message.Message.ViewChange;

/**
 * View changes. Who gives up on a leader says so, signed, with all it has prepared and was proposed. The next leader collects a quorum of these,
 * and everybody computes from them alike what the new view begins with ({@link NewViewRule}).
 */
final class Views {
    private final Core core;
    private final Replica replica;
    private final Checkpoints checkpoints;
    /** Of each member the latest. */
    private final Map<Integer, ViewChange> changes = new HashMap<>();
    private long timedView = -1;
    /** The checkpoint that the view begins with: what is at or below it was decided before. */
    private long floor;

    Views(Core core, Replica replica, Checkpoints checkpoints) {
        this.core = core;
        this.replica = replica;
        this.checkpoints = checkpoints;
    }

    /** Gives up on the present view. From here on nothing is voted for until a new view begins. */
    void leave(long next) {
        if (!core.takesPart()) {
            return;
        }
        long turn = core.turn();
        timedView = -1; // the view of this number may be one of an earlier membership
        core.view = next;
        core.active = false;
        core.changesInRow++;
        core.chosen = new TreeMap<>();
        core.log.leaveView();
        replica.left();
        core.out.stop(Timer.NEW_VIEW);
        var unsigned = new ViewChange(core.members.number(), next, core.stable, core.log.prepared(), core.log.proposed(), core.self, new byte[0]);
        core.leaving = new ViewChange(unsigned.config(), next, unsigned.stable(), unsigned.prepared(), unsigned.proposed(), core.self,
                core.authenticator.sign(Codec.toSign(unsigned)));
        var own = core.leaving;
        core.out.persist(new Record.Leaving(own), () -> {
            core.keep(turn);
            if (core.leaving == own) {
                resume();
            }
        });
    }

    /** Says that the view is left, for the first time or after a crash. */
    void resume() {
        changes.put(core.self, core.leaving);
        core.out.broadcast(core.leaving);
        advance();
    }

    void receive(ViewChange change) {
        if (change.config() != core.members.number()) {
            return;
        }
        if (change.view() < core.view || change.view() == core.view && core.active) {
            core.watch.stale(change.member(), change.view());
            return;
        }
        var before = changes.get(change.member());
        if (before != null && before.config() == change.config() && before.view() == change.view()
                && !java.util.Arrays.equals(Codec.toSign(before), Codec.toSign(change))) {
            core.watch.tell(change.member(), Kind.EQUIVOCATION, "two view changes to view " + change.view(), List.of(before, change));
            return;
        }
        if (before == null || before.config() < change.config() || before.view() < change.view()) {
            changes.put(change.member(), change);
            joinOthers();
            advance();
        }
    }

    /** When f + 1 members are further, one of them is correct: goes where at least one correct member is. */
    private void joinOthers() {
        var further = current().stream().mapToLong(ViewChange::view).filter(view -> view > core.view).boxed()
                .sorted(Comparator.reverseOrder()).toList();
        int weak = core.members.weak();
        if (further.size() >= weak) {
            leave(further.get(weak - 1));
        }
    }

    private List<ViewChange> current() {
        return changes.values().stream().filter(change -> change.config() == core.members.number()).toList();
    }

    private void advance() {
        if (core.active) {
            return;
        }
        var same = current().stream().filter(change -> change.view() == core.view).sorted(Comparator.comparingInt(ViewChange::member)).toList();
        long there = current().stream().filter(change -> change.view() >= core.view).count();
        if (there >= core.quorum() && timedView != core.view) {
            // Counted only from when enough have come along: a single impatient member must not run ahead of the others.
            timedView = core.view;
            core.out.start(Timer.NEW_VIEW, core.timeoutMs());
        }
        if (core.leader() == core.self && changes.get(core.self) == core.leaving && core.leaving != null) {
            NewViewRule.decide(same, core.quorum(), core.members.weak()).ifPresent(outcome -> {
                var unsigned = new NewView(core.members.number(), core.view, same, core.self, new byte[0]);
                enter(new NewView(unsigned.config(), unsigned.view(), same, core.self, core.authenticator.sign(Codec.toSign(unsigned))), outcome);
            });
        }
    }

    void receive(int from, NewView newView) {
        if (newView.config() != core.members.number() || newView.view() < core.view || newView.view() == core.view && core.active) {
            if (core.newView != null && newView.config() == core.newView.config() && newView.view() == core.newView.view()
                    && !java.util.Arrays.equals(Codec.toSign(newView), Codec.toSign(core.newView))) {
                core.watch.tell(newView.member(), Kind.EQUIVOCATION, "two new views " + newView.view(), List.of(core.newView, newView));
            } else {
                core.watch.stale(from, newView.view());
            }
            return;
        }
        var outcome = NewViewRule.decide(newView.changes(), core.quorum(), core.members.weak());
        if (outcome.isEmpty()) {
            core.watch.tell(newView.member(), Kind.BAD_CONTENT, "new view " + newView.view() + " does not follow from its view changes",
                    List.of(newView));
            return;
        }
        enter(newView, outcome.get());
    }

    private void enter(NewView newView, NewViewRule.Outcome outcome) {
        long turn = core.turn();
        core.view = newView.view();
        core.active = true;
        core.newView = newView;
        core.leaving = null;
        core.log.leaveView();
        core.out.stop(Timer.NEW_VIEW);
        replica.left();
        boolean own = newView.member() == core.self;
        core.out.persist(new Record.Entering(newView), () -> {
            core.keep(turn);
            if (own && core.newView == newView) {
                core.out.broadcast(newView);
                replica.propose();
            }
        });
        core.out.add(new Effect.Entered(core.members.number(), core.view, core.leader()));
        begin(outcome);
        core.pending.forgetProposals();
        changes.values().removeIf(change -> change.config() < core.members.number() || change.view() <= core.view);
        int config = core.members.number();
        checkpoints.proven(outcome.stable(), List.of());
        if (core.members.number() == config) {
            replica.entered();
        }
    }

    /** Fixes what the view begins with. */
    private void begin(NewViewRule.Outcome outcome) {
        core.chosen = new TreeMap<>(outcome.chosen());
        floor = outcome.stable().sequence();
        long last = outcome.chosen().isEmpty() ? outcome.stable().sequence() : outcome.chosen().lastKey();
        core.nextSequence = Math.max(last, Math.max(core.executed, core.stable.sequence())) + 1;
    }

    /** After a crash in a view that had begun: what it began with follows from why. */
    void recover() {
        NewViewRule.decide(core.newView.changes(), core.quorum(), core.members.weak()).ifPresent(this::begin);
    }

    /** Whether a leader that follows its own new view cannot propose this. */
    boolean contradicts(long sequence, Digest digest) {
        if (core.newView == null || core.newView.view() != core.view) {
            return false;
        }
        var must = core.chosen.get(sequence);
        return must != null ? !must.equals(digest) : sequence <= floor;
    }
}
