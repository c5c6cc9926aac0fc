// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v0;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only replica of its group. One thread takes what waits, writes it as one frame, applies it and answers; everything that touches log or machine is a task
 * of that thread. Thread-safe.
 */
final class SingleReplica implements Replica {
    private static final Logger LOG = LoggerFactory.getLogger(SingleReplica.class);
    private static final long JOIN_MS = 1_500;

    private final ReplicaSpec spec;
    private final EntryMachine machine;
    private final SingleSettings settings;
    private final Runnable onClose;
    private final Thread thread;
    private final Object lock = new Object();
    private final ArrayDeque<Task> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private ConsensusException ended;

    // Of the thread alone, read by others.
    private FrameLog log;
    private volatile long applied;
    private volatile long snapshot;
    private volatile long frames;
    private volatile long bytes;

    /** Work of the thread: an entry to order, or something else to do in turn. */
    private record Task(byte[] entry, Work work, CompletableFuture<Object> answer) {
    }

    private interface Work {
        Object run() throws IOException;
    }

    SingleReplica(ReplicaSpec spec, EntryMachine machine, SingleSettings settings, Runnable onClose) {
        this.spec = spec;
        this.machine = machine;
        this.settings = settings;
        this.onClose = onClose;
        try {
            recover();
        } catch (IOException e) {
            throw new ConsensusException(Reason.STORAGE, "cannot read the log of " + spec.group() + " in " + spec.folder() + ": " + e);
        }
        thread = Thread.ofPlatform().name("consensus.v0." + spec.group()).daemon().unstarted(this::run);
        thread.setContextClassLoader(null);
        thread.start();
    }

    private void recover() throws IOException {
        var marker = spec.folder().resolve("instance");
        var instance = spec.group() + " " + spec.epoch() + " " + spec.genesis().hex();
        if (Files.exists(marker) && !Files.readString(marker).equals(instance)) {
            throw new ConsensusException(Reason.STORAGE, "folder " + spec.folder() + " belongs to instance '" + Files.readString(marker) + "', not '" + instance + "'");
        }
        var state = SnapshotFile.read(spec.folder());
        if (!Files.exists(marker)) {
            var part = spec.folder().resolve("instance.part");
            Files.writeString(part, instance, StandardCharsets.UTF_8);
            try (var channel = java.nio.channels.FileChannel.open(part, java.nio.file.StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(part, marker, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        }
        snapshot = state == null ? 0 : state.index();
        applied = snapshot;
        machine.install(snapshot, state == null ? spec.initial() : state.state());
        openLog();
    }

    /** One file a snapshot; those before it are what a crash left between a new snapshot and the end of the old file. */
    private void openLog() throws IOException {
        log = FrameLog.open(file(snapshot), snapshot + 1, (index, entry) -> {
            machine.apply(index, entry);
            applied = index;
        });
        try (var files = Files.newDirectoryStream(spec.folder(), "log-*")) {
            for (Path file : files) {
                if (!file.equals(file(snapshot))) {
                    Files.delete(file);
                }
            }
        }
        SnapshotFile.syncFolder(spec.folder());
    }

    private Path file(long after) {
        return spec.folder().resolve(String.format("log-%020d", after));
    }

    private <T> CompletionStage<T> enqueue(byte[] entry, Work work) {
        var answer = new CompletableFuture<Object>();
        int size = entry == null ? 0 : entry.length;
        synchronized (lock) {
            if (ended != null) {
                answer.completeExceptionally(ended);
            } else if (waiting.size() >= settings.queueEntriesMax() || waitingBytes + size > settings.queueBytesMax()) {
                answer.completeExceptionally(new ConsensusException(Reason.BUSY, "queue of group " + spec.group() + " is full (" + waiting.size()
                        + " entries, " + waitingBytes + " bytes); try again or raise queue.entries.max"));
            } else {
                waiting.add(new Task(entry, work, answer));
                waitingBytes += size;
                lock.notifyAll();
            }
        }
        @SuppressWarnings("unchecked") // each task's work gives what its caller's stage is declared as
        var typed = (CompletionStage<T>) (CompletionStage<?>) answer;
        return typed;
    }

    @Override
    public CompletionStage<byte[]> propose(byte[] entry) {
        if (entry.length > Consensus.ENTRY_BYTES_MAX) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.TOO_LARGE, "entry of " + entry.length + " bytes exceeds " + Consensus.ENTRY_BYTES_MAX));
        }
        try {
            Check.argument(entry.length > 0, "an entry of 0 bytes; give at least one");
        } catch (org.dwcp.api.DwcpException e) {
            return CompletableFuture.failedFuture(e);
        }
        return enqueue(entry, null);
    }

    @Override
    public CompletionStage<byte[]> readLinearizable(byte[] query) {
        return enqueue(null, () -> machine.query(query));
    }

    @Override
    public CompletionStage<byte[]> readStale(byte[] query) {
        return enqueue(null, () -> machine.query(query));
    }

    @Override
    public CompletionStage<List<Member>> changeMembers(List<Member> members) {
        return members.equals(spec.members()) ? CompletableFuture.completedFuture(members) : CompletableFuture.failedFuture(
                new ConsensusException(Reason.UNSUPPORTED, "a single-node log keeps its one member; switch the group to another provider first"));
    }

    @Override
    public CompletionStage<NodeId> transferLeader(NodeId target) {
        return target.equals(spec.keys().self().node()) ? CompletableFuture.completedFuture(target) : CompletableFuture.failedFuture(
                new ConsensusException(Reason.UNSUPPORTED, "a single-node log has no other leader"));
    }

    @Override
    public CompletionStage<Long> compact() {
        return enqueue(null, this::writeSnapshot);
    }

    private Object writeSnapshot() throws IOException {
        if (applied > snapshot) {
            new SnapshotFile(applied, machine.snapshot()).write(spec.folder());
            log.close();
            snapshot = applied;
            openLog();
        }
        return snapshot;
    }

    private void run() {
        try {
            while (true) {
                var batch = next();
                if (batch.isEmpty()) {
                    return;
                }
                carryOut(batch);
                if (log.bytes() > settings.logBytesMax()) {
                    writeSnapshot();
                }
            }
        } catch (IOException e) {
            end(new ConsensusException(Reason.STORAGE, "log of group " + spec.group() + " cannot be written: " + e + "; free the disk and restart the node"));
            LOG.error("consensus.v0 group={} stopped=storage", spec.group(), e);
        } catch (ConsensusException e) {
            end(e);
            LOG.error("consensus.v0 group={} stopped={}", spec.group(), e.reason(), e);
        } catch (Throwable e) {
            end(new ConsensusException(Reason.STATE_MACHINE, "state machine of group " + spec.group() + " failed: " + e));
            LOG.error("consensus.v0 group={} stopped=state-machine", spec.group(), e);
        } finally {
            try {
                log.close();
            } catch (IOException e) {
                LOG.warn("consensus.v0 group={} closing failed", spec.group(), e);
            }
        }
    }

    /** Waits for work. Returns entries that fit one frame, or one other task, or nothing at the end. */
    private List<Task> next() {
        var batch = new ArrayList<Task>();
        synchronized (lock) {
            while (waiting.isEmpty() && ended == null) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return List.of();
                }
            }
            int size = 0;
            while (!waiting.isEmpty() && ended == null) {
                var task = waiting.peek();
                boolean other = task.entry == null;
                if (!batch.isEmpty() && (other || size + FrameLog.bytes(task.entry) > FrameLog.BODY_BYTES_MAX)) {
                    break;
                }
                batch.add(waiting.remove());
                if (other) {
                    break;
                }
                size += FrameLog.bytes(task.entry);
                waitingBytes -= task.entry.length;
            }
        }
        return batch;
    }

    private void carryOut(List<Task> batch) throws IOException {
        boolean done = false;
        try {
            if (batch.getFirst().entry == null) {
                var task = batch.getFirst();
                task.answer.complete(task.work.run());
            } else {
                log.append(applied + 1, batch.stream().map(Task::entry).toList());
                frames++;
                for (var task : batch) {
                    byte[] answer = machine.apply(applied + 1, task.entry);
                    applied++;
                    bytes += task.entry.length;
                    task.answer.complete(answer);
                }
            }
            done = true;
        } finally {
            if (!done) { // what became of these nobody knows; the cause is told by who stops the replica
                batch.forEach(task -> task.answer.completeExceptionally(new ConsensusException(Reason.CLOSED, "the log of " + spec.group() + " stopped meanwhile")));
            }
        }
    }

    private void end(ConsensusException why) {
        List<Task> left;
        synchronized (lock) {
            if (ended == null) {
                ended = why;
            }
            left = List.copyOf(waiting);
            waiting.clear();
            waitingBytes = 0;
            lock.notifyAll();
        }
        left.forEach(task -> task.answer.completeExceptionally(ended));
    }

    @Override
    public ReplicaStatus status() {
        boolean running;
        int queued;
        synchronized (lock) {
            running = ended == null;
            queued = waiting.size();
        }
        var self = spec.keys().self().node();
        return new ReplicaStatus(running ? ReplicaStatus.Role.LEADER : ReplicaStatus.Role.STOPPED, running ? Optional.of(self) : Optional.empty(), 1, applied,
                applied, snapshot, running, spec.members(),
                Map.of("entries.count", applied, "frames.count", frames, "entry.bytes", bytes, "queue.entries", (long) queued));
    }

    @Override
    public void close() {
        end(new ConsensusException(Reason.CLOSED, "the replica of group " + spec.group() + " is closed"));
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive() && Thread.currentThread() != thread) {
            LOG.warn("stop.survivors provider=consensus.v0 thread={}", thread.getName());
        }
        onClose.run();
    }
}
