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

import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
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

    private final RaftNode node;
    private final ReplicaSpec spec;
    private final RaftMachine machine;
    private final RaftGroupId id;
    private final RaftClient client;
    private final int outstandingMax;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicBoolean changing = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final Set<Thread> senders = ConcurrentHashMap.newKeySet();
    private final Set<CompletableFuture<byte[]>> answers = ConcurrentHashMap.newKeySet();

    RaftReplica(RaftNode node, ReplicaSpec spec, RaftMachine machine, RaftGroupId id, RaftClient client, int outstandingMax) {
        this.node = node;
        this.spec = spec;
        this.machine = machine;
        this.id = id;
        this.client = client;
        this.outstandingMax = outstandingMax;
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
        // Entries need no order among each other, and the library's ordered calls are closed for good by the first one that fails.
        var sender = Thread.ofVirtual().name("consensus.v1.send").unstarted(() -> {
            try {
                complete(answer, client.io().send(message), null);
            } catch (IOException | RuntimeException e) {
                complete(answer, null, e);
            }
        });
        senders.add(sender);
        answer.whenComplete((bytes, failure) -> senders.remove(sender));
        sender.start();
        if (closed.get()) {
            answer.completeExceptionally(closedNow());
            sender.interrupt();
        }
        return answer;
    }

    private void complete(CompletableFuture<byte[]> answer, RaftClientReply reply, Throwable failure) {
        if (failure != null) {
            answer.completeExceptionally(unavailable(failure.toString()));
        } else if (!reply.isSuccess()) {
            answer.completeExceptionally(unavailable(String.valueOf(reply.getException())));
        } else {
            answer.complete(reply.getMessage().getContent().toByteArray());
        }
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
                .thenCompose(none -> admin("change of members", () -> client.admin().setConfiguration(node.peers(wanted))))
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
        return admin("transfer of leadership", () -> client.admin().transferLeadership(RaftPeerId.valueOf(target.value()), ADMIN_TIMEOUT_MS)).thenApply(reply -> target);
    }

    @Override
    public CompletionStage<Long> compact() {
        return admin("snapshot", () -> client.getSnapshotManagementApi(RaftPeerId.valueOf(spec.keys().self().node().value())).create(true, ADMIN_TIMEOUT_MS))
                .thenApply(reply -> machine.snapshotIndex());
    }

    private interface Call {
        RaftClientReply run() throws IOException;
    }

    private CompletionStage<RaftClientReply> admin(String what, Call call) {
        var answer = new CompletableFuture<RaftClientReply>();
        Thread.ofVirtual().name("consensus.v1.admin").start(() -> {
            try {
                var reply = call.run();
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

    /** Who comes second waits for the first. The library waits seconds for connections to members that are gone, so that is left to a thread of its own. */
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
            var closing = Thread.ofVirtual().name("consensus.v1.close").start(this::closeClient);
            try {
                node.remove(id, spec.folder());
                closing.join(CLOSE_TIMEOUT_MS);
            } finally {
                gone.complete(null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("stop.survivors part=consensus.v1 group={} is still being closed", spec.group());
        }
    }

    private void closeClient() {
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("consensus.v1 group={} closing the client failed", spec.group(), e);
        }
    }

    RaftMachine machine() {
        return machine;
    }
}
