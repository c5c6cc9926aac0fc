// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EpochInfo;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupClient;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.MemberKeys;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.StateMachine;
import org.dwcp.api.consensus.SwitchRequest;
import org.dwcp.api.node.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hosted group: the chain's core, the replica of the current epoch and the commands on their way, all on one thread. Thread-safe.
 */
final class GroupRuntime implements Group, Questions.Answers {
    private static final Logger LOG = LoggerFactory.getLogger(GroupRuntime.class);
    private static final long BEAT_MS = 20;

    /** What a group is built from. */
    record Parts(GroupRecord record, StateMachine application, ChainStore store, MemberKeys keys, Providers providers, Wire wire, NodeClock clock,
            RandomGenerator random, GroupSettings settings, Runnable onClose) {
    }

    private final Parts parts;
    private final String name;
    private final ChainCore core;
    private final Questions questions;
    private final Proposals proposals;
    private final RunningEpoch running;
    private final NextEpoch next;
    private final Commands commands;
    private final Switching switching;
    private final Actor actor;
    private final Tail tail = new Tail();
    private final SwitchTimes times = new SwitchTimes();
    private final AtomicLong clients = new AtomicLong();
    private final long incarnation;
    private final Map<String, byte[]> approvals = new ConcurrentHashMap<>();
    private final Map<String, Long> counts = new HashMap<>();
    // Of the actor; volatile where others look.
    private volatile EpochHead head;
    private volatile List<Certificate> chain = List.of();
    private volatile String alarm = "";
    private volatile boolean left;
    private volatile boolean closed;
    private volatile boolean sealed;
    private volatile boolean fetching;
    private volatile Map<String, Long> figures = Map.of();
    private long tickedNs;
    private long beatNs;

    GroupRuntime(Parts parts, boolean joining) {
        this.parts = parts;
        name = parts.record().spec().name();
        core = new ChainCore(name, parts.keys(), joining);
        questions = new Questions(name, parts.wire());
        actor = new Actor("consensus.log." + name, BEAT_MS, this::beat);
        proposals = new Proposals(name, parts.keys(), parts.clock(), parts.settings(), this::post, times);
        next = new NextEpoch(parts);
        running = new RunningEpoch(parts, new MachineEvents(), next);
        commands = new Commands(name, parts.settings(), parts.clock(), proposals, this::post, running::machine, running::replica, () -> closed);
        incarnation = parts.random().nextLong() & Long.MAX_VALUE;
        switching = new Switching(this, parts, questions);
        head = parts.record().head();
        beatNs = tickedNs = parts.clock().nanoTime();
        var certificates = parts.store().certificates();
        long epoch = 1 + certificates.size();
        var state = parts.store().state(epoch);
        boolean base = state.isPresent() && (certificates.isEmpty() || Digest.of(state.get()).equals(certificates.getLast().statement().state()));
        carryOut(core.step(new ChainCore.Event.Started(parts.record().head(), certificates, parts.store().seal(), base)));
        actor.start();
    }

    void post(Runnable task) {
        actor.post(task);
    }

    @Override
    public void event(ChainCore.Event event) {
        post(() -> carryOut(core.step(event)));
    }

    /** Carries effects out, in order; one that fails stops the group, as a crash would. */
    private void carryOut(List<ChainCore.Effect> effects) {
        for (ChainCore.Effect effect : effects) {
            try {
                carryOut(effect);
            } catch (ConsensusException e) {
                LOG.error("consensus.log group={} effect={} failed", name, effect.getClass().getSimpleName(), e);
                alarm = e.getMessage();
                running.close();
                running.want(Optional.empty());
                return;
            }
        }
        chain = core.chain(); // before the head: who sees the new epoch finds its certificate
        head = core.head();
        sealed = core.isSealed();
        fetching = core.isWaitingForState();
        if (core.isBroken() && running.replica().isPresent()) {
            running.close();
        }
    }

    private void carryOut(ChainCore.Effect effect) {
        switch (effect) {
            case ChainCore.Effect.SaveState save -> parts.store().saveState(save.epoch(), save.base());
            case ChainCore.Effect.SaveSeal save -> {
                parts.store().save(save.statement());
                times.marked(parts.clock().nanoTime());
                LOG.info("consensus.log group={} epoch={} sealed={} next={}", name, save.statement().epoch(), save.statement().sealedAt(), save.statement().next());
            }
            case ChainCore.Effect.SaveCertificate save -> {
                parts.store().save(save.certificate());
                times.certified(parts.clock().nanoTime());
            }
            case ChainCore.Effect.SendSignature send -> send.to().forEach(peer -> questions.sendSignature(peer, send.statement(), send.signature()));
            case ChainCore.Effect.SendCertificate send -> send.to().forEach(peer -> questions.sendCertificate(peer, send.certificate()));
            case ChainCore.Effect.CloseReplica close -> {
                running.want(Optional.empty());
                running.close();
                proposals.epochEnded(close.epoch());
            }
            case ChainCore.Effect.OpenReplica open -> {
                running.want(Optional.of(open.head()));
                openReplica();
            }
            case ChainCore.Effect.FetchState fetch -> questions.fetchState(fetch.from(), fetch.epoch(),
                    state -> event(new ChainCore.Event.State(fetch.from(), fetch.epoch(), state)), () -> { });
            case ChainCore.Effect.FetchCertificates fetch -> questions.fetchCertificates(fetch.from(), fetch.epoch(),
                    found -> event(new ChainCore.Event.Certificates(fetch.from(), found)));
            case ChainCore.Effect.AskEpochs ask -> ask.of().forEach(peer -> questions.askEpoch(peer, openEpoch(),
                    epoch -> event(new ChainCore.Event.PeerAt(peer, epoch))));
            case ChainCore.Effect.DeleteEpoch delete -> running.afterwards(() -> parts.store().delete(delete.epoch()));
            case ChainCore.Effect.Leave leave -> {
                left = true;
                LOG.info("consensus.log group={} epoch={} this node is no member any more", name, leave.epoch());
            }
            case ChainCore.Effect.Alarm raised -> {
                alarm = core.isBroken() ? raised.what() : alarm;
                counts.merge("alarms.count", 1L, Long::sum);
                LOG.warn("consensus.log group={} alarm=\"{}\"", name, raised.what());
            }
        }
    }

    private void openReplica() {
        if (!closed && running.open()) {
            times.opened(parts.clock().nanoTime());
        }
    }

    private final class MachineEvents implements EpochMachine.Events {
        @Override
        public void sealed(Statement statement, byte[] base) {
            times.sealed(parts.clock().nanoTime());
            running.replica().ifPresent(Replica::spread); // a quorum of the members must know the seal before the next epoch begins
            event(new ChainCore.Event.Sealed(statement, base));
        }

        @Override
        public void members(List<Member> now) {
            event(new ChainCore.Event.Members(now));
            tail.add("members " + now.stream().map(Member::node).toList());
        }

        @Override
        public void applied(long index, Batch batch, List<Answer> answers) {
            tail.add(batch.epoch(), index, batch, answers);
        }
    }

    private void beat() {
        if (closed) {
            return;
        }
        if (!core.isSealed()) { // what a sealed epoch orders changes nothing and delays the next one
            running.replica().ifPresent(open -> proposals.flush(open, core.head()));
        }
        long now = parts.clock().nanoTime();
        if (now - beatNs >= BEAT_MS * 1_000_000) {
            beatNs = now;
            proposals.beat();
            commands.retryReads(now);
            publishFigures();
        }
        if (now - tickedNs >= parts.settings().tick().toNanos()) {
            tickedNs = now;
            tick();
        }
    }

    private void tick() {
        if (running.isGone() && !core.isBroken()) {
            LOG.warn("consensus.log group={} epoch={} replica is gone; opening it anew", name, core.head().epoch());
            running.close();
            proposals.epochEnded(core.head().epoch());
            running.want(Optional.of(core.head())); // from what is durable
        }
        if (alarm.isEmpty() || core.isBroken()) {
            openReplica();
        }
        next.expire(parts.clock().nanoTime());
        carryOut(core.step(new ChainCore.Event.Tick()));
        switching.tick(running.replica().map(Replica::status), core.head(), core.isSealed(), proposals.longestWaitNs());
    }

    private void publishFigures() {
        var all = new LinkedHashMap<>(counts);
        all.putAll(proposals.figures());
        all.putAll(times.figures());
        running.machine().ifPresent(m -> all.putAll(m.figures()));
        all.put("epoch.number", core.head().epoch());
        figures = Map.copyOf(all);
    }

    // --- what Questions.Answers asks, from any thread

    @Override
    public long openEpoch() {
        return running.replica().isPresent() ? head.epoch() : 0;
    }

    @Override
    public List<Certificate> certificates(long from) {
        return chain.stream().filter(certificate -> certificate.statement().epoch() >= from).toList();
    }

    @Override
    public Optional<byte[]> state(long epoch) {
        return parts.store().state(epoch);
    }

    @Override
    public void prepare(NodeId from, long epoch, String provider, List<Member> members) {
        var now = head;
        if (epoch != now.epoch() + 1 || closed || left) {
            throw new ConsensusException(Reason.WRONG_EPOCH, "member " + parts.keys().self().node() + " is in epoch " + now.epoch() + " and cannot prepare " + epoch);
        }
        if (members().stream().map(Member::node).noneMatch(from::equals)) {
            throw new ConsensusException(Reason.NOT_A_MEMBER, from + " is no member of group " + name + " and prepares nothing");
        }
        var missing = next.prepare(now, provider, members);
        if (!missing.isEmpty()) {
            throw new ConsensusException(Reason.BUSY, missing);
        }
    }

    @Override
    public Optional<byte[]> approval(long epoch, String provider) {
        return Optional.ofNullable(approvals.get(epoch + " " + provider));
    }

    @Override
    public byte[] group() {
        return parts.record().bytes();
    }

    /** Orders a seal; it has no deadline: a switch waits for its quorum. */
    CompletableFuture<Answer> seal(Batch.Seal seal) {
        var answer = new CompletableFuture<Answer>();
        post(() -> proposals.add(new Proposals.Pending(seal.bytes(), Long.MAX_VALUE, answer::complete, answer::completeExceptionally)));
        return answer;
    }

    // --- the operator's side

    @Override
    public GroupStatus status() {
        var now = head;
        var status = running.replica().map(Replica::status);
        var phase = closed ? GroupStatus.Phase.CLOSED
                : !alarm.isEmpty() ? GroupStatus.Phase.BROKEN
                : left ? GroupStatus.Phase.LEFT
                : fetching ? GroupStatus.Phase.FETCHING
                : sealed ? GroupStatus.Phase.SEALED
                : status.isEmpty() ? GroupStatus.Phase.STARTING
                : switching.isRunning() ? GroupStatus.Phase.PREPARING : GroupStatus.Phase.RUNNING;
        var words = !alarm.isEmpty() ? alarm : sealed || fetching ? core.note() : !running.note().isEmpty() ? running.note()
                : !switching.note().isEmpty() ? switching.note()
                : status.map(s -> s.quorum() ? "" : "no quorum: commands wait").orElse("");
        return new GroupStatus(name, phase, info(now), status, running.machine().map(EpochMachine::sessions).orElse(0), words, figures);
    }

    private EpochInfo info(EpochHead of) {
        var before = chain.stream().filter(c -> c.statement().epoch() == of.epoch() - 1).findFirst();
        var end = chain.stream().filter(c -> c.statement().epoch() == of.epoch()).findFirst();
        return new EpochInfo(of.epoch(), of.provider(), of.tolerance(), of.members(), of.genesis(),
                before.map(c -> c.signatures().keySet().stream().sorted().map(NodeId::value).toList()).orElse(List.of()),
                end.map(c -> c.statement().sealedAt()).orElse(0L));
    }

    EpochInfo info() {
        return info(head);
    }

    EpochHead head() {
        return head;
    }

    List<Member> members() {
        return running.machine().map(EpochMachine::members).orElse(head.members());
    }

    Optional<Replica> replica() {
        return running.replica();
    }

    @Override
    public List<EpochInfo> epochs() {
        var all = new ArrayList<EpochInfo>();
        all.add(info(parts.record().head()));
        chain.forEach(certificate -> all.add(info(certificate.statement().nextHead())));
        return all;
    }

    @Override
    public List<String> tail(int count) {
        Check.argument(count >= 1 && count <= 1_000, "%d lines are not 1 to 1000", count);
        return tail.last(count);
    }

    @Override
    public GroupClient client(String prefix) {
        Check.argument(prefix != null && prefix.matches("[a-z0-9-]{1,32}"), "client name '%s' is not 1 to 32 characters of a-z, 0-9 and '-'", prefix);
        // The node and a random number that changes with each start make it unique.
        return new ClientSession(prefix + "." + parts.keys().self().node().value().substring(0, Math.min(24, parts.keys().self().node().value().length())) + "."
                + Long.toHexString(incarnation) + "." + clients.incrementAndGet(), commands);
    }

    @Override
    public CompletionStage<EpochInfo> switchTo(SwitchRequest request) {
        return switching.begin(request);
    }

    @Override
    public void approveDowngrade(String provider) {
        long epoch = head.epoch();
        approvals.put(epoch + " " + provider, parts.keys().sign(Batch.toApprove(name, epoch, provider)));
        LOG.info("consensus.log group={} epoch={} approved a switch to {}", name, epoch, provider);
    }

    @Override
    public CompletionStage<List<Member>> changeMembers(List<Member> members) {
        return switching.changeMembers(ReplicaSpec.checkMembers(members));
    }

    private Replica open() {
        return replica().orElseThrow(() -> new ConsensusException(Reason.BUSY, "group " + name + " has no replica on this node now: " + status().note()));
    }

    @Override
    public CompletionStage<NodeId> transferLeader(NodeId target) {
        return open().transferLeader(target);
    }

    @Override
    public CompletionStage<Long> compact() {
        return open().compact();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        switching.close();
        actor.close();
        running.close();
        next.close();
        running.awaitClosed();
        commands.failAll();
        parts.onClose().run();
    }
}
