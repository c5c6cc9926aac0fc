// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Preparation;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.Peers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's one Ratis server. It starts with the first group, or when one is being prepared; before that nothing is opened. It knows no group when it starts: each is added
 * when its replica is opened, with its files. Thread-safe.
 */
final class RaftNode implements AutoCloseable {
    static final String PROVIDER = "consensus.v1";
    private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);
    private static final long GROUP_TIMEOUT_MS = 20_000;
    private static final long STOP_MS = 1_500;
    static final long REQUEST_MS = 3_000;
    /** Source: chosen; short beside a synced write, and long beside what an appender does in between. */
    private static final long APPENDER_WAIT_US = 100;
    /** Source: chosen; wide enough that of three members two rarely ask in the same round trip. */
    private static final long FIRST_ELECTION_MIN_MS = 100;
    private static final long FIRST_ELECTION_MAX_MS = 600;

    private final RaftSettings settings;
    private final NodeIdentity identity;
    private final Peers peers;
    private final GroupFolders folders;
    private final Map<RaftGroupId, RaftReplica> replicas = new ConcurrentHashMap<>();
    private final Map<RaftGroupId, RaftMachine> machines = new ConcurrentHashMap<>();
    private final Map<RaftGroupId, RaftReplica> prepared = new ConcurrentHashMap<>();
    private volatile Optional<Running> running = Optional.empty();
    private boolean closed;

    private record Running(RaftServer server, RaftProperties properties, Parameters parameters, MemberNames names, RaftClientRpc lines) {
    }

    RaftNode(RaftSettings settings, NodeIdentity identity, Peers peers, Path folder) {
        this.settings = settings;
        this.identity = identity;
        this.peers = peers;
        folders = new GroupFolders(folder);
    }

    /** Starts the server unless it runs. */
    synchronized void start() {
        started();
    }

    private synchronized Running started() {
        if (closed) {
            throw new ConsensusException(Reason.CLOSED, PROVIDER + " is stopped");
        }
        if (running.isPresent()) {
            return running.get();
        }
        var names = new MemberNames(peers, settings.host());
        try {
            folders.park();
            var properties = properties();
            var parameters = new Parameters();
            // The JDK's TLS: the library's default is native code, which its bundle leaves out.
            GrpcConfigKeys.TLS.setConf(parameters, GrpcTlsConfig.newBuilder().setSslProvider(SslProvider.JDK).setProtocols("TLSv1.3").setMutualTls(true)
                    .setKeyManager(MemberTls.keys(identity)).setTrustManager(MemberTls.trust(identity, this::isMember)).build());
            var builder = underLibraryLoader(() -> RaftServer.newBuilder().setServerId(id()).setProperties(properties)
                    .setParameters(parameters).setStateMachineRegistry(id -> Optional.ofNullable((BaseStateMachine) machines.get(id)).orElseGet(BaseStateMachine::new))
                    .setOption(RaftStorage.StartupOption.RECOVER));
            var server = LibraryStatics.start(builder);
            var lines = underLibraryLoader(() -> new GrpcFactory(parameters).newRaftClientRpc(ClientId.randomId(), properties));
            running = Optional.of(new Running(server, properties, parameters, names, lines));
            LOG.info("consensus.v1 node={} accepts host={} port={}", identity.id(), settings.host(), port());
            return running.get();
        } catch (IOException | RuntimeException e) {
            names.close();
            throw new ConsensusException(Reason.BUSY, "the Raft server of " + identity.id() + " cannot start at " + settings.host() + ":" + settings.port() + " in "
                    + folders.inside().getParent() + ": " + e + "; it is tried again");
        }
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    /** The library finds its parts through this loader; everything that it starts inherits it, and it is never refreshed. */
    private static <T> T underLibraryLoader(Work<T> work) throws IOException {
        var before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(RaftServer.class.getClassLoader());
        try {
            return work.run();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private RaftProperties properties() {
        var p = new RaftProperties();
        GrpcConfigKeys.Server.setHost(p, settings.host());
        GrpcConfigKeys.Server.setPort(p, settings.port());
        RaftServerConfigKeys.setStorageDir(p, List.of(folders.inside().toFile()));
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, ms(settings.electionMinMs()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, ms(settings.electionMaxMs()));
        // A fresh epoch has no leader to wait for, and who wakes up beside one asks first (pre-vote, Ongaro's thesis 9.6), which disturbs nobody.
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, ms(FIRST_ELECTION_MIN_MS));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, ms(FIRST_ELECTION_MAX_MS));
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false); // measured: 3 times the commits of one client
        // A follower appends on the thread that an entry comes on; by default it goes over two more, and waits until the one before is synced.
        RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(p, false);
        // The library's default of 1 ms makes an appender sleep between two messages to a follower. Not 0: then nothing but its own bookkeeping holds an appender back.
        RaftServerConfigKeys.Log.Appender.setWaitTimeMin(p, TimeDuration.valueOf(APPENDER_WAIT_US, TimeUnit.MICROSECONDS));
        // To a follower that has been silent for so long (default: 60 s) an appender sends with the heartbeats only, and does not go round in between.
        RaftServerConfigKeys.Rpc.setSlownessTimeout(p, ms(settings.electionMaxMs()));
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        RaftServerConfigKeys.Log.setPurgeGap(p, 1);
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf("8MB"));
        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, settings.snapshotEntries());
        RaftServerConfigKeys.Snapshot.setCreationGap(p, 1);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, 2);
        RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(p, true);
        RaftClientConfigKeys.Rpc.setRequestTimeout(p, ms(REQUEST_MS));
        return p;
    }

    private static TimeDuration ms(long ms) {
        return TimeDuration.valueOf(ms, TimeUnit.MILLISECONDS);
    }

    /** 0 while the server does not run. */
    int port() {
        return running.map(now -> now.server().getServerRpc().getInetSocketAddress().getPort()).orElse(0);
    }

    RaftPeerId id() {
        return RaftPeerId.valueOf(identity.id().value());
    }

    private boolean isMember(NodeId node) {
        return node.equals(identity.id()) || machines.values().stream().anyMatch(machine -> machine.knows(node));
    }

    static RaftGroupId idOf(ReplicaSpec spec) {
        var bytes = ByteBuffer.wrap(Digest.of((spec.group() + "\n" + spec.epoch() + "\n" + spec.instance().hex()).getBytes(StandardCharsets.UTF_8)).bytes());
        return RaftGroupId.valueOf(new UUID(bytes.getLong(), bytes.getLong()));
    }

    private static RaftPeer peer(NodeId node) {
        return RaftPeer.newBuilder().setId(node.value()).setAddress(MemberNames.address(node)).build();
    }

    List<RaftPeer> peers(List<Member> members) {
        return members.stream().map(member -> peer(member.node())).toList();
    }

    RaftReplica open(ReplicaSpec spec, EntryMachine machine, boolean joining) {
        var ready = prepared.remove(idOf(spec));
        if (ready == null) {
            return add(spec, Optional.of(machine), joining);
        }
        try {
            ready.machine().begin(spec.initial(), machine);
            return ready;
        } catch (IOException | RuntimeException e) {
            ready.close();
            throw new ConsensusException(Reason.STORAGE, "group " + spec.group() + " cannot begin epoch " + spec.epoch() + " in " + spec.folder() + ": " + e);
        }
    }

    /** The group's members connect and choose a leader; entries come when it is opened. */
    Preparation prepare(ReplicaSpec spec) {
        var id = idOf(spec);
        var replica = add(spec, Optional.empty(), false);
        prepared.put(id, replica);
        return new Preparation() {
            @Override
            public String missing() {
                return replica.missing();
            }

            @Override
            public void close() {
                if (prepared.remove(id, replica)) {
                    replica.close();
                }
            }
        };
    }

    private RaftReplica add(ReplicaSpec spec, Optional<EntryMachine> machine, boolean joining) {
        var now = started();
        var id = idOf(spec);
        var ours = new RaftMachine(spec);
        if (machines.putIfAbsent(id, ours) != null) {
            throw new ConsensusException(Reason.BUSY, "group " + spec.group() + " epoch " + spec.epoch() + " runs already on this node; close it first");
        }
        boolean done = false;
        try {
            if (machine.isPresent()) {
                ours.begin(spec.initial(), machine.get());
            }
            boolean fresh = !folders.moveIn(id, spec.folder());
            // A new member begins with no peers: it takes part when the others have made it one.
            var group = RaftGroup.valueOf(id, joining ? List.of() : peers(spec.members()));
            var request = GroupManagementRequest.newAdd(ClientId.randomId(), now.server().getId(), 1, group, fresh);
            var reply = underLibraryLoader(() -> now.server().groupManagementAsync(request)).get(GROUP_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            if (!reply.isSuccess()) {
                throw new ConsensusException(Reason.STORAGE, "group " + spec.group() + " cannot be opened: " + reply.getException());
            }
            var replica = new RaftReplica(this, spec, ours, id, settings.outstandingMax());
            replicas.put(id, replica);
            done = true;
            return replica;
        } catch (IOException | java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new ConsensusException(Reason.STORAGE, "group " + spec.group() + " cannot be opened in " + spec.folder() + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConsensusException(Reason.CLOSED, "opening group " + spec.group() + " was interrupted");
        } finally {
            if (!done) {
                remove(id, spec.folder());
            }
        }
    }

    /** A client for what operators ask. Its repetitions are bounded; it is the caller's to close. */
    RaftClient operator(RaftGroupId id, List<Member> members) throws IOException {
        var now = started();
        return underLibraryLoader(() -> RaftClient.newBuilder().setProperties(now.properties()).setParameters(now.parameters())
                .setRaftGroup(RaftGroup.valueOf(id, peers(members))).setRetryPolicy(RetryPolicies.retryUpToMaximumCountWithFixedSleep(40, ms(50))).build());
    }

    /** Asks this node's server, which answers when it leads and the request is ordered. Its part for the group, as the whole of it hands the request to another thread and waits for that. */
    CompletableFuture<RaftClientReply> askSelf(RaftClientRequest request) throws IOException {
        var server = running.orElseThrow(() -> new IOException(PROVIDER + " is stopped")).server();
        return server.getDivision(request.getRaftGroupId()) instanceof RaftClientAsynchronousProtocol ofGroup ? ofGroup.submitClientRequestAsync(request)
                : server.submitClientRequestAsync(request);
    }

    /** Asks a member, over a line that all groups share; without one when it is this node. Blocks until it answers, for at most {@link #REQUEST_MS}. */
    RaftClientReply ask(RaftClientRequest request) throws IOException, InterruptedException {
        var now = running.orElseThrow(() -> new IOException(PROVIDER + " is stopped"));
        var to = request.getServerId();
        if (to.equals(now.server().getId())) {
            try {
                return askSelf(request).get(REQUEST_MS, TimeUnit.MILLISECONDS);
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
                throw new IOException("this node's server gave no answer: " + e);
            }
        }
        now.lines().addRaftPeers(List.of(peer(NodeId.of(to.toString()))));
        try {
            return now.lines().sendRequest(request);
        } catch (IOException e) {
            now.lines().handleException(to, e, false);
            throw e;
        }
    }

    Optional<RaftServer.Division> division(RaftGroupId id) {
        var now = running;
        try {
            return now.isPresent() ? Optional.of(now.get().server().getDivision(id)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // not added yet, or removed
        }
    }

    void remove(RaftGroupId id, Path folder) {
        try {
            if (division(id).isPresent()) {
                var server = running.orElseThrow().server();
                server.groupManagementAsync(GroupManagementRequest.newRemove(ClientId.randomId(), server.getId(), 2, id, false, false))
                        .get(STOP_MS, TimeUnit.MILLISECONDS);
            }
            folders.moveOut(id, folder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            LOG.warn("consensus.v1 group={} folder={} removing failed: {}", id, folder, e.toString());
        }
        machines.remove(id);
        replicas.remove(id); // at last: who stops the server waits for these
    }

    /** Stops all replicas at once, then the server. */
    @Override
    public void close() {
        Optional<Running> last;
        synchronized (this) {
            closed = true;
            last = running;
        }
        var closing = replicas.values().stream().map(replica -> Thread.ofVirtual().name("consensus.v1.close").start(replica::close)).toList();
        try {
            for (Thread thread : closing) {
                thread.join(STOP_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running = Optional.empty();
        if (last.isPresent()) {
            last.get().names().close();
            // The server first: a leader whose server is not closed goes on telling the others that it leads.
            close("server", last.get().server());
            close("lines", last.get().lines());
            LibraryStatics.forget();
        }
    }

    private static void close(String what, java.io.Closeable part) {
        try {
            part.close();
        } catch (IOException | RuntimeException e) {
            LOG.warn("consensus.v1 stopping its {} failed: {}", what, e.toString());
        }
    }
}
