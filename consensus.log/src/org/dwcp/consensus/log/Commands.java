// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException;
import org.dwcp.api.consensus.Command;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.node.NodeClock;

/** What the clients of this node ask of a group: sessions, commands and reads on their way to the replica of the epoch. Thread-safe. */
final class Commands {
    private record Read(byte[] query, long deadlineNs, CompletableFuture<byte[]> answer) {
    }

    private final String name;
    private final GroupSettings settings;
    private final NodeClock clock;
    private final Proposals proposals;
    private final Consumer<Runnable> actor;
    private final Supplier<Optional<EpochMachine>> machine;
    private final Supplier<Optional<Replica>> replica;
    private final BooleanSupplier closed;
    private final AtomicInteger admitted = new AtomicInteger();
    private final List<Read> reads = new ArrayList<>();

    /** @param actor runs tasks on the group's thread, to which {@code proposals} belongs */
    Commands(String name, GroupSettings settings, NodeClock clock, Proposals proposals, Consumer<Runnable> actor, Supplier<Optional<EpochMachine>> machine,
            Supplier<Optional<Replica>> replica, BooleanSupplier closed) {
        this.name = name;
        this.settings = settings;
        this.clock = clock;
        this.proposals = proposals;
        this.actor = actor;
        this.machine = machine;
        this.replica = replica;
        this.closed = closed;
    }

    void openSession(String client, Runnable opened, Consumer<ConsensusException> failed) {
        actor.accept(() -> {
            long base = machine.get().map(EpochMachine::position).orElse(0L);
            var pending = new Proposals.Pending[1];
            pending[0] = new Proposals.Pending(new Batch.Open(client, base).bytes(), deadlineNs(), answer -> {
                if (answer.code() == Answer.Code.DONE) {
                    opened.run();
                } else if (answer.code() == Answer.Code.AGAIN) {
                    pending[0].item = new Batch.Open(client, java.nio.ByteBuffer.wrap(answer.body()).getLong()).bytes();
                    proposals.add(pending[0]);
                } else {
                    failed.accept(answer.failure(name, "session " + client));
                }
            }, failed);
            proposals.add(pending[0]);
        });
    }

    private long deadlineNs() {
        return clock.nanoTime() + settings.commandTimeout().toNanos();
    }

    CompletionStage<byte[]> submit(Command command) {
        var answer = new CompletableFuture<byte[]>();
        submit(command, answer, failed -> answer.completeExceptionally(failed.failure(name, what(command))));
        return answer;
    }

    /** For numbers of the caller's own: the first command of a session opens it. */
    CompletionStage<byte[]> submitOpening(Command command) {
        var answer = new CompletableFuture<byte[]>();
        submit(command, answer, refused -> {
            if (refused.code() == Answer.Code.EXPIRED && command.sequence() == 1) {
                openSession(command.client(), () -> submit(command, answer, again -> answer.completeExceptionally(again.failure(name, what(command)))),
                        answer::completeExceptionally);
            } else {
                answer.completeExceptionally(refused.failure(name, what(command)));
            }
        });
        return answer;
    }

    private static String what(Command command) {
        return "command " + command.client() + "#" + command.sequence();
    }

    private void submit(Command command, CompletableFuture<byte[]> answer, Consumer<Answer> refused) {
        if (closed.getAsBoolean()) {
            answer.completeExceptionally(closedNow());
            return;
        }
        if (admitted.incrementAndGet() > settings.waitingMax()) {
            admitted.decrementAndGet();
            answer.completeExceptionally(new ConsensusException(Reason.BUSY, settings.waitingMax() + " commands wait in group " + name
                    + "; try again or raise commands.waiting.max"));
            return;
        }
        answer.whenComplete((bytes, failure) -> admitted.decrementAndGet());
        byte[] item = new Batch.Order(command.client(), command.sequence(), command.done(), command.body()).bytes();
        var pending = new Proposals.Pending(item, deadlineNs(), done -> {
            if (done.code() == Answer.Code.DONE) {
                answer.complete(done.body());
            } else {
                refused.accept(done);
            }
        }, answer::completeExceptionally);
        actor.accept(() -> proposals.add(pending));
        if (closed.getAsBoolean()) {
            answer.completeExceptionally(closedNow());
        }
    }

    CompletionStage<byte[]> read(byte[] query) {
        if (query.length > Command.BODY_BYTES_MAX) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.TOO_LARGE, "query of " + query.length + " bytes exceeds " + Command.BODY_BYTES_MAX));
        }
        var read = new Read(query.clone(), deadlineNs(), new CompletableFuture<>());
        actor.accept(() -> startRead(read));
        if (closed.getAsBoolean()) {
            read.answer.completeExceptionally(closedNow());
        }
        return read.answer;
    }

    private void startRead(Read read) {
        var current = replica.get();
        if (current.isEmpty()) {
            reads.add(read);
            return;
        }
        current.get().readLinearizable(read.query).whenComplete((bytes, failure) -> actor.accept(() -> {
            try {
                var answer = failure == null ? Answer.unpack(bytes).getFirst() : null;
                if (answer != null && answer.code() == Answer.Code.DONE) {
                    read.answer.complete(answer.body());
                } else if (answer != null && answer.code() != Answer.Code.SEALED) {
                    read.answer.completeExceptionally(answer.failure(name, "query"));
                } else {
                    reads.add(read); // tried again with the next beat
                }
            } catch (DwcpException e) {
                read.answer.completeExceptionally(e);
            }
        }));
    }

    /** Tries again what found no replica. */
    void retryReads(long now) {
        if (reads.isEmpty()) {
            return;
        }
        var waiting = List.copyOf(reads);
        reads.clear();
        for (Read read : waiting) {
            if (now - read.deadlineNs > 0) {
                read.answer.completeExceptionally(new ConsensusException(Reason.TIMEOUT, "group " + name + " answered no linearizable read in "
                        + settings.commandTimeout()));
            } else {
                startRead(read);
            }
        }
    }

    CompletionStage<byte[]> readStale(byte[] query) {
        var asked = machine.get();
        if (asked.isEmpty()) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.BUSY, "group " + name + " has no state on this node yet"));
        }
        var answer = asked.get().queried(query);
        return answer.code() == Answer.Code.DONE ? CompletableFuture.completedFuture(answer.body())
                : CompletableFuture.failedFuture(answer.code() == Answer.Code.SEALED
                ? new ConsensusException(Reason.BUSY, "group " + name + " changes epochs; try again") : answer.failure(name, "query"));
    }

    ConsensusException closedNow() {
        return new ConsensusException(Reason.CLOSED, "group " + name + " is closed");
    }

    /** Fails what waits; the group's thread has ended. */
    void failAll() {
        proposals.failAll(closedNow());
        reads.forEach(read -> read.answer.completeExceptionally(closedNow()));
    }
}
