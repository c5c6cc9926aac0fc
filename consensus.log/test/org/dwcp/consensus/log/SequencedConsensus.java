// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.api.consensus.Tolerance;

/**
 * A provider for tests of the virtual log: one list in memory stands for the ordering, each member applies it on a thread of its own, in its own time. It orders while a quorum
 * is connected, and can forget answers, order twice, and refuse at will.
 */
final class SequencedConsensus implements Consensus {
    /** What the members of all instances share. */
    static final class Sequencer {
        final Map<String, List<byte[]>> ledgers = new ConcurrentHashMap<>();
        final Map<String, List<Running>> running = new ConcurrentHashMap<>();
        final Set<NodeId> cut = ConcurrentHashMap.newKeySet();
        final Set<String> stopped = ConcurrentHashMap.newKeySet();
        volatile int forgetEvery = Integer.MAX_VALUE;
        volatile int doubleEvery = Integer.MAX_VALUE;
        /** Crash-tolerant instances order nothing. */
        volatile boolean blocked;
        /** As with Raft: only the first member applies what was ordered last; the others hear of it with what comes next, or when it is spread. */
        volatile boolean lazy;
        final Map<String, Integer> spread = new ConcurrentHashMap<>();
        private int proposals;

        synchronized boolean order(Running by, byte[] entry) {
            var all = running.getOrDefault(by.key(), List.of());
            long connected = all.stream().filter(r -> !cut.contains(r.node())).map(Running::node).distinct().count();
            if (blocked && by.tolerance == Tolerance.CRASH || cut.contains(by.node()) || connected < by.tolerance.quorum(by.spec.members().size())) {
                return false;
            }
            ledgers.computeIfAbsent(by.key(), key -> new ArrayList<>()).add(entry);
            if (++proposals % doubleEvery == 0) {
                ledgers.get(by.key()).add(entry);
            }
            all.forEach(Running::pump);
            return true;
        }

        synchronized boolean forgets() {
            return proposals % forgetEvery == 0;
        }

        synchronized List<byte[]> from(Running by, int index) {
            var ledger = ledgers.getOrDefault(by.key(), List.of());
            int end = lazy && !by.leads() ? Math.max(ledger.size() - 1, spread.getOrDefault(by.key(), 0)) : ledger.size();
            return index >= end ? List.of() : List.copyOf(ledger.subList(index, end));
        }

        synchronized void spread(String key) {
            spread.put(key, ledgers.getOrDefault(key, List.of()).size());
            running.get(key).forEach(Running::pump);
        }
    }

    private final Sequencer sequencer;
    private final Tolerance tolerance;
    private final Set<Running> open = new HashSet<>();

    SequencedConsensus(Sequencer sequencer, Tolerance tolerance) {
        this.sequencer = sequencer;
        this.tolerance = tolerance;
    }

    @Override
    public Tolerance tolerance() {
        return tolerance;
    }

    @Override
    public synchronized Replica open(ReplicaSpec spec, EntryMachine machine) {
        if (spec.members().size() < tolerance.membersMin()) {
            throw new ConsensusException(Reason.TOO_FEW_MEMBERS, spec.members().size() + " members");
        }
        var replica = new Running(sequencer, tolerance, spec, machine);
        open.add(replica);
        return replica;
    }

    @Override
    public Replica join(ReplicaSpec spec, EntryMachine machine) {
        return open(spec, machine);
    }

    static final class Running implements Replica {
        final Sequencer sequencer;
        final Tolerance tolerance;
        final ReplicaSpec spec;
        final EntryMachine machine;
        final ExecutorService thread = Executors.newSingleThreadExecutor();
        final Map<Integer, CompletableFuture<byte[]>> waiting = new ConcurrentHashMap<>();
        volatile int applied;
        volatile boolean closed;
        volatile List<Member> members;

        Running(Sequencer sequencer, Tolerance tolerance, ReplicaSpec spec, EntryMachine machine) {
            this.sequencer = sequencer;
            this.tolerance = tolerance;
            this.spec = spec;
            this.machine = machine;
            members = spec.members();
            machine.install(0, spec.initial());
            synchronized (sequencer) {
                sequencer.running.computeIfAbsent(key(), key -> new java.util.concurrent.CopyOnWriteArrayList<>()).add(this);
            }
            pump();
        }

        String key() {
            return spec.group() + spec.genesis().hex();
        }

        boolean leads() {
            return node().equals(members.getFirst().node());
        }

        @Override
        public void spread() {
            if (leads()) {
                sequencer.spread(key());
            }
        }

        NodeId node() {
            return spec.keys().self().node();
        }

        void pump() {
            execute(thread, () -> {
                if (closed || sequencer.cut.contains(node())) {
                    return;
                }
                for (byte[] entry : sequencer.from(this, applied)) {
                    byte[] answer = entry.length == 0 ? change() : machine.apply(applied + 1, entry);
                    applied++;
                    sequencer.running.get(key()).forEach(r -> Optional.ofNullable(r.waiting.remove(System.identityHashCode(entry))).ifPresent(f -> f.complete(answer)));
                }
            });
        }

        private byte[] change() {
            machine.membersChanged(applied + 1, members);
            return new byte[0];
        }

        private static void execute(Executor executor, Runnable task) {
            try {
                executor.execute(task);
            } catch (java.util.concurrent.RejectedExecutionException e) {
                // closed meanwhile
            }
        }

        @Override
        public CompletionStage<byte[]> propose(byte[] entry) {
            if (closed) {
                return CompletableFuture.failedFuture(new ConsensusException(Reason.CLOSED, "closed"));
            }
            var answer = new CompletableFuture<byte[]>();
            waiting.put(System.identityHashCode(entry), answer);
            if (!sequencer.order(this, entry)) {
                waiting.remove(System.identityHashCode(entry));
                return CompletableFuture.failedFuture(new ConsensusException(Reason.NO_QUORUM, "too few"));
            }
            if (sequencer.forgets()) {
                return CompletableFuture.failedFuture(new ConsensusException(Reason.TIMEOUT, "the answer got lost"));
            }
            return answer;
        }

        @Override
        public CompletionStage<byte[]> readLinearizable(byte[] query) {
            var answer = new CompletableFuture<byte[]>();
            if (closed || sequencer.cut.contains(node())) {
                return CompletableFuture.failedFuture(new ConsensusException(Reason.NO_QUORUM, "cut off"));
            }
            pump();
            execute(thread, () -> answer.complete(machine.query(query)));
            return answer;
        }

        @Override
        public CompletionStage<byte[]> readStale(byte[] query) {
            return CompletableFuture.supplyAsync(() -> machine.query(query), thread);
        }

        @Override
        public CompletionStage<List<Member>> changeMembers(List<Member> wanted) {
            synchronized (sequencer) {
                sequencer.running.get(key()).forEach(r -> r.members = wanted);
            }
            return sequencer.order(this, new byte[0]) ? CompletableFuture.completedFuture(wanted)
                    : CompletableFuture.failedFuture(new ConsensusException(Reason.NO_QUORUM, "too few"));
        }

        @Override
        public CompletionStage<NodeId> transferLeader(NodeId target) {
            return CompletableFuture.completedFuture(target);
        }

        @Override
        public CompletionStage<Long> compact() {
            return CompletableFuture.completedFuture((long) applied);
        }

        @Override
        public ReplicaStatus status() {
            return new ReplicaStatus(ReplicaStatus.Role.FOLLOWER, Optional.of(members.getFirst().node()), 1, applied, applied, 0,
                    !sequencer.cut.contains(node()), members, Map.of());
        }

        @Override
        public void close() {
            closed = true;
            synchronized (sequencer) {
                sequencer.running.get(key()).remove(this);
            }
            thread.shutdown();
            waiting.values().forEach(f -> f.completeExceptionally(new ConsensusException(Reason.CLOSED, "closed")));
        }
    }
}
