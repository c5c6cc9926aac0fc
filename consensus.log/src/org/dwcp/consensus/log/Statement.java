// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Tolerance;

/**
 * What a member signs at a seal: this epoch of this group ended at this index, in this state, and the next one is so. Equal on all members that executed alike.
 *
 * @param group     the group
 * @param epoch     the epoch that ended
 * @param previous  its genesis: the link backwards
 * @param sealedAt  index of the seal
 * @param members   members in force at the seal, who sign
 * @param tolerance what the ended epoch survived
 * @param next      provider of the next epoch
 * @param nextTolerance what that survives
 * @param nextMembers   its members
 * @param state     digest of the state that the next epoch begins with: application, sessions and settings
 */
record Statement(String group, long epoch, Digest previous, long sealedAt, List<Member> members, Tolerance tolerance, String next,
        Tolerance nextTolerance, List<Member> nextMembers, Digest state) {
    private static final byte[] PURPOSE = "dwcp consensus seal 1\n".getBytes(StandardCharsets.US_ASCII);

    Statement {
        members = List.copyOf(members);
        nextMembers = List.copyOf(nextMembers);
    }

    void write(DataOutputStream out) throws IOException {
        Items.writeText(out, group);
        out.writeLong(epoch);
        Items.writeDigest(out, previous);
        out.writeLong(sealedAt);
        Items.writeMembers(out, members);
        out.writeByte(tolerance.ordinal());
        Items.writeText(out, next);
        out.writeByte(nextTolerance.ordinal());
        Items.writeMembers(out, nextMembers);
        Items.writeDigest(out, state);
    }

    static Statement read(DataInputStream in) throws IOException {
        return new Statement(Items.readText(in, 48), in.readLong(), Items.readDigest(in), in.readLong(), Items.readMembers(in), tolerance(in),
                Items.readText(in, 64), tolerance(in), Items.readMembers(in), Items.readDigest(in));
    }

    static Tolerance tolerance(DataInputStream in) throws IOException {
        int ordinal = in.readUnsignedByte();
        if (ordinal >= Tolerance.values().length) {
            throw new IOException("tolerance " + ordinal + " is unknown");
        }
        return Tolerance.values()[ordinal];
    }

    byte[] toSign() {
        return Items.bytes(out -> {
            out.write(PURPOSE);
            write(out);
        });
    }

    /** What identifies the next epoch; it does not depend on who signed. */
    Digest genesis() {
        return Digest.of(toSign());
    }

    EpochHead nextHead() {
        return new EpochHead(epoch + 1, next, nextTolerance, nextMembers, genesis(), EpochHead.instance(group, previous, epoch + 1, next, nextMembers));
    }
}
