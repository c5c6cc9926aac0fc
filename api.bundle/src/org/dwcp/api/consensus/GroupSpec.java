// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;

import org.dwcp.api.Check;

/**
 * A new group, as all its members are told of it; who hosts a group that exists already goes by what is on disk. Immutable.
 * {@snippet :
 * static GroupSpec single(ConsensusGroups groups) {
 *     return new GroupSpec("settings", "consensus.v0", java.util.List.of(groups.self()), 10_000, 0);
 * }
 * }
 *
 * @param name               1 to 48 characters of {@code a-z 0-9 -}, beginning with a letter
 * @param provider           name of the provider that orders the first epoch; empty for the one that the routing gives
 * @param members            members of the first epoch
 * @param sessionsMax        sessions kept, 1 to {@link #SESSIONS_MAX}; the one unused for longest goes
 * @param downgradeApprovals members that must sign a switch to a provider that tolerates less; 0 for a quorum of the epoch. Automatic switches never go there
 */
public record GroupSpec(String name, String provider, List<Member> members, int sessionsMax, int downgradeApprovals) {
    /** Most sessions of a group. Source: chosen; with an answer of 100 bytes each, 10 MB. */
    public static final int SESSIONS_MAX = 100_000;

    /**
     * Checks and copies.
     *
     * @throws org.dwcp.api.DwcpException of kind REJECTED for anything out of bounds
     */
    public GroupSpec {
        ReplicaSpec.checkGroup(name);
        Check.argument(provider != null && provider.length() <= 64 && provider.matches("[a-z0-9.-]*"), "provider name '%s' is not 0 to 64 characters of a-z, 0-9, '.' and '-'",
                provider);
        members = ReplicaSpec.checkMembers(members);
        Check.argument(sessionsMax >= 1 && sessionsMax <= SESSIONS_MAX, "sessions.max %d is not in 1..%d", sessionsMax, SESSIONS_MAX);
        Check.argument(downgradeApprovals >= 0 && downgradeApprovals <= members.size(), "%d approvals of %d members cannot be", downgradeApprovals, members.size());
    }
}
