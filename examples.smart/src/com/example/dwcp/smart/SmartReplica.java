// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.smart;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;

/**
 * The node's side of a replica process: its machine, and what waits for an answer. Commands are one byte, what they are, and then the entry or query: reads are ordered too. One thread
 * reads the pipe and calls the machine. Thread-safe.
 */
final class SmartReplica implements Replica {
    private static final byte ENTRY = 0;
    private static final byte QUERY = 1;
    /** Before each answer, so that an empty one is an answer. */
    private static final byte ANSWERED = 1;
    private static final System.Logger LOG = System.getLogger(SmartReplica.class.getName());

    private final ReplicaSpec spec;
    private final EntryMachine machine;
    private final Runnable onClose;
    private final Process process;
    private final Pipe pipe;
    private final Thread reader;
    private final Map<Long, CompletableFuture<byte[]>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong number = new AtomicLong();
    private final Object applying = new Object();
    private long index;
    private volatile int leader = -1;
    private volatile int regency;
    private volatile boolean closed;

    SmartReplica(ReplicaSpec spec, EntryMachine machine, List<InetSocketAddress> addresses, String classPath, Runnable onClose) {
        this.spec = spec;
        this.machine = machine;
        this.onClose = onClose;
        machine.install(0, spec.initial());
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classPath,
                SmartProcess.class.getName(), String.valueOf(place())));
        addresses.forEach(address -> command.addAll(List.of(address.getHostString(), String.valueOf(address.getPort()))));
        try {
            Files.createDirectories(spec.folder().resolve("files")); // where it logs, and it does not make it
            process = new ProcessBuilder(command).directory(spec.folder().toFile())
                    .redirectError(ProcessBuilder.Redirect.appendTo(spec.folder().resolve("process.log").toFile())).start();
        } catch (IOException e) {
            throw new ConsensusException(Reason.STORAGE, "the replica's process cannot be started in " + spec.folder() + ": " + e.getMessage());
        }
        pipe = new Pipe(process.getInputStream(), process.getOutputStream());
        reader = Thread.ofPlatform().name("consensus.smart.read-" + spec.group()).daemon().start(this::read);
    }

    private int place() {
        return spec.members().indexOf(spec.keys().self());
    }

    private void read() {
        try {
            while (true) {
                var frame = pipe.read();
                switch (frame.kind()) {
                    case Pipe.DONE -> done(frame);
                    case Pipe.STATUS -> {
                        var status = ByteBuffer.wrap(frame.bytes());
                        leader = status.getInt();
                        regency = status.getInt();
                    }
                    default -> pipe.write(Pipe.ANSWER, frame.number(), ask(frame));
                }
            }
        } catch (IOException | RuntimeException e) {
            if (!closed) {
                LOG.log(System.Logger.Level.ERROR, "consensus.smart group=" + spec.group() + " replica has ended: " + e);
            }
            failAll();
        }
    }

    private byte[] ask(Pipe.Frame frame) {
        synchronized (applying) {
            return switch (frame.kind()) {
                case Pipe.EXECUTE -> {
                    var content = Arrays.copyOfRange(frame.bytes(), 1, frame.bytes().length);
                    var answer = frame.bytes()[0] == ENTRY ? machine.apply(++index, content) : machine.query(content);
                    yield ByteBuffer.allocate(1 + answer.length).put(ANSWERED).put(answer).array();
                }
                case Pipe.SNAPSHOT -> {
                    var state = machine.snapshot();
                    yield ByteBuffer.allocate(8 + state.length).putLong(index).put(state).array();
                }
                case Pipe.INSTALL -> {
                    var snapshot = ByteBuffer.wrap(frame.bytes());
                    index = snapshot.getLong();
                    var state = new byte[snapshot.remaining()];
                    snapshot.get(state);
                    machine.install(index, state);
                    yield new byte[0];
                }
                default -> throw new IllegalStateException("frame of kind " + frame.kind());
            };
        }
    }

    private void done(Pipe.Frame frame) {
        var stage = waiting.remove(frame.number());
        if (stage != null && frame.bytes().length > 0) {
            stage.complete(Arrays.copyOfRange(frame.bytes(), 1, frame.bytes().length));
        } else if (stage != null) {
            stage.completeExceptionally(new ConsensusException(Reason.TIMEOUT, "no answer of enough members; it may have been ordered"));
        }
    }

    private void failAll() {
        closed = true;
        waiting.forEach((id, stage) -> stage.completeExceptionally(new ConsensusException(Reason.CLOSED, "the replica of " + spec.group() + " is closed")));
        waiting.clear();
    }

    private CompletionStage<byte[]> order(byte kind, byte[] content) {
        if (content.length > Consensus.ENTRY_BYTES_MAX) {
            return CompletableFuture.failedStage(new ConsensusException(Reason.TOO_LARGE, "entry of " + content.length + " bytes exceeds " + Consensus.ENTRY_BYTES_MAX));
        }
        var stage = new CompletableFuture<byte[]>();
        long id = number.incrementAndGet();
        waiting.put(id, stage);
        try {
            if (closed) {
                throw new IOException("closed");
            }
            pipe.write(Pipe.ORDER, id, ByteBuffer.allocate(1 + content.length).put(kind).put(content).array());
        } catch (IOException e) {
            waiting.remove(id);
            stage.completeExceptionally(new ConsensusException(Reason.CLOSED, "the replica of " + spec.group() + " is closed"));
        }
        return stage;
    }

    @Override
    public CompletionStage<byte[]> propose(byte[] entry) {
        return entry.length == 0 ? CompletableFuture.failedStage(new ConsensusException(Reason.TOO_LARGE, "an entry has at least 1 byte")) : order(ENTRY, entry);
    }

    @Override
    public CompletionStage<byte[]> readLinearizable(byte[] query) {
        return order(QUERY, query);
    }

    @Override
    public CompletionStage<byte[]> readStale(byte[] query) {
        synchronized (applying) {
            return CompletableFuture.completedStage(machine.query(query));
        }
    }

    @Override
    public CompletionStage<List<Member>> changeMembers(List<Member> members) {
        return unsupported("members are changed by the library's own administrator's client; switch epochs instead");
    }

    @Override
    public CompletionStage<NodeId> transferLeader(NodeId target) {
        return unsupported("the library chooses its leader by itself");
    }

    @Override
    public CompletionStage<Long> compact() {
        return unsupported("the library takes a checkpoint every 1000 decisions and not when it is asked");
    }

    private static <T> CompletionStage<T> unsupported(String why) {
        return CompletableFuture.failedStage(new ConsensusException(Reason.UNSUPPORTED, why));
    }

    @Override
    public ReplicaStatus status() {
        long applied;
        synchronized (applying) {
            applied = index;
        }
        int now = leader;
        var who = now < 0 || now >= spec.members().size() ? Optional.<NodeId>empty() : Optional.of(spec.members().get(now).node());
        var role = closed ? ReplicaStatus.Role.STOPPED : who.isEmpty() ? ReplicaStatus.Role.STARTING : now == place() ? ReplicaStatus.Role.LEADER : ReplicaStatus.Role.FOLLOWER;
        return new ReplicaStatus(role, who, regency, applied, applied, 0, !closed && who.isPresent(), spec.members(), Map.of("orders.waiting.count", (long) waiting.size()));
    }

    @Override
    public void close() {
        failAll();
        process.destroyForcibly();
        try {
            process.waitFor(1, TimeUnit.SECONDS);
            reader.join(500);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        onClose.run();
    }
}
