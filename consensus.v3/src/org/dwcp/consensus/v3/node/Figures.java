// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ReplicaStatus.Role;
import org.dwcp.consensus.v3.core.Effect;
import org.dwcp.consensus.v3.core.Replica;
import org.dwcp.consensus.v3.message.Membership;

/** What a group counts and how it stands, for other threads. */
final class Figures {
    /** How it stood after the last step. */
    record Stand(Role role, NodeId leader, long view, long applied, long stableApplied, Membership members) {
    }

    final LongAdder waits = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder transfers = new LongAdder();
    final LongAdder suspicions = new LongAdder();
    final LongAdder quarantines = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final LongAdder viewChanges = new LongAdder();
    private final Map<Integer, Long> heardNs = new HashMap<>();
    private volatile Stand stand;
    private volatile boolean quorum;
    private volatile boolean stopped;
    private volatile long stableSequence;
    private long stableApplied;

    void heard(int member, long nowNs) {
        heardNs.put(member, nowNs);
    }

    boolean hasQuorum(Membership members, long nowNs, NodeSettings settings) {
        long patienceNs = (settings.core().statusMs() * 5 + 1_000) * 1_000_000;
        long there = members.members().stream().filter(member -> heardNs.containsKey(member.id())
                && nowNs - heardNs.get(member.id()) < patienceNs).count();
        quorum = there + 1 >= members.quorum();
        return quorum;
    }

    boolean quorum() {
        return quorum && !stopped;
    }

    void executed(Effect.Executed e) {
        batches.increment();
        requests.add(e.batch().requests().size());
    }

    void entered(Effect.Entered e) {
        if (e.view() > 0) {
            viewChanges.increment();
        }
    }

    void stable(Effect.Stabilized e) {
        stableApplied = e.applied();
        stableSequence = e.proof().sequence();
    }

    /** Place of the last command in the last stable checkpoint; 0 before the first. On the group's thread. */
    long stableApplied() {
        return stableApplied;
    }

    void publish(Replica replica, int self) {
        var last = stand;
        var members = replica.members();
        int leader = members.leader(replica.view());
        var role = !members.heeds(self) ? Role.STARTING : !replica.active() ? Role.CANDIDATE : leader == self ? Role.LEADER : Role.FOLLOWER;
        var node = replica.active() ? members.member(leader).map(member -> NodeId.of(member.node())).orElse(null) : null;
        if (last == null || last.role() != role || last.view() != replica.view() || last.applied() != replica.applied()
                || last.stableApplied() != stableApplied || last.members() != members || !java.util.Objects.equals(last.leader(), node)) {
            stand = new Stand(role, node, replica.view(), replica.applied(), stableApplied, members);
        }
    }

    Stand stand() {
        return stand;
    }

    void stopped() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    Map<String, Long> counts(long dropped, long syncs) {
        var counts = new TreeMap<String, Long>();
        counts.put("batches.count", batches.sum());
        counts.put("requests.count", requests.sum());
        counts.put("view.changes.count", viewChanges.sum());
        counts.put("state.transfers.count", transfers.sum());
        counts.put("frames.refused.count", refused.sum());
        counts.put("frames.dropped.count", dropped);
        counts.put("queue.waits.count", waits.sum());
        counts.put("suspicions.count", suspicions.sum());
        counts.put("quarantines.count", quarantines.sum());
        var now = stand;
        counts.put("members.quarantined.count", now == null ? 0
                : now.members().members().stream().filter(org.dwcp.consensus.v3.message.Member::quarantined).count());
        counts.put("disk.syncs.count", syncs);
        counts.put("checkpoint.stable.sequence", stableSequence);
        return counts;
    }
}
