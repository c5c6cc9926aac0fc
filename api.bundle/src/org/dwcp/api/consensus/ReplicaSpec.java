// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

import org.dwcp.api.Check;

/**
 * One replica of one epoch of one group, as a provider is asked to run it. Every member gives the same group, epoch, genesis and members. Immutable.
 * {@snippet :
 * static String instance(ReplicaSpec spec) {
 *     return spec.group() + "@" + spec.epoch() + "-" + spec.genesis().brief();
 * }
 * }
 *
 * @param group   name of the group, 1 to 48 characters of {@code a-z 0-9 -}, beginning with a letter
 * @param epoch   number of the epoch, 1 or more
 * @param genesis digest of the certificate that the epoch begins with; while the epoch is only being prepared, that of the epoch before
 * @param instance digest of all that is known before that certificate: the genesis of the epoch before, this epoch's number, provider and members. A chain has one
 *                certificate for it, so it identifies the replicas that belong together already while they are being prepared
 * @param members the members that begin, in order of name
 * @param keys    this node's keys
 * @param initial state that the machine begins with, as from {@link EntryMachine#snapshot}; equal on all members; empty for none
 * @param folder  existing folder for what must survive a restart; the replica's own
 */
public record ReplicaSpec(String group, long epoch, Digest genesis, Digest instance, List<Member> members, MemberKeys keys, byte[] initial,
        Path folder) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,47}");

    /**
     * Checks and copies.
     *
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a name, epoch or list of members out of bounds
     */
    public ReplicaSpec {
        checkGroup(group);
        Check.argument(epoch >= 1, "epoch %d is below 1", epoch);
        Objects.requireNonNull(genesis);
        Objects.requireNonNull(instance);
        members = checkMembers(members);
        Objects.requireNonNull(keys);
        Check.argument(initial.length <= EntryMachine.SNAPSHOT_BYTES_MAX, "initial state of %d bytes exceeds %d", initial.length,
                EntryMachine.SNAPSHOT_BYTES_MAX);
        Objects.requireNonNull(folder);
    }

    /**
     * For an epoch that nothing comes before: its genesis is what identifies it.
     *
     * @param group   name of the group
     * @param epoch   1 or more
     * @param genesis digest of what the epoch begins with
     * @param members of this epoch, with their keys
     * @param keys    this node's own
     * @param initial state to begin with, at most {@link EntryMachine#SNAPSHOT_BYTES_MAX} bytes
     * @param folder  where it keeps what it must not forget
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a name, epoch or list of members out of bounds
     */
    public ReplicaSpec(String group, long epoch, Digest genesis, List<Member> members, MemberKeys keys, byte[] initial, Path folder) {
        this(group, epoch, genesis, genesis, members, keys, initial, folder);
    }

    /**
     * Checks the name of a group.
     *
     * @param name the name
     * @return the name
     * @throws org.dwcp.api.DwcpException of kind REJECTED when it is out of bounds
     */
    public static String checkGroup(String name) {
        Check.argument(name != null && NAME.matcher(name).matches(),
                "group name '%s' is not 1 to 48 characters of a-z, 0-9 and '-', beginning with a letter", name);
        return name;
    }

    /**
     * Checks a list of members.
     *
     * @param members 1 to {@link Member#MEMBERS_MAX}, each node and key once
     * @return a copy in order of name
     * @throws org.dwcp.api.DwcpException of kind REJECTED when it is out of bounds
     */
    public static List<Member> checkMembers(List<Member> members) {
        Check.argument(!members.isEmpty() && members.size() <= Member.MEMBERS_MAX, "%d members are not 1 to %d", members.size(), Member.MEMBERS_MAX);
        Check.argument(members.stream().map(Member::node).distinct().count() == members.size()
                && members.stream().map(Member::signatureKey).distinct().count() == members.size(), "a node or key stands twice in %s", members);
        return members.stream().sorted().toList();
    }
}
