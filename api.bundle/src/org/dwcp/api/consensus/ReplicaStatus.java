// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import org.dwcp.api.NodeId;

/**
 * How a replica is. Immutable snapshot.
 * {@snippet :
 * static String line(ReplicaStatus status) {
 *     return status.role() + " term " + status.term() + " applied " + status.applied() + (status.quorum() ? "" : " NO QUORUM");
 * }
 * }
 *
 * @param role      what it does now
 * @param leader    who orders now, or empty when nobody does or it is not known
 * @param term      term or view, 0 or more
 * @param committed last index known to be ordered for good
 * @param applied   last index given to the machine
 * @param snapshot  last index that a snapshot holds
 * @param quorum    false when this replica cannot reach enough members to order anything, as far as it knows
 * @param members   the members now
 * @param figures   what it counts, by name in lower case with dots and unit last, for example {@code view.changes.count}
 */
public record ReplicaStatus(Role role, Optional<NodeId> leader, long term, long committed, long applied, long snapshot, boolean quorum,
        List<Member> members, Map<String, Long> figures) {
    /** What a replica does. */
    public enum Role {
        /** Comes up, or catches up. */
        STARTING,
        /** Takes what the leader orders. */
        FOLLOWER,
        /** Wants to lead. */
        CANDIDATE,
        /** Orders. */
        LEADER,
        /** Does nothing any more. */
        STOPPED
    }

    /** Copies lists and maps. */
    public ReplicaStatus {
        Objects.requireNonNull(role);
        Objects.requireNonNull(leader);
        members = List.copyOf(members);
        figures = Map.copyOf(figures);
    }
}
