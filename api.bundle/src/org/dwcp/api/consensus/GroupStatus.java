// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How a group is, seen from this node. Immutable snapshot.
 * {@snippet :
 * static String line(GroupStatus group) {
 *     return group.name() + " " + group.phase() + " epoch " + group.epoch().epoch() + " " + group.note();
 * }
 * }
 *
 * @param name     its name
 * @param phase    what it does
 * @param epoch    the epoch that this node is in
 * @param replica  this node's replica, or empty while it has none
 * @param sessions sessions in the table
 * @param note     what it waits for, in words; empty when all is well
 * @param figures  what it counts, by name in lower case with dots and unit last
 */
public record GroupStatus(String name, Phase phase, EpochInfo epoch, Optional<ReplicaStatus> replica, int sessions, String note, Map<String, Long> figures) {
    /** What a group does on this node. */
    public enum Phase {
        /** Looks for provider, state or members. */
        STARTING,
        /** Takes commands. */
        RUNNING,
        /** Gets the next epoch ready; commands go on. */
        PREPARING,
        /** The epoch is sealed; signatures for the next are being collected. Commands wait. */
        SEALED,
        /** This node is behind and fetches state. Commands wait. */
        FETCHING,
        /** This node is no member any more. */
        LEFT,
        /** States differ or the disk is broken: an operator must look. */
        BROKEN,
        /** Closed. */
        CLOSED
    }

    /** Copies the map. */
    public GroupStatus {
        Objects.requireNonNull(name);
        Objects.requireNonNull(phase);
        Objects.requireNonNull(epoch);
        Objects.requireNonNull(replica);
        Objects.requireNonNull(note);
        figures = Map.copyOf(figures);
    }

    /**
     * Tells whether commands are taken.
     *
     * @return true when it runs and has a quorum as far as this node knows
     */
    public boolean healthy() {
        return (phase == Phase.RUNNING || phase == Phase.PREPARING) && replica.map(ReplicaStatus::quorum).orElse(false);
    }

    /**
     * Gives the members now.
     *
     * @return those of the replica, else those that the epoch began with
     */
    public List<Member> members() {
        return replica.map(ReplicaStatus::members).orElse(epoch.members());
    }
}
