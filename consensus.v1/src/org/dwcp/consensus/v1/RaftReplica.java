// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupInfoRequest;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One group on the node's Raft server, with a client of its own that finds the leader. Thread-safe. */
final class RaftReplica implements Replica {
    private static final Logger LOG = LoggerFactory.getLogger(RaftReplica.class);
    private static final long ADMIN_TIMEOUT_MS = 20_000;
    private static final long CLOSE_TIMEOUT_MS = 1_000;
    private static final int ATTEMPTS_MAX = 200;
    /** Requests without an answer, each of which may have waited for its time. */
    private static final int SILENT_MAX = 10;
    private static final long PAUSE_MS = 10;
    /** Without a leader, every how many attempts a member is asked who it is. */
    private static final int TURNS = 10;

    private final RaftNode node;
    private final ReplicaSpec spec;
    private final RaftMachine machine;
    private final RaftGroupId id;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();
    private final int outstandingMax;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicBoolean changing = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private volatile Optional<RaftPeerId> hint = Optional.empty();
    private volatile boolean reached;
    private final Set<Thread> senders = ConcurrentHashMap.newKeySet();
    private final Set<CompletableFuture<byte[]>> answers = ConcurrentHashMap.newKeySet();
    private final Map<Long, Asked> unanswered = new ConcurrentHashMap<>();

    /** What this node's server was asked, under the number of its call. */
    private record Asked(CompletableFuture<byte[]> answer, Message message) {
    }

    RaftReplica(RaftNode node, ReplicaSpec spec, RaftMachine machine, RaftGroupId id, int outstandingMax) {
        this.node = node;
        this.spec = spec;
        this.machine = machine;
        this.id = id;
        this.outstandingMax = outstandingMax;
        Thread.ofVirtual().name("consensus.v1.watch").start(this::watch);
    }

    private CompletionStage<byte[]> send(byte kind, byte[] body) {
        var answer = new CompletableFuture<byte[]>();
        if (closed.get()) {
            answer.completeExceptionally(closedNow());
            return answer;
        }
        if (outstanding.incrementAndGet() > outstandingMax) {
            outstanding.decrementAndGet();
            answer.completeExceptionally(new ConsensusException(Reason.BUSY, outstandingMax + " entries of group " + spec.group()
                    + " have no answer; try again or raise outstanding.entries.max"));
            return answer;
        }
        answers.add(answer);
        answer.whenComplete((bytes, failure) -> {
            outstanding.decrementAndGet();
            answers.remove(answer);
        });
        var message = Message.valueOf(ByteString.copyFrom(new byte[] {kind}).concat(ByteString.copyFrom(body)));
        long call = calls.incrementAndGet();
        if (!leads()) {
            order(answer, call, message);
            return answer;
        }
        // What the leader itself is asked needs no thread that waits.
        unanswered.put(call, new Asked(answer, message));
        try {
            node.askSelf(request(node.id(), call, message)).whenComplete((reply, failure) -> {
                unanswered.remove(call);
                if (failure == null && reply.isSuccess()) {
                    answer.complete(reply.getMessage().getContent().toByteArray());
                } else {
                    order(answer, call, message);
                }
            });
        } catch (IOException | RuntimeException e) {
            unanswered.remove(call);
            order(answer, call, message);
        }
        return answer;
    }

    /**
     * What this node's server was asked before the last look and has not answered by this one is asked for by a thread that waits. A timer for each entry would wake a thread twice
     * while the entry is on its way.
     */
    private void watch() {
        var before = Map.<Long, Asked>of();
        while (!closed.get()) {
            before.forEach((call, asked) -> {
                if (unanswered.remove(call, asked)) {
                    order(asked.answer(), call, asked.message());
                }
            });
            before = Map.copyOf(unanswered);
            try {
                gone.get(RaftNode.REQUEST_MS / 2, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                continue;
            } catch (InterruptedException | ExecutionException e) {
                return;
            }
        }
    }

    private boolean leads() {
        return node.division(id).map(division -> division.getInfo().isLeader()).orElse(false);
    }

    /** To the leader alone: its next message to the others says how far it was ordered. */
    @Override
    public void spread() {
        if (!closed.get() && leads()) {
            send(RaftMachine.NOTHING, new byte[0]);
        }
    }

    private RaftClientRequest request(RaftPeerId to, long call, Message message) {
        return RaftClientRequest.newBuilder().setClientId(client).setServerId(to).setGroupId(id).setCallId(call).setMessage(message)
                .setType(RaftClientRequest.writeRequestType()).build();
    }

    /** Finds the leader and asks it, on a thread that waits. Entries need no order among each other, and the library's ordered calls are closed for good by the first that fails. */
    private void order(CompletableFuture<byte[]> answer, long call, Message message) {
        var sender = Thread.ofVirtual().name("consensus.v1.send").unstarted(() -> ask(answer, call, message));
        senders.add(sender);
        answer.whenComplete((bytes, failure) -> senders.remove(sender));
        sender.start();
        if (closed.get()) {
            answer.completeExceptionally(closedNow());
            sender.interrupt();
        }
    }

    /**
     * Asks the leader, which may be this node. A repetition has the number of the first request, by which the library knows it. Repetitions are bounded, and end before the
     * library forgets the number (60 s), so that what repeats an entry is sooner or later the virtual log alone.
     */
    private void ask(CompletableFuture<byte[]> answer, long call, Message message) {
        var why = "no leader is known";
        try {
            for (int attempt = 0, silent = 0; attempt < ATTEMPTS_MAX && silent < SILENT_MAX && !answer.isDone(); attempt++) {
                var leader = leader(attempt);
                if (leader.isPresent()) {
                    try {
                        var reply = node.ask(request(leader.get(), call, message));
                        if (reply.isSuccess()) {
                            answer.complete(reply.getMessage().getContent().toByteArray());
                            return;
                        }
                        why = String.valueOf(reply.getException());
                        hint = Optional.ofNullable(reply.getNotLeaderException()).map(NotLeaderException::getSuggestedLeader).map(RaftPeer::getId);
                        if (machine.hasFailed() || reply.getStateMachineException() != null) {
                            break;
                        }
                    } catch (IOException e) {
                        why = e.toString();
                        hint = Optional.empty();
                        silent++;
                    }
                }
                awaitPause(answer);
            }
            answer.completeExceptionally(unavailable(why));
        } catch (InterruptedException e) {
            answer.completeExceptionally(closedNow());
        } catch (RuntimeException e) {
            answer.completeExceptionally(unavailable(e.toString()));
        }
    }

    /** Whom this node's server takes for the leader. A node that is not a member yet hears from none, and asks the members in turn. */
    private Optional<RaftPeerId> leader(int attempt) {
        var known = node.division(id).map(division -> division.getInfo().getLeaderId());
        if (known.isPresent()) {
            return known;
        }
        var suggested = hint;
        hint = Optional.empty();
        var others = spec.members().stream().filter(member -> !member.equals(spec.keys().self())).toList();
        boolean asks = attempt % TURNS == TURNS - 1 && !others.isEmpty();
        return suggested.isPresent() || !asks ? suggested : Optional.of(RaftPeerId.valueOf(others.get(attempt / TURNS % others.size()).node().value()));
    }

    private static void awaitPause(CompletableFuture<byte[]> answer) throws InterruptedException {
        try {
            answer.get(PAUSE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            return; // it has been closed meanwhile
        } catch (TimeoutException e) {
            return;
        }
    }

    /** What a prepared replica still waits for; a way to the leader is open afterwards. */
    String missing() {
        var division = node.division(id);
        var leader = division.map(d -> d.getInfo().getLeaderId());
        if (leader.isEmpty()) {
            return "its members have no leader yet";
        }
        var info = division.get().getInfo();
        if (info.isLeader()) {
            return info.isLeaderReady() ? "" : "its leader is not ready yet";
        }
        if (!reached) {
            try {
                node.ask(new GroupInfoRequest(client, leader.get(), id, calls.incrementAndGet()));
                reached = true;
            } catch (IOException e) {
                return "its leader " + leader.get() + " is not reached: " + e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "asking its leader was interrupted";
            }
        }
        return "";
    }

    private ConsensusException unavailable(String why) {
        return machine.hasFailed() ? new ConsensusException(Reason.STATE_MACHINE, "the state machine of group " + spec.group() + " failed")
                : new ConsensusException(Reason.NO_QUORUM, "group " + spec.group() + " gave no answer: " + why.substring(0, Math.min(500, why.length())));
    }

    private ConsensusException closedNow() {
        return new ConsensusException(Reason.CLOSED, "the replica of group " + spec.group() + " is closed");
    }

    @Override
    public CompletionStage<byte[]> propose(byte[] entry) {
        if (entry.length > Consensus.ENTRY_BYTES_MAX) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.TOO_LARGE, "entry of " + entry.length + " bytes exceeds " + Consensus.ENTRY_BYTES_MAX));
        }
        if (entry.length == 0) {
            return CompletableFuture.failedFuture(new org.dwcp.api.DwcpException(org.dwcp.api.DwcpException.Kind.REJECTED, "an entry of 0 bytes; give at least one"));
        }
        return send(RaftMachine.ENTRY, entry);
    }

    /** Ordered like an entry: nothing else proves at the time of the read that the leader still leads. */
    @Override
    public CompletionStage<byte[]> readLinearizable(byte[] query) {
        return send(RaftMachine.READ, query);
    }

    @Override
    public CompletionStage<byte[]> readStale(byte[] query) {
        return closed.get() ? CompletableFuture.failedFuture(closedNow()) : CompletableFuture.completedFuture(machine.query(query));
    }

    @Override
    public CompletionStage<List<Member>> changeMembers(List<Member> members) {
        var wanted = ReplicaSpec.checkMembers(members);
        if (!changing.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.BUSY, "another change of the members of " + spec.group() + " is under way"));
        }
        // The keys are ordered before the configuration, so that every member knows them when it changes.
        return send(RaftMachine.MEMBERS, RaftMachine.encodeMembers(wanted))
                .thenCompose(none -> admin("change of members", client -> client.admin().setConfiguration(node.peers(wanted))))
                .handle((reply, failure) -> {
                    changing.set(false);
                    if (failure != null) {
                        throw failure instanceof java.util.concurrent.CompletionException wrapped && wrapped.getCause() instanceof ConsensusException known ? known
                                : unavailable(failure.toString());
                    }
                    return wanted;
                });
    }

    @Override
    public CompletionStage<NodeId> transferLeader(NodeId target) {
        return admin("transfer of leadership", client -> client.admin().transferLeadership(RaftPeerId.valueOf(target.value()), ADMIN_TIMEOUT_MS)).thenApply(reply -> target);
    }

    @Override
    public CompletionStage<Long> compact() {
        return admin("snapshot", client -> client.getSnapshotManagementApi(RaftPeerId.valueOf(spec.keys().self().node().value())).create(true, ADMIN_TIMEOUT_MS))
                .thenApply(reply -> machine.snapshotIndex());
    }

    private interface Call {
        RaftClientReply run(RaftClient client) throws IOException;
    }

    private CompletionStage<RaftClientReply> admin(String what, Call call) {
        var answer = new CompletableFuture<RaftClientReply>();
        Thread.ofVirtual().name("consensus.v1.admin").start(() -> {
            try (var operator = node.operator(id, machine.members())) {
                var reply = call.run(operator);
                if (reply.isSuccess()) {
                    answer.complete(reply);
                } else {
                    answer.completeExceptionally(unavailable(what + ": " + reply.getException()));
                }
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(closed.get() ? closedNow() : unavailable(what + ": " + e));
            }
        });
        return answer;
    }

    @Override
    public ReplicaStatus status() {
        var figures = Map.of("entries.count", machine.entries(), "outstanding.entries", (long) outstanding.get());
        Optional<RaftServer.Division> division = closed.get() ? Optional.empty() : node.division(id);
        if (division.isEmpty() || !division.get().getInfo().isAlive() || machine.hasFailed()) {
            return new ReplicaStatus(ReplicaStatus.Role.STOPPED, Optional.empty(), 0, 0, 0, 0, false, machine.members(), figures);
        }
        var info = division.get().getInfo();
        var role = switch (info.getCurrentRole()) {
            case LEADER -> ReplicaStatus.Role.LEADER;
            case CANDIDATE -> ReplicaStatus.Role.CANDIDATE;
            default -> ReplicaStatus.Role.FOLLOWER;
        };
        var leader = Optional.ofNullable(info.getLeaderId()).map(Object::toString).map(NodeId::of);
        return new ReplicaStatus(role, leader, info.getCurrentTerm(), division.get().getRaftLog().getLastCommittedIndex() + 1, info.getLastAppliedIndex() + 1,
                machine.snapshotIndex(), leader.isPresent(), machine.members(), figures);
    }

    /** Who comes second waits for the first. */
    @Override
    public void close() {
        try {
            if (!closed.compareAndSet(false, true)) {
                gone.get(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
                return;
            }
            var sending = List.copyOf(senders);
            List.copyOf(answers).forEach(answer -> answer.completeExceptionally(closedNow()));
            sending.forEach(Thread::interrupt);
            machine.end();
            try {
                node.remove(id, spec.folder());
            } finally {
                gone.complete(null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("stop.survivors part=consensus.v1 group={} is still being closed", spec.group());
        }
    }

    RaftMachine machine() {
        return machine;
    }
}
