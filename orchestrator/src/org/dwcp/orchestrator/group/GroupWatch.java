// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.group;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.ReplicaStatus;

/**
 * Finds what is wrong with groups from looks at their status: a trouble counts when it has lasted longer than such a state does in a sound group. No thread, no clock. Not
 * thread-safe.
 */
final class GroupWatch {
    /** What can be wrong. */
    enum Trouble {
        /** Nobody orders, or it is not known who. */
        NO_LEADER(Duration.ofSeconds(15)),
        /** This node cannot reach enough members. */
        NO_QUORUM(Duration.ofSeconds(5)),
        /** What was ordered is not applied here, or state is being fetched and does not come. */
        BEHIND(Duration.ofSeconds(30)),
        /** The epoch has ended and no other has begun. */
        SEALED(Duration.ofSeconds(15)),
        /** There is no replica: provider or members are missing. */
        NOT_STARTED(Duration.ofSeconds(60)),
        /** States differ, or the disk is broken. */
        BROKEN(Duration.ZERO);

        /** Source: chosen; some elections, switches or state transfers of the providers here. */
        private final Duration grace;

        Trouble(Duration grace) {
            this.grace = grace;
        }
    }

    /** Entries that a member may be behind for any time, while it goes forward. Source: chosen; some seconds of a busy group. */
    static final long BEHIND_ENTRIES_MAX = 10_000;

    /**
     * A trouble that has lasted.
     *
     * @param group   name of the group
     * @param trouble what kind
     * @param words   what was seen
     * @param remedy  what to do
     */
    record Finding(String group, Trouble trouble, String words, String remedy) {
    }

    private record Key(String group, Trouble trouble) {
    }

    private final Map<Key, Long> sinceNs = new HashMap<>();
    private final Map<String, Long> applied = new HashMap<>();

    /** Looks once; to be called some times within the shortest grace. */
    List<Finding> look(Collection<GroupStatus> groups, long nowNs) {
        var findings = new ArrayList<Finding>();
        var present = new HashSet<Key>();
        for (var group : groups) {
            trouble(group).ifPresent(trouble -> {
                var key = new Key(group.name(), trouble);
                present.add(key);
                var lasting = Duration.ofNanos(nowNs - sinceNs.computeIfAbsent(key, _ -> nowNs));
                if (lasting.compareTo(trouble.grace) >= 0) {
                    findings.add(finding(group, trouble, lasting));
                }
            });
            group.replica().ifPresent(replica -> applied.put(group.name(), replica.applied()));
        }
        sinceNs.keySet().retainAll(present);
        applied.keySet().retainAll(groups.stream().map(GroupStatus::name).toList());
        return findings;
    }

    /** The worst of them; the others follow from it. */
    private Optional<Trouble> trouble(GroupStatus group) {
        return switch (group.phase()) {
            case BROKEN -> Optional.of(Trouble.BROKEN);
            case SEALED -> Optional.of(Trouble.SEALED);
            case FETCHING -> Optional.of(Trouble.BEHIND);
            case STARTING -> Optional.of(Trouble.NOT_STARTED);
            case LEFT, CLOSED -> Optional.empty();
            case RUNNING, PREPARING -> group.replica().isEmpty() ? Optional.of(Trouble.NOT_STARTED) : trouble(group.name(), group.replica().get());
        };
    }

    private Optional<Trouble> trouble(String group, ReplicaStatus replica) {
        if (replica.leader().isEmpty()) {
            return Optional.of(Trouble.NO_LEADER);
        }
        if (!replica.quorum()) {
            return Optional.of(Trouble.NO_QUORUM);
        }
        long missing = replica.committed() - replica.applied();
        boolean stands = applied.getOrDefault(group, -1L) == replica.applied();
        return missing > BEHIND_ENTRIES_MAX || missing > 0 && stands ? Optional.of(Trouble.BEHIND) : Optional.empty();
    }

    private static Finding finding(GroupStatus group, Trouble trouble, Duration lasting) {
        var name = group.name();
        var lasts = " for " + lasting.toSeconds() + " s";
        var note = group.note().isEmpty() ? "" : ": " + group.note();
        return switch (trouble) {
            case NO_LEADER -> new Finding(name, trouble, "nobody leads epoch " + group.epoch().epoch() + lasts + note,
                    "see whether enough of the members " + members(group) + " run and reach each other ('dwcp peers'); commands wait meanwhile");
            case NO_QUORUM -> new Finding(name, trouble, "too few members are reached" + lasts + note,
                    "start the members " + members(group) + " that are down, or mend the network; commands wait meanwhile");
            case BEHIND -> new Finding(name, trouble, "this node is behind" + lasts + group.replica().map(r -> ", applied " + r.applied() + " of " + r.committed()).orElse("") + note,
                    "it catches up by itself; if it does not, look at its disk and its log");
            case SEALED -> new Finding(name, trouble, "epoch " + group.epoch().epoch() + " is sealed and no other has begun" + lasts + note,
                    "the next epoch needs signatures of enough members " + members(group) + ": start those that are down, and see that the next provider is installed on each");
            case NOT_STARTED -> new Finding(name, trouble, "no replica runs" + lasts + note, "see that provider " + group.epoch().provider() + " is installed ('dwcp list')");
            case BROKEN -> new Finding(name, trouble, group.note().isEmpty() ? "it has stopped" : group.note(), "do not delete anything; look at the log of this and of the other members");
        };
    }

    private static String members(GroupStatus group) {
        return String.join(" ", group.members().stream().map(member -> member.node().value()).toList());
    }
}
