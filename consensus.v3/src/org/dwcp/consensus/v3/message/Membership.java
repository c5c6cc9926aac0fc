// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

import org.dwcp.api.Check;

/**
 * Who orders and who may ask. Immutable; a change makes the next number. f = floor((n - 1) / 3) members may be faulty in any way.
 *
 * @param number    0 at the beginning, one more with every change
 * @param members   4 to {@link Limits#MEMBERS_MAX}, in the order of leadership
 * @param clients   public keys (Ed25519, X.509 encoded) of clients that are no members, by name
 * @param operator  public key of who may change the membership alone; empty for nobody
 */
public record Membership(int number, List<Member> members, SortedMap<String, byte[]> clients, byte[] operator) {
    /** Fewest members: 3f + 1 for f = 1. Source: Pease, Shostak, Lamport 1980; fewer cannot bear one liar. */
    public static final int MEMBERS_MIN = 4;

    /**
     * Checks the bounds.
     *
     * @throws org.dwcp.api.DwcpException of kind REJECTED for too few or too many members, for a name or id that is there twice, or when more
     *                                    than f are quarantined
     */
    public Membership {
        members = List.copyOf(members);
        clients = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(clients));
        Check.argument(members.size() >= MEMBERS_MIN, "PBFT with %d members bears no faulty one; it needs n = 3f + 1, at least %d: add members"
                + " first, or use Raft", members.size(), MEMBERS_MIN);
        Check.argument(members.size() <= Limits.MEMBERS_MAX, "%d members exceed %d", members.size(), Limits.MEMBERS_MAX);
        Check.argument(clients.size() <= Limits.CLIENTS_MAX, "%d clients exceed %d", clients.size(), Limits.CLIENTS_MAX);
        Check.argument(members.stream().mapToInt(Member::id).distinct().count() == members.size(), "two members have the same id in %s", members);
        Check.argument(members.stream().map(Member::node).distinct().count() == members.size(), "two members have the same name in %s", members);
        Check.argument(members.stream().allMatch(member -> member.id() >= 1), "a member's id is below 1 in %s", members);
        long out = members.stream().filter(Member::quarantined).count();
        Check.argument(out <= (members.size() - 1) / 3, "%d of %d members quarantined, more than f = %d: replace one first", out,
                members.size(), (members.size() - 1) / 3);
    }

    /** How many members there are. */
    public int size() {
        return members.size();
    }

    /** How many members may be faulty: f. */
    public int faulty() {
        return (members.size() - 1) / 3;
    }

    /** Any two sets of this many members share a correct one: 2f + 1 when n = 3f + 1. */
    public int quorum() {
        return (members.size() + faulty()) / 2 + 1;
    }

    /** Any set of this many members holds a correct one: f + 1. */
    public int weak() {
        return faulty() + 1;
    }

    /** Looks up a member by id. */
    public Optional<Member> member(int id) {
        return members.stream().filter(member -> member.id() == id).findFirst();
    }

    /** Looks up a member by name. */
    public Optional<Member> member(String node) {
        return members.stream().filter(member -> member.node().equals(node)).findFirst();
    }

    /** Whether somebody is a member that is listened to. */
    public boolean heeds(int id) {
        for (var member : members) {
            if (member.id() == id) {
                return !member.quarantined();
            }
        }
        return false;
    }

    /** The leader of a view: the members that are not quarantined take turns. */
    public int leader(long view) {
        var able = members.stream().filter(member -> !member.quarantined()).toList();
        return able.get((int) (view % able.size())).id();
    }

    /** Public key of a client, member or not; empty for strangers. */
    public Optional<byte[]> clientKey(String client) {
        var own = member(client).filter(member -> !member.quarantined()).map(Member::signingKey);
        return own.isPresent() ? own : Optional.ofNullable(clients.get(client));
    }

    /** The digest of its encoded form. */
    public Digest digest() {
        return Digest.of(MembershipForm.encode(this));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Membership m && java.util.Arrays.equals(MembershipForm.encode(this), MembershipForm.encode(m));
    }

    @Override
    public int hashCode() {
        return number * 31 + members.hashCode();
    }
}
