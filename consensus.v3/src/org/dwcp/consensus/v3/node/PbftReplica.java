// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.api.node.NodeClock;
import org.dwcp.consensus.v3.message.Request;

/** A group's replica as the slot's consumers see it. Thread-safe; the work is done by {@link Group}. */
public final class PbftReplica implements Replica {
    /** Opens channels to peers. */
    @FunctionalInterface
    public interface Opener {
        /**
         * Opens a channel for {@link #PROTOCOL}.
         *
         * @throws org.dwcp.api.DwcpException when the peer cannot be reached
         */
        org.dwcp.api.transport.Channel open(NodeId peer);
    }

    /** Name of the protocol on transports. */
    public static final String PROTOCOL = "dwcp.pbft";

    private final Group group;
    private final NodeSettings settings;
    private final NodeClock clock;
    private final Runnable onClose;

    /**
     * Starts a replica.
     *
     * @param spec     what it is
     * @param machine  what it feeds
     * @param settings bounds
     * @param clock    time
     * @param opener   opens channels to the other members
     * @param onClose  called once it is closed
     */
    public PbftReplica(ReplicaSpec spec, EntryMachine machine, NodeSettings settings, NodeClock clock, Opener opener, Runnable onClose) {
        this.settings = settings;
        this.clock = clock;
        this.onClose = onClose;
        group = new Group(spec, machine, settings, clock, opener::open);
    }

    /** Whether a channel's first frame is for this replica. */
    public boolean isFor(Hello hello) {
        return hello.isFor(Names.domain(group.spec));
    }

    /** Takes a frame from a peer. A member's number must be that of the node that the transport has authenticated. */
    public void received(Hello hello, NodeId peer, byte[] frame) {
        var members = group.gate.members();
        var byName = members.member(peer.value());
        if (byName.isPresent() ? byName.get().id() == hello.id() : members.member(hello.id()).isEmpty()) {
            group.received(hello.id(), peer, frame);
        }
    }

    private CompletionStage<byte[]> ask(Request.Kind kind, byte[] bytes) {
        if (bytes.length > Consensus.ENTRY_BYTES_MAX) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.TOO_LARGE, "entry of " + bytes.length + " bytes exceeds "
                    + Consensus.ENTRY_BYTES_MAX + "; split it"));
        }
        if (group.isClosed()) {
            return CompletableFuture.failedFuture(closed());
        }
        if (!group.proposals.admit(bytes.length)) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.BUSY, "queue.entries.max or queue.bytes.max reached; wait for answers"));
        }
        CompletableFuture<byte[]> answer = group.promise();
        var wish = new Proposals.Wish(kind, bytes, clock.nanoTime() + settings.proposalTimeoutMs() * 1_000_000, answer);
        group.post(() -> group.proposals.add(wish));
        failWhenClosed(answer);
        return answer;
    }

    private ConsensusException closed() {
        return new ConsensusException(Reason.CLOSED, "group " + group.spec.group() + " is closed here; what was sent may be ordered");
    }

    /** The thread may have ended between the check and the queue. */
    private void failWhenClosed(CompletableFuture<?> answer) {
        if (group.isClosed()) {
            answer.completeExceptionally(closed());
        }
    }

    @Override
    public CompletionStage<byte[]> propose(byte[] entry) {
        if (entry.length == 0) {
            return CompletableFuture.failedFuture(new org.dwcp.api.DwcpException(org.dwcp.api.DwcpException.Kind.REJECTED,
                    "entry of 0 bytes; give at least 1"));
        }
        return ask(Request.Kind.COMMAND, entry);
    }

    @Override
    public CompletionStage<byte[]> readLinearizable(byte[] query) {
        return ask(Request.Kind.QUERY, query);
    }

    @Override
    public CompletionStage<byte[]> readStale(byte[] query) {
        CompletableFuture<byte[]> answer = group.promise();
        group.post(() -> answer.complete(group.stale(query)));
        failWhenClosed(answer);
        return answer;
    }

    @Override
    public CompletionStage<List<Member>> changeMembers(List<Member> members) {
        CompletableFuture<List<Member>> answer = group.promise();
        group.post(() -> group.members.change(members, answer));
        failWhenClosed(answer);
        return answer;
    }

    @Override
    public CompletionStage<NodeId> transferLeader(NodeId target) {
        return CompletableFuture.failedFuture(new ConsensusException(Reason.UNSUPPORTED,
                "members of PBFT take turns; a leader is changed by leaving its view"));
    }

    @Override
    public CompletionStage<Long> compact() {
        CompletableFuture<Long> result = group.promise();
        ask(Request.Kind.CHECKPOINT, new byte[0]).whenComplete((ignored, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                group.compacted(result);
            }
        });
        failWhenClosed(result);
        return result;
    }

    @Override
    public ReplicaStatus status() {
        var stand = group.figures.stand();
        if (stand == null) {
            return new ReplicaStatus(ReplicaStatus.Role.STARTING, Optional.empty(), 0, 0, 0, 0, false, group.spec.members(), group.counts());
        }
        boolean stopped = group.figures.isStopped();
        return new ReplicaStatus(stopped ? ReplicaStatus.Role.STOPPED : stand.role(), stopped ? Optional.empty() : Optional.ofNullable(stand.leader()),
                stand.view(), stand.applied(), stand.applied(), stand.stableApplied(), group.figures.quorum(), Names.members(stand.members()),
                group.counts());
    }

    @Override
    public void close() {
        group.close();
        onClose.run();
    }
}
