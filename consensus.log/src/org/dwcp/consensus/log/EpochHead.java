// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.List;

import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Tolerance;

/**
 * What an epoch begins with.
 *
 * @param epoch     1 or more
 * @param provider  who orders it
 * @param tolerance what that survives
 * @param members   its first members
 * @param genesis   digest of the statement before it; of the group's settings for the first
 * @param instance  digest of what of it is known before that statement; the genesis for the first
 */
record EpochHead(long epoch, String provider, Tolerance tolerance, List<Member> members, Digest genesis, Digest instance) {
    EpochHead {
        members = List.copyOf(members);
    }

    EpochHead(long epoch, String provider, Tolerance tolerance, List<Member> members, Digest genesis) {
        this(epoch, provider, tolerance, members, genesis, genesis);
    }

    /** What tells an epoch's replicas from all others before it is certified. The chain has at most one certificate that begins it. */
    static Digest instance(String group, Digest before, long epoch, String provider, List<Member> members) {
        return Digest.of(Items.bytes(out -> {
            Items.writeText(out, "dwcp consensus instance 1");
            Items.writeText(out, group);
            Items.writeDigest(out, before);
            out.writeLong(epoch);
            Items.writeText(out, provider);
            Items.writeMembers(out, members);
        }));
    }

    /** The first epoch follows from the group's settings alone, so that members who are told the same begin the same. */
    static EpochHead first(GroupSpec spec, String provider, Tolerance tolerance) {
        return new EpochHead(1, provider, tolerance, spec.members(), Digest.of(Items.bytes(out -> {
            Items.writeText(out, "dwcp consensus group 1");
            Items.writeText(out, spec.name());
            Items.writeText(out, provider);
            out.writeByte(tolerance.ordinal());
            Items.writeMembers(out, spec.members());
            out.writeInt(spec.sessionsMax());
            out.writeInt(spec.downgradeApprovals());
        })));
    }
}
