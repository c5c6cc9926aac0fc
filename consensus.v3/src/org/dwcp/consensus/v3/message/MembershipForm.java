// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.util.List;
import java.util.TreeMap;

import org.dwcp.api.DwcpException;

/** The binary form of a membership: one form only, so that digests and signatures agree. No state. */
final class MembershipForm {
    private MembershipForm() {
    }

    static byte[] encode(Membership members) {
        var out = new Writer();
        write(out, members);
        return out.bytes();
    }

    /** Writes a membership. */
    static void write(Writer out, Membership m) {
        out.i32(m.number());
        Codec.list(out, m.members(), (to, member) -> {
            to.i32(member.id());
            to.text(member.node());
            to.small(member.signingKey());
            to.small(member.agreeingKey());
            to.u8(member.quarantined() ? 1 : 0);
        });
        Codec.list(out, List.copyOf(m.clients().entrySet()), (to, client) -> {
            to.text(client.getKey());
            to.small(client.getValue());
        });
        out.small(m.operator());
    }

    /** Reads a membership. */
    static Membership read(Reader in) {
        int number = in.i32();
        var members = Codec.list(in, Limits.MEMBERS_MAX, 9, from -> new Member(from.i32(), from.text(), from.small(Limits.KEY_BYTES_MAX),
                from.small(Limits.KEY_BYTES_MAX), from.flag()));
        var clients = new TreeMap<String, byte[]>();
        for (int count = in.count(Limits.CLIENTS_MAX, 3); count > 0; count--) {
            var name = in.text();
            if (!clients.isEmpty() && clients.lastKey().compareTo(name) >= 0) {
                throw new MalformedException("clients out of order at " + name); // one form only, so that digests agree
            }
            clients.put(name, in.small(Limits.KEY_BYTES_MAX));
        }
        try {
            return new Membership(number, members, clients, in.small(Limits.KEY_BYTES_MAX));
        } catch (DwcpException e) {
            throw new MalformedException(e.getMessage());
        }
    }
}
