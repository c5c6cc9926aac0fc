// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Command;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.StateMachine;
import org.dwcp.api.consensus.Tolerance;

/**
 * The replicated state of a group in one epoch: sessions, members, the seal, and the application's machine inside. Deterministic: everything that it decides, it decides
 * from the ordered entries. The first seal that holds ends it; what comes after is answered SEALED and changes nothing.
 */
final class EpochMachine implements EntryMachine {
    private static final int VERSION = 1;

    private final String group;
    private final EpochHead head;
    private final StateMachine application;
    private final Events events;
    private final TreeMap<String, Session> sessions = new TreeMap<>();
    private int sessionsMax = 1;
    private int downgradeApprovals;
    private long position;
    private long dropped; // highest use of a session that was dropped
    private List<Member> members;
    private Statement sealed;
    private byte[] base;
    private long duplicates;
    private boolean retired;

    /** What the machine tells its group, on the provider's thread. */
    interface Events {
        /** The epoch has ended; called again when it is replayed. */
        void sealed(Statement statement, byte[] base);

        /** The members have changed. */
        default void members(List<Member> now) {
        }

        /** An entry was applied. */
        default void applied(long index, Batch batch, List<Answer> answers) {
        }
    }

    EpochMachine(String group, EpochHead head, StateMachine application, Events events) {
        this.group = group;
        this.head = head;
        this.application = application;
        this.events = events;
        this.members = head.members();
    }

    /** Gives the state that the first epoch begins with. */
    static byte[] initial(GroupSpec spec, StateMachine application) {
        return Items.bytes(out -> {
            out.writeByte(VERSION);
            out.writeLong(1);
            out.writeInt(spec.sessionsMax());
            out.writeInt(spec.downgradeApprovals());
            out.writeLong(0);
            out.writeLong(0);
            Items.writeMembers(out, spec.members());
            out.writeInt(0);
            out.writeBoolean(false);
            Items.writeBlock(out, application.snapshot());
        });
    }

    @Override
    public synchronized byte[] apply(long index, byte[] entry) {
        if (retired) {
            return Answer.pack(List.of(Answer.text(Answer.Code.SEALED, "this replica is closed")));
        }
        Batch batch;
        try {
            batch = Batch.parse(entry);
        } catch (DwcpException e) {
            return Answer.pack(List.of(Answer.text(Answer.Code.DENIED, e.getMessage())));
        }
        var denied = denied(batch, entry);
        var answers = new ArrayList<Answer>(batch.items().size());
        for (Batch.Item item : batch.items()) {
            answers.add(denied.orElseGet(() -> sealed != null ? Answer.text(Answer.Code.SEALED, String.valueOf(head.epoch() + 1)) : applied(index, batch, item)));
        }
        events.applied(index, batch, answers);
        return Answer.pack(answers);
    }

    private Optional<Answer> denied(Batch batch, byte[] entry) {
        if (batch.epoch() != head.epoch()) {
            return Optional.of(Answer.text(Answer.Code.DENIED, "it was made for epoch " + batch.epoch() + " and this is epoch " + head.epoch()));
        }
        var proposer = members.stream().filter(member -> member.node().equals(batch.proposer())).findFirst();
        if (head.tolerance() == Tolerance.BYZANTINE && (proposer.isEmpty() || !Batch.isSigned(entry, batch.signature(), proposer.get()))) {
            return Optional.of(Answer.text(Answer.Code.DENIED, "it is not signed by a member " + batch.proposer()));
        }
        return Optional.empty();
    }

    private Answer applied(long index, Batch batch, Batch.Item item) {
        position++;
        return switch (item) {
            case Batch.Open open -> open(batch.proposer(), open);
            case Batch.Order order -> order(batch.proposer(), order);
            case Batch.Seal seal -> seal(index, seal);
        };
    }

    private Answer open(NodeId proposer, Batch.Open open) {
        if (!sessions.containsKey(open.client())) {
            if (open.base() < dropped) {
                return new Answer(Answer.Code.AGAIN, ByteBuffer.allocate(8).putLong(position).array());
            }
            if (sessions.size() >= sessionsMax) {
                var oldest = sessions.entrySet().stream().min(Comparator.comparingLong(entry -> entry.getValue().usedAt)).orElseThrow();
                dropped = Math.max(dropped, oldest.getValue().usedAt);
                sessions.remove(oldest.getKey());
            }
            sessions.put(open.client(), new Session(proposer, position));
        }
        return new Answer(Answer.Code.DONE, new byte[0]);
    }

    private Answer order(NodeId proposer, Batch.Order order) {
        var session = sessions.get(order.client());
        if (session == null) {
            return new Answer(Answer.Code.EXPIRED, new byte[0]);
        }
        if (head.tolerance() == Tolerance.BYZANTINE && !session.owner.equals(proposer)) {
            return Answer.text(Answer.Code.DENIED, "session " + order.client() + " is " + session.owner + "'s, not " + proposer + "'s");
        }
        if (order.sequence() <= session.done) {
            return new Answer(Answer.Code.STALE, new byte[0]);
        }
        session.usedAt = position;
        var before = session.answers.get(order.sequence());
        if (before != null) {
            duplicates++;
            return before;
        }
        if (order.done() >= order.sequence() || order.sequence() - Math.max(order.done(), session.done) > Command.WINDOW) {
            return new Answer(Answer.Code.WINDOW, new byte[0]);
        }
        session.forgetUpTo(order.done());
        var answer = execute(order.body());
        session.answers.put(order.sequence(), answer);
        return answer;
    }

    private Answer execute(byte[] command) {
        try {
            byte[] answer = application.apply(command.clone());
            return answer.length > Command.REPLY_BYTES_MAX
                    ? Answer.text(Answer.Code.REFUSED, "the answer of " + answer.length + " bytes exceeds " + Command.REPLY_BYTES_MAX)
                    : new Answer(Answer.Code.DONE, answer);
        } catch (DwcpException e) {
            if (e.kind() != DwcpException.Kind.REJECTED) {
                throw e;
            }
            String message = String.valueOf(e.getMessage());
            return Answer.text(Answer.Code.REFUSED, message.substring(0, Math.min(message.length(), 1_000)));
        }
    }

    private Answer seal(long index, Batch.Seal seal) {
        var fault = fault(seal);
        if (fault.isPresent()) {
            return Answer.text(Answer.Code.DENIED, fault.get());
        }
        base = state(head.epoch() + 1, seal.members());
        sealed = new Statement(group, head.epoch(), head.genesis(), index, members, head.tolerance(), seal.next(), seal.tolerance(), seal.members(), Digest.of(base));
        events.sealed(sealed, base);
        return new Answer(Answer.Code.DONE, new byte[0]);
    }

    /** Says why a seal does not hold; the same on every member. */
    private Optional<String> fault(Batch.Seal seal) {
        if (seal.epoch() != head.epoch()) {
            return Optional.of("the seal is for epoch " + seal.epoch() + " and this is epoch " + head.epoch() + "; it was repeated or comes too late");
        }
        try {
            ReplicaSpecCheck.members(seal.members());
        } catch (DwcpException e) {
            return Optional.of(e.getMessage());
        }
        if (seal.members().size() < seal.tolerance().membersMin() || seal.tolerance() == Tolerance.NONE && seal.members().size() != 1) {
            return Optional.of(seal.members().size() + " members cannot run " + seal.next() + ", which needs " + seal.tolerance().membersMin()
                    + (seal.tolerance() == Tolerance.NONE ? " exactly" : " or more"));
        }
        if (seal.tolerance() == Tolerance.BYZANTINE && !members.containsAll(seal.members())) {
            return Optional.of("members that did not run epoch " + head.epoch() + " cannot vouch for its state; add them to it first");
        }
        if (seal.tolerance().compareTo(head.tolerance()) < 0) {
            int needed = downgradeApprovals == 0 ? head.tolerance().quorum(members.size()) : downgradeApprovals;
            byte[] message = Batch.toApprove(group, head.epoch(), seal.next());
            long given = members.stream().filter(m -> seal.approvals().containsKey(m.node()) && m.verify(message, seal.approvals().get(m.node()))).count();
            if (given < needed) {
                return Optional.of("a switch from " + head.tolerance() + " to " + seal.tolerance() + " needs the approval of " + needed + " members and has " + given);
            }
        }
        return Optional.empty();
    }

    @Override
    public synchronized byte[] query(byte[] query) {
        if (sealed != null) {
            return Answer.pack(List.of(Answer.text(Answer.Code.SEALED, String.valueOf(head.epoch() + 1))));
        }
        return Answer.pack(List.of(queried(query)));
    }

    /** Asks the application, also when the epoch is sealed: for stale reads. */
    synchronized Answer queried(byte[] query) {
        if (retired) {
            return Answer.text(Answer.Code.SEALED, "this replica is closed");
        }
        try {
            byte[] answer = application.query(query.clone());
            Check.argument(answer.length <= Command.REPLY_BYTES_MAX, "the answer of %d bytes exceeds %d", answer.length, Command.REPLY_BYTES_MAX);
            return new Answer(Answer.Code.DONE, answer);
        } catch (DwcpException e) {
            return Answer.text(Answer.Code.REFUSED, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public synchronized byte[] snapshot() {
        return state(head.epoch(), members);
    }

    private byte[] state(long epoch, List<Member> now) {
        return Items.bytes(out -> {
            out.writeByte(VERSION);
            out.writeLong(epoch);
            out.writeInt(sessionsMax);
            out.writeInt(downgradeApprovals);
            out.writeLong(position);
            out.writeLong(dropped);
            Items.writeMembers(out, now);
            out.writeInt(sessions.size());
            for (var session : sessions.entrySet()) {
                Items.writeText(out, session.getKey());
                session.getValue().write(out);
            }
            boolean withSeal = sealed != null && epoch == head.epoch();
            out.writeBoolean(withSeal);
            if (withSeal) {
                sealed.write(out);
                Items.writeBlock(out, base);
            }
            Items.writeBlock(out, application.snapshot());
        });
    }

    @Override
    public synchronized void install(long index, byte[] snapshot) {
        if (retired) {
            return;
        }
        Items.read("state of group " + group, snapshot, in -> {
            read(in);
            return this;
        });
        if (sealed != null) {
            events.sealed(sealed, base);
        }
    }

    private void read(DataInputStream in) throws IOException {
        int version = in.readUnsignedByte();
        long epoch = in.readLong();
        if (version != VERSION || epoch != head.epoch()) {
            throw new IOException("it is version " + version + " of epoch " + epoch + ", not " + VERSION + " of " + head.epoch());
        }
        sessionsMax = Math.clamp(in.readInt(), 1, GroupSpec.SESSIONS_MAX);
        downgradeApprovals = in.readInt();
        position = in.readLong();
        dropped = in.readLong();
        members = Items.readMembers(in);
        sessions.clear();
        for (int left = Items.readCount(in, GroupSpec.SESSIONS_MAX); left > 0; left--) {
            sessions.put(Items.readText(in, Command.CLIENT_LENGTH_MAX), Session.read(in));
        }
        sealed = in.readBoolean() ? Statement.read(in) : null;
        base = sealed == null ? null : Items.readBlock(in, SNAPSHOT_BYTES_MAX);
        application.install(Items.readBlock(in, SNAPSHOT_BYTES_MAX));
    }

    @Override
    public synchronized void membersChanged(long index, List<Member> now) {
        if (sealed == null) {
            members = now.stream().sorted().toList();
            events.members(members);
        }
    }

    /** Lets the application's machine go: from here on the next epoch's machine has it. */
    synchronized void retire() {
        retired = true;
    }

    synchronized List<Member> members() {
        return members;
    }

    synchronized int sessions() {
        return sessions.size();
    }

    synchronized Map<String, Long> figures() {
        return Map.of("commands.count", position, "duplicates.count", duplicates, "sessions.count", (long) sessions.size());
    }

    synchronized long position() {
        return position;
    }

    synchronized boolean isSealed() {
        return sealed != null;
    }

    /** The check of lists, which sorts; a seal must be sorted already, so that it is equal everywhere. */
    private static final class ReplicaSpecCheck {
        static void members(List<Member> members) {
            if (!org.dwcp.api.consensus.ReplicaSpec.checkMembers(members).equals(members)) {
                throw new ConsensusException(Reason.NOT_A_MEMBER, "members are not in order of name: " + members);
            }
        }
    }
}
