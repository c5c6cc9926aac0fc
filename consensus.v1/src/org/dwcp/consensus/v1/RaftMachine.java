// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.ReplicaSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Between Ratis and our machine: entries and reads in order, members with their keys, snapshots. Ratis counts entries from 0, we from 1. Our machine is called by one thread
 * at a time.
 */
final class RaftMachine extends BaseStateMachine {
    /** First byte of what Ratis orders: an entry, a read, the keys of members to come, or nothing, which tells followers what was ordered before it. */
    static final byte ENTRY = 0;
    static final byte READ = 1;
    static final byte MEMBERS = 2;
    static final byte NOTHING = 3;
    private static final Logger LOG = LoggerFactory.getLogger(RaftMachine.class);

    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
    private final String group;
    private final TreeMap<NodeId, Member> known = new TreeMap<>();
    private final Object lock = new Object();
    /** Null until the epoch begins: leader and connections may be there before, entries are not applied. */
    private EntryMachine machine;
    private byte[] initial = {};
    private List<Member> members;
    private boolean found;
    private boolean gone;
    private volatile boolean failed;
    private volatile long entries;

    RaftMachine(ReplicaSpec spec) {
        group = spec.group();
        members = spec.members();
        members.forEach(member -> known.put(member.node(), member));
    }

    /** The epoch begins, with this state; entries that came before are applied now. */
    void begin(byte[] state, EntryMachine fed) throws IOException {
        synchronized (lock) {
            machine = fed;
            initial = state;
            if (found) {
                load();
            }
            lock.notifyAll();
        }
    }

    /** Who waits for the epoch to begin need not wait any more. */
    void end() {
        synchronized (lock) {
            gone = true;
            lock.notifyAll();
        }
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId id, RaftStorage raftStorage) throws IOException {
        getLifeCycle().startAndTransition(() -> {
            super.initialize(server, id, raftStorage);
            storage.init(raftStorage);
            load();
        }, IOException.class);
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        getLifeCycle().startAndTransition(this::load, IOException.class);
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return storage;
    }

    private void load() throws IOException {
        synchronized (lock) {
            found = true;
            var snapshot = storage.loadLatestSnapshot();
            if (snapshot == null) {
                if (machine != null) {
                    machine.install(0, initial);
                }
                return;
            }
            Path file = snapshot.getFile().getPath();
            MD5FileUtil.verifySavedMD5(file.toFile(), MD5FileUtil.computeMd5ForFile(file.toFile()));
            try (var in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
                readMembers(in).forEach(member -> known.put(member.node(), member));
                members = readMembers(in);
                if (machine != null) {
                    machine.install(snapshot.getIndex() + 1, in.readAllBytes());
                }
            }
            setLastAppliedTermIndex(snapshot.getTermIndex());
        }
    }

    @Override
    public long takeSnapshot() throws IOException {
        TermIndex last;
        byte[] state;
        synchronized (lock) {
            last = getLastAppliedTermIndex();
            if (machine == null || last == null || last.getIndex() < 0) {
                return -1;
            }
            var bytes = new ByteArrayOutputStream();
            var out = new DataOutputStream(bytes);
            writeMembers(out, List.copyOf(known.values()));
            writeMembers(out, members);
            out.write(machine.snapshot());
            state = bytes.toByteArray();
        }
        Path file = storage.getSnapshotFile(last.getTerm(), last.getIndex()).toPath();
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (var channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            var buffer = java.nio.ByteBuffer.wrap(state);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        var md5 = MD5FileUtil.computeAndSaveMd5ForFile(file.toFile());
        storage.updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(file, md5), last));
        return last.getIndex();
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        var entry = transaction.getLogEntry();
        byte[] data = entry.getStateMachineLogEntry().getLogData().toByteArray();
        byte[] body = java.util.Arrays.copyOfRange(data, Math.min(1, data.length), data.length);
        try {
            byte[] answer;
            synchronized (lock) {
                while (machine == null && !gone) {
                    lock.wait(); // a member that has the certificate already was faster
                }
                if (machine == null) {
                    return CompletableFuture.failedFuture(new IOException("the replica of group " + group + " is closed; its epoch has not begun here"));
                }
                answer = switch (data.length == 0 ? -1 : data[0]) {
                    case ENTRY -> {
                        entries++;
                        yield machine.apply(entry.getIndex() + 1, body);
                    }
                    case READ -> machine.query(body);
                    case MEMBERS -> learn(body);
                    default -> new byte[0];
                };
                updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
            }
            return CompletableFuture.completedFuture(Message.valueOf(ByteString.copyFrom(answer)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CompletableFuture.failedFuture(new IOException("the replica of group " + group + " is being closed"));
        } catch (IOException | RuntimeException e) {
            failed = true;
            LOG.error("consensus.v1 group={} index={} the state machine failed", group, entry.getIndex(), e);
            return CompletableFuture.failedFuture(new IOException("state machine of group " + group + " failed: " + e));
        }
    }

    private byte[] learn(byte[] body) throws IOException {
        readMembers(new DataInputStream(new ByteArrayInputStream(body))).forEach(member -> known.put(member.node(), member));
        return new byte[0];
    }

    @Override
    public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto configuration) {
        if (configuration.getOldPeersCount() > 0) {
            return; // joint: the change is not done yet
        }
        synchronized (lock) {
            var now = configuration.getPeersList().stream().map(peer -> known.get(NodeId.of(peer.getId().toStringUtf8())))
                    .filter(java.util.Objects::nonNull).sorted().toList();
            if (!now.equals(members) && now.size() == configuration.getPeersCount()) {
                members = now;
                if (machine != null) {
                    machine.membersChanged(index + 1, now);
                }
            }
        }
    }

    byte[] query(byte[] query) {
        synchronized (lock) {
            return java.util.Objects.requireNonNull(machine, "the epoch has not begun").query(query);
        }
    }

    List<Member> members() {
        synchronized (lock) {
            return members;
        }
    }

    boolean knows(NodeId node) {
        synchronized (lock) {
            return known.containsKey(node);
        }
    }

    boolean hasFailed() {
        return failed;
    }

    long entries() {
        return entries;
    }

    long snapshotIndex() {
        var latest = storage.getLatestSnapshot();
        return latest == null ? 0 : latest.getIndex() + 1;
    }

    static byte[] encodeMembers(List<Member> members) {
        var bytes = new ByteArrayOutputStream();
        try {
            writeMembers(new DataOutputStream(bytes), members);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    private static void writeMembers(DataOutputStream out, List<Member> members) throws IOException {
        out.writeInt(members.size());
        for (Member member : members) {
            out.writeUTF(member.node().value());
            out.writeUTF(member.signatureKey());
            out.writeUTF(member.agreementKey());
        }
    }

    private static List<Member> readMembers(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > 1_000) {
            throw new IOException("count of members " + count + " is not in 0..1000");
        }
        var members = new ArrayList<Member>();
        for (int i = 0; i < count; i++) {
            members.add(new Member(NodeId.of(in.readUTF()), in.readUTF(), in.readUTF()));
        }
        return members;
    }
}
