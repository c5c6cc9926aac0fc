// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.MemberKeys;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.consensus.v3.auth.KeyAuthenticator;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Member;
import org.dwcp.consensus.v3.message.Membership;

/** Between the API's members and the protocol's. No state. */
final class Names {
    private static final String ED25519_PREFIX = "302a300506032b6570032100"; // SubjectPublicKeyInfo, RFC 8410
    private static final String X25519_PREFIX = "302a300506032b656e032100";
    private static final String NO_KEY = "0".repeat(64);

    private Names() {
    }

    /** A member's number follows from its signing key, so that nobody has to give numbers out and a new key is a new member. */
    static int id(org.dwcp.api.consensus.Member member) {
        return ByteBuffer.wrap(Digest.of(bytes(ED25519_PREFIX, member.signatureKey())).bytes()).getInt() >>> 1 | 1;
    }

    private static byte[] bytes(String prefix, String key) {
        return HexFormat.of().parseHex(prefix + key);
    }

    static Member member(org.dwcp.api.consensus.Member member) {
        return new Member(id(member), member.node().value(), bytes(ED25519_PREFIX, member.signatureKey()),
                bytes(X25519_PREFIX, member.agreementKey()), false);
    }

    static List<org.dwcp.api.consensus.Member> members(Membership membership) {
        return membership.members().stream().map(member -> new org.dwcp.api.consensus.Member(NodeId.of(member.node()),
                HexFormat.of().formatHex(member.signingKey()).substring(ED25519_PREFIX.length()),
                HexFormat.of().formatHex(member.agreeingKey()).substring(X25519_PREFIX.length()))).sorted().toList();
    }

    static Membership membership(int number, List<org.dwcp.api.consensus.Member> members) {
        if (members.size() < Tolerance.BYZANTINE.membersMin()) {
            throw new ConsensusException(Reason.TOO_FEW_MEMBERS, "PBFT needs n = 3f + 1 members, at least 4, to bear one that lies; there are "
                    + members.size() + ": add members first, or use a crash-tolerant provider");
        }
        return new Membership(number, members.stream().sorted().map(Names::member).toList(), new TreeMap<>(), new byte[0]);
    }

    /** What tells this instance of a group from every other one. */
    static byte[] domain(ReplicaSpec spec) {
        return Digest.of(("dwcp-pbft-1 " + spec.group() + " " + spec.epoch() + " " + spec.genesis().hex()).getBytes(StandardCharsets.UTF_8)).bytes();
    }

    static KeyAuthenticator authenticator(ReplicaSpec spec) {
        MemberKeys keys = spec.keys();
        return new KeyAuthenticator(domain(spec), keys::sign, other -> keys.agree(new org.dwcp.api.consensus.Member(keys.self().node(), NO_KEY,
                HexFormat.of().formatHex(Arrays.copyOfRange(other, X25519_PREFIX.length() / 2, other.length)))));
    }
}
