// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.HashMap;
import java.util.List;

import org.dwcp.api.Check;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.Proof;

/**
 * Builds a replica's mind from its disk: the state at the last stable checkpoint, the view, and every vote that may have been sent. A vote
 * whose record is there counts as sent, whether it was or not: sending it again says nothing new.
 */
final class Recovery {
    private Recovery() {
    }

    static void read(Core core, Checkpoints checkpoints, Views views, List<Record> records) {
        var states = new HashMap<Long, Record.State>();
        Proof stable = core.stable;
        for (var record : records) {
            switch (record) {
                case Record.State r -> states.put(r.manifest().sequence(), r);
                case Record.Stable r -> stable = r.proof();
                case Record.Changed r -> {
                    core.links.add(r.link());
                    core.members = r.link().manifest().members();
                    core.base = r.link().proof();
                }
                case Record.Leaving r -> {
                    core.view = r.change().view();
                    core.active = false;
                    core.leaving = r.change();
                }
                case Record.Entering r -> {
                    core.view = r.newView().view();
                    core.active = true;
                    core.newView = r.newView();
                    core.leaving = null;
                }
                case Record.Boot r -> { }
                case Record.Accepted r -> { }
                case Record.Prepared r -> { }
            }
        }
        restore(core, checkpoints, stable, states);
        votes(core, records);
        if (core.active && core.newView != null) {
            views.recover();
        }
    }

    private static void restore(Core core, Checkpoints checkpoints, Proof stable, HashMap<Long, Record.State> states) {
        if (stable.sequence() == 0) {
            return;
        }
        var state = states.get(stable.sequence());
        Check.state(state != null, "the state at stable checkpoint %d is gone from the disk; remove this member and add it anew", stable.sequence());
        var snapshot = Checkpoints.Snapshot.of(state.manifest(), state.bytes());
        Check.state(snapshot.digest().equals(stable.state()), "the state at %d on the disk is %s and %s was signed; remove this member and add it"
                + " anew", stable.sequence(), snapshot.digest(), stable.state());
        checkpoints.load(state.bytes());
        core.executed = stable.sequence();
        core.stable = stable;
        core.nextSequence = stable.sequence() + 1;
        checkpoints.restore(snapshot);
        if (!core.links.isEmpty()) {
            core.application.changed(core.applied, core.members);
        }
    }

    private static void votes(Core core, List<Record> records) {
        for (var record : records) {
            if (record instanceof Record.Accepted r && core.inWindow(r.sequence())) {
                var digest = r.batch().digest();
                core.log.keep(digest, r.batch());
                core.log.proposed(r.sequence(), r.view(), digest);
                var slot = core.log.slot(r.sequence());
                slot.vote(Phase.PREPARE, core.self, new Slot.Choice(r.view(), digest));
                if (core.active && r.view() == core.view) {
                    slot.proposal = new Slot.Choice(r.view(), digest);
                    slot.accepted = true;
                }
            } else if (record instanceof Record.Prepared r && core.inWindow(r.sequence())) {
                core.log.prepared(r.sequence(), r.view(), r.digest());
                var slot = core.log.slot(r.sequence());
                slot.vote(Phase.COMMIT, core.self, new Slot.Choice(r.view(), r.digest()));
                slot.prepared = core.active && r.view() == core.view;
            }
        }
    }
}
