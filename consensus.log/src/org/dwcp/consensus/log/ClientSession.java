// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.ArrayDeque;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.dwcp.api.consensus.Command;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.GroupClient;

/**
 * A client of this node: opens its session with the first command, numbers commands, and says with each which answers it has. Thread-safe; its order is that of the
 * group's actor.
 */
final class ClientSession implements GroupClient {
    private final String name;
    private final Commands group;
    private final Object lock = new Object();
    private final TreeMap<Long, CompletableFuture<byte[]>> outstanding = new TreeMap<>();
    private final ArrayDeque<Runnable> beforeOpen = new ArrayDeque<>();
    private long next = 1;
    private boolean opening;
    private boolean opened;
    private boolean closed;

    ClientSession(String name, Commands group) {
        this.name = name;
        this.group = group;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CompletionStage<byte[]> submit(byte[] body) {
        var answer = new CompletableFuture<byte[]>();
        Command command;
        boolean mustOpen;
        boolean isOpen;
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.failedFuture(closed());
            }
            long oldest = outstanding.isEmpty() ? next : outstanding.firstKey();
            if (next - oldest >= Command.WINDOW) {
                return CompletableFuture.failedFuture(new ConsensusException(Reason.BUSY, "client " + name + " has " + outstanding.size()
                        + " commands without an answer, the oldest " + (next - oldest) + " back; wait for it"));
            }
            try {
                command = new Command(name, next, oldest - 1, body);
            } catch (ConsensusException e) {
                return CompletableFuture.failedFuture(e);
            }
            next++;
            outstanding.put(command.sequence(), answer);
            isOpen = opened;
            mustOpen = !opened && !opening;
            opening |= mustOpen;
            if (!isOpen) {
                beforeOpen.add(() -> send(command, answer));
            }
        }
        if (mustOpen) {
            group.openSession(name, this::sessionOpened, this::openFailed);
        }
        if (isOpen) {
            send(command, answer);
        }
        return answer;
    }

    private void sessionOpened() {
        ArrayDeque<Runnable> ready;
        synchronized (lock) {
            opened = true;
            opening = false;
            ready = new ArrayDeque<>(beforeOpen);
            beforeOpen.clear();
        }
        ready.forEach(Runnable::run);
    }

    /** Nothing but the session was asked for: none of the commands that waited has taken effect. */
    private void openFailed(ConsensusException why) {
        var failed = new java.util.ArrayList<CompletableFuture<byte[]>>();
        synchronized (lock) {
            opening = false;
            beforeOpen.clear();
            failed.addAll(outstanding.values());
            outstanding.clear();
        }
        failed.forEach(answer -> answer.completeExceptionally(why));
    }

    private void send(Command command, CompletableFuture<byte[]> answer) {
        group.submit(command).whenComplete((bytes, failure) -> {
            synchronized (lock) {
                // Also when its fate is unknown: nobody repeats it any more, and what is said to be done with cannot take effect later.
                outstanding.remove(command.sequence());
            }
            if (failure == null) {
                answer.complete(bytes);
            } else {
                answer.completeExceptionally(failure);
            }
        });
    }

    @Override
    public CompletionStage<byte[]> submit(Command command) {
        return group.submitOpening(command);
    }

    @Override
    public CompletionStage<byte[]> readLinearizable(byte[] query) {
        return group.read(query);
    }

    @Override
    public CompletionStage<byte[]> readStale(byte[] query) {
        return group.readStale(query);
    }

    private ConsensusException closed() {
        return new ConsensusException(Reason.CLOSED, "client " + name + " is closed");
    }

    @Override
    public void close() {
        var left = new java.util.ArrayList<CompletableFuture<byte[]>>();
        synchronized (lock) {
            closed = true;
            beforeOpen.clear();
            left.addAll(outstanding.values());
            outstanding.clear();
        }
        left.forEach(answer -> answer.completeExceptionally(closed()));
    }
}
