// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.MemberKeys;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.node.NodeClock;

/**
 * Items on their way into the log: what waits while entries are in flight goes into the next entry together. An item is repeated until it has an answer that is one;
 * the replicated sessions make that harmless. Confined to the group's actor.
 */
final class Proposals {
    /** What waits for an answer. */
    static final class Pending {
        final long deadlineNs;
        final Consumer<Answer> onAnswer;
        final Consumer<ConsensusException> onFailure;
        byte[] item;

        /** An item with no deadline has {@code Long.MAX_VALUE}. */
        Pending(byte[] item, long deadlineNs, Consumer<Answer> onAnswer, Consumer<ConsensusException> onFailure) {
            this.item = item;
            this.deadlineNs = deadlineNs;
            this.onAnswer = onAnswer;
            this.onFailure = onFailure;
        }
    }

    private static final class Flight {
        final List<Pending> items;
        final long epoch;
        final long sinceNs;

        Flight(List<Pending> items, long epoch, long sinceNs) {
            this.items = items;
            this.epoch = epoch;
            this.sinceNs = sinceNs;
        }
    }

    private final String group;
    private final MemberKeys keys;
    private final NodeClock clock;
    private final GroupSettings settings;
    private final Consumer<Runnable> actor;
    private final SwitchTimes times;
    private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
    private final Set<Flight> flights = new HashSet<>();
    private final Latencies latencies = new Latencies();
    private long notBeforeNs;
    private long entries;
    private long items;
    private long repeated;
    private ConsensusException lastFailure;

    Proposals(String group, MemberKeys keys, NodeClock clock, GroupSettings settings, Consumer<Runnable> actor, SwitchTimes times) {
        this.group = group;
        this.keys = keys;
        this.clock = clock;
        this.settings = settings;
        this.actor = actor;
        this.times = times;
        notBeforeNs = clock.nanoTime();
    }

    void add(Pending pending) {
        waiting.add(pending);
    }

    /** Proposes what can be proposed. */
    void flush(Replica replica, EpochHead head) {
        if (clock.nanoTime() - notBeforeNs < 0) {
            return;
        }
        while (!waiting.isEmpty() && flights.size() < settings.entriesInFlight()) {
            var batch = new ArrayList<Pending>();
            int bytes = Batch.HEADER_BYTES;
            while (!waiting.isEmpty() && batch.size() < Batch.ITEMS_MAX && bytes + waiting.peek().item.length <= Consensus.ENTRY_BYTES_MAX) {
                bytes += waiting.peek().item.length;
                batch.add(waiting.remove());
            }
            propose(replica, head, batch);
        }
    }

    private void propose(Replica replica, EpochHead head, List<Pending> batch) {
        boolean signed = head.tolerance() == org.dwcp.api.consensus.Tolerance.BYZANTINE;
        byte[] entry = Batch.make(head.epoch(), keys, signed, batch.stream().map(pending -> pending.item).toList());
        var flight = new Flight(batch, head.epoch(), clock.nanoTime());
        flights.add(flight);
        entries++;
        items += batch.size();
        java.util.concurrent.CompletionStage<byte[]> answer;
        try {
            answer = replica.propose(entry);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete((bytes, failure) -> actor.accept(() -> landed(flight, bytes, failure)));
    }

    private void landed(Flight flight, byte[] bytes, Throwable failure) {
        if (!flights.remove(flight)) {
            return; // given up and proposed again meanwhile
        }
        if (failure == null) {
            try {
                var answers = Answer.unpack(bytes);
                if (answers.size() == flight.items.size()) {
                    latencies.add(clock.nanoTime() - flight.sinceNs);
                    lastFailure = null;
                    for (int i = 0; i < answers.size(); i++) {
                        answered(flight, flight.items.get(i), answers.get(i));
                    }
                    return;
                }
                // A replica that is being closed answers a whole entry so: others may have applied it, and what was in it is repeated.
                boolean closing = answers.size() == 1 && answers.getFirst().code() == Answer.Code.SEALED;
                failure = new ConsensusException(closing ? Reason.NO_QUORUM : Reason.STATE_MACHINE, answers.size() + " answers to " + flight.items.size() + " items: "
                        + answers.getFirst().text());
            } catch (DwcpException e) {
                failure = e;
            }
        }
        failed(flight, failure);
    }

    private void answered(Flight flight, Pending pending, Answer answer) {
        switch (answer.code()) {
            case SEALED, LATER -> again(pending);
            default -> {
                times.answered(clock.nanoTime());
                pending.onAnswer.accept(answer);
            }
        }
    }

    private void failed(Flight flight, Throwable failure) {
        var cause = failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        // A copy: the stack of the provider's exception would hold the provider's classes.
        lastFailure = cause instanceof ConsensusException known ? new ConsensusException(known.reason(), String.valueOf(known.getMessage()))
                : new ConsensusException(Reason.NO_QUORUM, String.valueOf(cause));
        boolean never = lastFailure.reason() == Reason.TOO_LARGE || lastFailure.reason() == Reason.DIVERGED || lastFailure.reason() == Reason.STATE_MACHINE;
        for (Pending pending : flight.items) {
            if (never) {
                pending.onFailure.accept(lastFailure);
            } else {
                again(pending);
            }
        }
        notBeforeNs = clock.nanoTime() + settings.retryDelay().toNanos();
    }

    private void again(Pending pending) {
        repeated++;
        waiting.add(pending);
    }

    /** Gives up what is too old, and proposes again what has no answer. */
    void beat() {
        long now = clock.nanoTime();
        for (Flight flight : List.copyOf(flights)) {
            if (now - flight.sinceNs > settings.proposalTimeout().toNanos()) {
                flights.remove(flight);
                lastFailure = new ConsensusException(Reason.TIMEOUT, "no answer to an entry in epoch " + flight.epoch + " for " + settings.proposalTimeout());
                flight.items.forEach(this::again);
            }
        }
        var late = waiting.stream().filter(pending -> pending.deadlineNs != Long.MAX_VALUE && now - pending.deadlineNs > 0).toList();
        if (!late.isEmpty()) {
            waiting.removeAll(new HashSet<>(late));
            late.forEach(pending -> pending.onFailure.accept(new ConsensusException(Reason.TIMEOUT, "group " + group + " gave no answer in "
                    + settings.commandTimeout() + "; it may still take effect" + (lastFailure == null ? "" : " (" + lastFailure.getMessage() + ")"))));
        }
    }

    /** What was proposed in an epoch that is over goes into the next one; what took effect at or before the seal is answered from the sessions. */
    void epochEnded(long ended) {
        for (Flight flight : List.copyOf(flights)) {
            if (flight.epoch <= ended) {
                flights.remove(flight);
                flight.items.forEach(this::again);
            }
        }
        notBeforeNs = clock.nanoTime();
    }

    void failAll(ConsensusException why) {
        var all = new ArrayList<>(waiting);
        flights.forEach(flight -> all.addAll(flight.items));
        waiting.clear();
        flights.clear();
        all.forEach(pending -> pending.onFailure.accept(why));
    }

    /** How long the oldest command has waited for its answer; 0 when none waits. */
    long longestWaitNs() {
        long now = clock.nanoTime();
        return java.util.stream.Stream.concat(waiting.stream(), flights.stream().flatMap(flight -> flight.items.stream()))
                .filter(pending -> pending.deadlineNs != Long.MAX_VALUE).mapToLong(pending -> now - (pending.deadlineNs - settings.commandTimeout().toNanos())).max().orElse(0);
    }

    int size() {
        return waiting.size() + flights.stream().mapToInt(flight -> flight.items.size()).sum();
    }

    java.util.Optional<ConsensusException> lastFailure() {
        return java.util.Optional.ofNullable(lastFailure);
    }

    java.util.Map<String, Long> figures() {
        return java.util.Map.of("entries.count", entries, "items.count", items, "repeats.count", repeated, "waiting.commands", (long) waiting.size(),
                "entries.inflight", (long) flights.size(), "commit.p50.us", latencies.quantileUs(0.5), "commit.p99.us", latencies.quantileUs(0.99));
    }
}
