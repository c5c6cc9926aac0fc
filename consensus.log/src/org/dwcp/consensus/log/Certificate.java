// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Tolerance;

/**
 * A statement with the signatures of enough members: what an epoch begins with.
 *
 * @param statement  what is certified
 * @param signatures by member, each 64 bytes
 */
record Certificate(Statement statement, Map<NodeId, byte[]> signatures) {
    Certificate {
        signatures = Map.copyOf(signatures);
    }

    /**
     * Tells whether these signers are enough: a quorum of the ended epoch as it counts quorums, and, when the next one is to survive lies, a quorum of
     * the next one's members as that counts them.
     */
    static boolean suffices(Statement statement, Collection<NodeId> signers) {
        return count(statement.members(), signers) >= statement.tolerance().quorum(statement.members().size())
                && (statement.nextTolerance() != Tolerance.BYZANTINE
                || count(statement.nextMembers(), signers) >= Tolerance.BYZANTINE.quorum(statement.nextMembers().size()));
    }

    private static long count(List<Member> members, Collection<NodeId> signers) {
        return members.stream().filter(member -> signers.contains(member.node())).count();
    }

    /**
     * Checks that this certificate ends an epoch.
     *
     * @param head what the epoch began with; who signs must be among its members, unless these changed inside the epoch, which the seal's state tells
     * @throws ConsensusException for reason WRONG_EPOCH or BAD_CERTIFICATE
     */
    void check(String group, EpochHead head) {
        if (!statement.group().equals(group) || statement.epoch() != head.epoch()) {
            throw new ConsensusException(Reason.WRONG_EPOCH, "certificate ends epoch " + statement.epoch() + " of group " + statement.group() + ", not epoch "
                    + head.epoch() + " of " + group);
        }
        require(statement.previous().equals(head.genesis()), "follows epoch " + statement.previous().brief() + ", not " + head.genesis().brief());
        require(statement.tolerance() == head.tolerance(), "says that epoch " + head.epoch() + " survived " + statement.tolerance() + ", not " + head.tolerance());
        // Members that came by an ordered change inside the epoch are vouched for by a quorum of those that began it.
        var known = head.members().stream().filter(signatures.keySet()::contains).toList();
        boolean changed = !statement.members().equals(head.members());
        require(!changed || known.size() >= head.tolerance().quorum(head.members().size()), "names other members than the epoch began with, and only "
                + known.size() + " of those signed");
        byte[] message = statement.toSign();
        for (var signature : signatures.entrySet()) {
            var signer = java.util.stream.Stream.of(head.members(), statement.members(), statement.nextMembers()).flatMap(List::stream)
                    .filter(member -> member.node().equals(signature.getKey())).findFirst();
            require(signer.isPresent(), "is signed by " + signature.getKey() + ", who is no member");
            require(signer.get().verify(message, signature.getValue()), "carries a wrong signature of " + signature.getKey());
        }
        require(suffices(statement, signatures.keySet()), "is signed by " + signatures.keySet().stream().sorted().toList() + " only, which is no quorum");
    }

    private void require(boolean holds, String fault) {
        if (!holds) {
            throw new ConsensusException(Reason.BAD_CERTIFICATE, "certificate of epoch " + statement.epoch() + " " + fault);
        }
    }

    void write(DataOutputStream out) throws IOException {
        statement.write(out);
        out.writeInt(signatures.size());
        for (var entry : new TreeMap<>(signatures).entrySet()) {
            Items.writeText(out, entry.getKey().value());
            Items.writeBlock(out, entry.getValue());
        }
    }

    static Certificate read(DataInputStream in) throws IOException {
        var statement = Statement.read(in);
        var signatures = new TreeMap<NodeId, byte[]>();
        for (int left = Items.readCount(in, 2 * Member.MEMBERS_MAX); left > 0; left--) {
            signatures.put(NodeId.of(Items.readText(in, 63)), Items.readBlock(in, 64));
        }
        return new Certificate(statement, signatures);
    }

    byte[] bytes() {
        return Items.bytes(this::write);
    }

    static Certificate parse(byte[] bytes) {
        return Items.read("certificate", bytes, Certificate::read);
    }
}
