// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

import org.dwcp.consensus.v3.auth.Authenticator;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message.Link;
import org.dwcp.consensus.v3.message.Message.NewView;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.ViewChange;

/** What the parts of one replica share. */
final class Core {
    final int self;
    final Settings settings;
    final Rules rules;
    final Authenticator authenticator;
    final Application application;
    final Out out = new Out();
    final OrderLog log = new OrderLog();
    final Sessions sessions;
    final Pending pending;
    final Watch watch;

    Membership members;
    /** What the membership began with: its first sequence number is the next one. */
    Proof base;
    /** The latest changes of the membership, oldest first. */
    final List<Link> links = new ArrayList<>();
    /** The view this replica is in, or tries to get into. */
    long view;
    /** Whether the view has begun here. */
    boolean active = true;
    /** Why the view has begun; null in the first view of a membership. */
    NewView newView;
    /** What the view began with. */
    SortedMap<Long, Digest> chosen = new TreeMap<>();
    /** Own word on leaving for a view that has not begun; null otherwise. */
    ViewChange leaving;
    private long turns;
    private long keptTurns;
    /** View changes since something was last executed. */
    int changesInRow;
    long executed;
    /** Commands applied so far. */
    long applied;
    Proof stable;
    /** The next sequence number that this replica would propose. */
    long nextSequence = 1;
    /** Where a change of the membership was executed that waits for its checkpoint to be stable; -1 for none. */
    long closing = -1;
    /** The membership from there on. */
    Membership next;

    Core(int self, Settings settings, Rules rules, Authenticator authenticator, Application application, Membership members) {
        this.self = self;
        this.settings = settings;
        this.rules = rules;
        this.authenticator = authenticator;
        this.application = application;
        this.members = members;
        sessions = new Sessions(settings.clientWindow());
        pending = new Pending(settings.clientWindow(), settings.clientRate());
        watch = new Watch(this);
    }

    int quorum() {
        return rules.quorum(members);
    }

    boolean takesPart() {
        return members.heeds(self);
    }

    int leader() {
        return members.leader(view);
    }

    boolean leads() {
        return active && leader() == self && takesPart();
    }

    /** Another view, or another membership's first one, is left or begun: nothing may be said in it before the disk has it, or a crash would let this member say it otherwise. */
    long turn() {
        return ++turns;
    }

    /** The disk has a turn, and so all before it. */
    void keep(long turn) {
        keptTurns = Math.max(keptTurns, turn);
    }

    /** Whether the disk has the last turn. */
    boolean isKept() {
        return keptTurns == turns;
    }

    boolean inWindow(long sequence) {
        return sequence > stable.sequence() && sequence <= stable.sequence() + settings.window();
    }

    long timeoutMs() {
        return settings.requestTimeoutMs() << Math.min(changesInRow, 10);
    }
}
