// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.util.List;

/**
 * The command of a {@link Request.Kind#MEMBERS} request: the next membership and who agrees. It is carried out when its number is the next
 * one and either the operator (member id 0) or f + 1 members have signed {@link #toSign}: so one liar cannot change who votes.
 *
 * @param next      the membership that is to be
 * @param approvals signatures, at most one a member
 */
public record MembershipChange(Membership next, List<Message.Signed> approvals) {
    /** The id under which the operator signs. */
    public static final int OPERATOR = 0;

    /** Copies the list. */
    public MembershipChange {
        approvals = List.copyOf(approvals);
    }

    /** What approvals sign. */
    public static byte[] toSign(Membership next) {
        var out = new Writer();
        out.u8(Codec.APPROVAL);
        out.raw(MembershipForm.encode(next));
        return out.bytes();
    }

    /** Encodes for a request. */
    public byte[] encode() {
        var out = new Writer();
        MembershipForm.write(out, next);
        Codec.writeSigned(out, approvals);
        return out.bytes();
    }

    /**
     * Decodes a request's command.
     *
     * @throws MalformedException when it is none
     */
    public static MembershipChange decode(byte[] bytes) {
        var in = new Reader(bytes);
        var next = MembershipForm.read(in);
        var approvals = Codec.readSigned(in);
        in.end();
        return new MembershipChange(next, approvals);
    }
}
