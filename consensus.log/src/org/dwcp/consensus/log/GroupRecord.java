// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Tolerance;

/** What a group began with: the first thing on disk, and what a new member is told. */
record GroupRecord(GroupSpec spec, String provider, Tolerance tolerance, byte[] initial) {
    byte[] bytes() {
        return Items.bytes(out -> {
            Items.writeText(out, spec.name());
            Items.writeMembers(out, spec.members());
            out.writeInt(spec.sessionsMax());
            out.writeInt(spec.downgradeApprovals());
            Items.writeText(out, provider);
            out.writeByte(tolerance.ordinal());
            Items.writeBlock(out, initial);
        });
    }

    static GroupRecord parse(byte[] bytes) {
        return Items.read("group", bytes, in -> {
            var name = Items.readText(in, 48);
            var members = Items.readMembers(in);
            int sessions = in.readInt();
            int approvals = in.readInt();
            var provider = Items.readText(in, 64);
            return new GroupRecord(new GroupSpec(name, provider, members, sessions, approvals), provider, Statement.tolerance(in),
                    Items.readBlock(in, EntryMachine.SNAPSHOT_BYTES_MAX));
        });
    }

    EpochHead head() {
        return EpochHead.first(spec, provider, tolerance);
    }
}
