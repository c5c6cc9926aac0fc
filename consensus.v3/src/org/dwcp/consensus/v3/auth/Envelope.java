// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.auth;

import java.util.Arrays;

import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message;

/**
 * A message as it goes over a line: number of MACs, the MACs in the members' order, the message. One form for all receivers: encoded once.
 */
public final class Envelope {
    /** Most bytes before the message. */
    public static final int OVERHEAD_BYTES_MAX = 1 + Limits.MEMBERS_MAX * Authenticator.MAC_BYTES;

    private Envelope() {
    }

    /** Whether a message carries MACs; the others carry signatures, prove themselves by digest, or are believed as their line's peer's word. */
    static boolean needsMacs(Message message) {
        return message instanceof Message.PrePrepare || message instanceof Message.Vote;
    }

    /** Packs a message for the members of a group. */
    public static byte[] seal(Message message, Membership members, Authenticator authenticator) {
        var body = Codec.encode(message);
        if (!needsMacs(message)) {
            var sealed = new byte[1 + body.length];
            System.arraycopy(body, 0, sealed, 1, body.length);
            return sealed;
        }
        int macs = members.size();
        var sealed = new byte[1 + macs * Authenticator.MAC_BYTES + body.length];
        sealed[0] = (byte) macs;
        var content = content(body, 0, body.length);
        int at = 1;
        for (var member : members.members()) {
            System.arraycopy(authenticator.mac(member.agreeingKey(), content), 0, sealed, at, Authenticator.MAC_BYTES);
            at += Authenticator.MAC_BYTES;
        }
        System.arraycopy(body, 0, sealed, at, body.length);
        return sealed;
    }

    /** What a MAC covers: the message, or the digest of a long one, so that n MACs of a batch cost one pass over it. */
    private static byte[] content(byte[] bytes, int offset, int length) {
        var body = Arrays.copyOfRange(bytes, offset, offset + length);
        return length <= 128 ? body : Digest.of(body).bytes();
    }

    /** A packed message taken apart. */
    record Opened(Message message, byte[] content, byte[] macs) {
        byte[] mac(int position) {
            int from = position * Authenticator.MAC_BYTES;
            return from + Authenticator.MAC_BYTES > macs.length ? new byte[0] : Arrays.copyOfRange(macs, from, from + Authenticator.MAC_BYTES);
        }
    }

    /**
     * Takes a packed message apart; checks its form only.
     *
     * @throws MalformedException for anything else
     */
    static Opened open(byte[] sealed) {
        int macs = sealed.length == 0 ? 0 : sealed[0] & 0xff;
        int start = 1 + macs * Authenticator.MAC_BYTES;
        if (macs > Limits.MEMBERS_MAX || sealed.length <= start) {
            throw new MalformedException("no envelope of " + macs + " MACs in " + sealed.length + " bytes");
        }
        var message = Codec.decode(sealed, start, sealed.length - start);
        return new Opened(message, macs == 0 ? new byte[0] : content(sealed, start, sealed.length - start), Arrays.copyOfRange(sealed, 1, start));
    }
}
