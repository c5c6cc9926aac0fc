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
 * @param genesis digest of the certificate that the epoch begins with; what identifies the instance on the wire, so that messages of another one are not mistaken
 * @param members the members that begin, in order of name
 * @param keys    this node's keys
 * @param initial state that the machine begins with, as from {@link EntryMachine#snapshot}; equal on all members; empty for none
 * @param folder  existing folder for what must survive a restart; the replica's own
 */
public record ReplicaSpec(String group, long epoch, Digest genesis, List<Member> members, MemberKeys keys, byte[] initial, Path folder) {
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
        members = checkMembers(members);
        Objects.requireNonNull(keys);
        Check.argument(initial.length <= EntryMachine.SNAPSHOT_BYTES_MAX, "initial state of %d bytes exceeds %d", initial.length,
                EntryMachine.SNAPSHOT_BYTES_MAX);
        Objects.requireNonNull(folder);
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
