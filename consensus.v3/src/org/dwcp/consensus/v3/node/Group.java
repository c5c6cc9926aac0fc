// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Channel;
import org.dwcp.consensus.v3.auth.Authenticator;
import org.dwcp.consensus.v3.auth.Envelope;
import org.dwcp.consensus.v3.auth.Gate;
import org.dwcp.consensus.v3.client.ClientCore;
import org.dwcp.consensus.v3.core.Effect;
import org.dwcp.consensus.v3.core.Event;
import org.dwcp.consensus.v3.core.Replica;
import org.dwcp.consensus.v3.core.Rules;
import org.dwcp.consensus.v3.core.Settings;
import org.dwcp.consensus.v3.core.Timer;
import org.dwcp.consensus.v3.message.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica and its node's client, run by one thread: takes events from a queue, steps the cores, does what they want. Frames are checked on the
 * threads that bring them, disks are written by another thread, so this one only decides.
 */
final class Group implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Group.class);
    private static final int QUEUE_MAX = 65_536;
    private static final int DRAIN_MAX = 256;

    /** Opens channels to peers. */
    interface Opener {
        /** Opens, or fails with {@link DwcpException}. */
        Channel open(NodeId peer);
    }

    final ReplicaSpec spec;
    final int id;
    final Figures figures = new Figures();
    final Gate gate;
    final Authenticator authenticator;
    final Members members;
    final Proposals proposals;
    private final NodeSettings settings;
    private final NodeClock clock;
    private final Opener opener;
    private final Replica replica;
    private final ClientCore client;
    private final EntryMachine machine;
    private final VoteLog log;
    private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>(QUEUE_MAX);
    private final Thread thread;
    private final Map<NodeId, Line> lines = new HashMap<>();
    private final Map<Integer, NodeId> outsiders = new HashMap<>();
    private final Map<Timer, Alarm> alarms = new EnumMap<>(Timer.class);
    private final AtomicLong dropped = new AtomicLong();
    /** What is promised to callers: whatever becomes of it, the end of this group ends it. */
    private final Set<CompletableFuture<?>> promised = ConcurrentHashMap.newKeySet();
    private final byte[] hello;
    private long retryAtNs = Long.MAX_VALUE;
    private volatile boolean closed;

    private final List<Awaited> checkpoints = new ArrayList<>();

    private record Awaited(long sequence, CompletableFuture<Long> result) {
    }

    private record Alarm(long generation, long atNs) {
    }

    Group(ReplicaSpec spec, EntryMachine machine, NodeSettings settings, NodeClock clock, Opener opener) {
        this.spec = spec;
        this.settings = settings;
        this.clock = clock;
        this.opener = opener;
        this.machine = machine;
        id = Names.id(spec.keys().self());
        authenticator = Names.authenticator(spec);
        var genesis = Names.membership(0, spec.members());
        var records = VoteLog.read(spec.folder());
        if (spec.initial().length > 0) {
            machine.install(0, spec.initial());
        }
        replica = new Replica(id, settings.core(), Rules.PBFT, authenticator, new Bundles(machine, Names::members), genesis);
        replica.recover(records);
        gate = new Gate(id, authenticator, replica.members(), replica.base());
        client = new ClientCore(spec.keys().self().node().value(), authenticator, replica.members(),
                Numbers.reserve(spec.folder(), clock.now().toEpochMilli()), settings.core().clientWindow() / 2, settings.core().requestTimeoutMs());
        proposals = new Proposals(settings, event -> tell(client.step(event)));
        members = new Members(this, settings, clock);
        hello = java.nio.ByteBuffer.allocate(Hello.BYTES).put(Names.domain(spec)).putInt(id).array();
        log = VoteLog.open(spec.folder(), "consensus.v3.disk-" + spec.group(), token -> post(() -> step(new Event.Persisted(token))), e -> post(() -> {
            throw new ConsensusException(Reason.STORAGE, "vote log in " + spec.folder() + " cannot be written: " + e.getMessage());
        }));
        thread = Thread.ofPlatform().name("consensus.v3.group-" + spec.group()).unstarted(this::run);
        thread.setContextClassLoader(null);
        thread.start();
        post(() -> step(new Event.Started()));
    }

    // ---- in, from any thread

    /** Sees to it that a caller gets an answer at the latest when this group ends; what waits in the queue then is never run. */
    <T> CompletableFuture<T> promise() {
        var answer = new CompletableFuture<T>();
        promised.add(answer);
        answer.whenComplete((ignored, failure) -> promised.remove(answer));
        return answer;
    }

    /** Runs something on the group's thread; waits for room. */
    void post(Runnable task) {
        if (Thread.currentThread() == thread) {
            task.run(); // what a stage's continuation wants: waiting for room here would wait for itself
            return;
        }
        try {
            while (!closed && !queue.offer(task, 100, TimeUnit.MILLISECONDS)) {
                figures.waits.increment();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A frame came from a peer; dropped when there is no room, as a line may do. */
    void received(int from, NodeId peer, byte[] frame) {
        if (closed) {
            return;
        }
        if (frame.length > 0 && frame[0] == Members.APPROVAL) {
            offer(() -> members.approved(from, frame));
            return;
        }
        var verdict = gate.member(from, frame);
        var message = verdict.message();
        offer(() -> {
            figures.heard(from, clock.nanoTime());
            if (gate.members().member(from).isEmpty() && outsiders.size() < 16) {
                outsiders.put(from, peer);
            }
            if (message.isEmpty()) {
                figures.refused.increment();
                step(new Event.Refused(from, verdict.refusal(), verdict.proven()));
            } else if (message.get() instanceof Message.Reply reply) {
                tell(client.step(new ClientCore.Event.Answered(from, reply)));
            } else {
                step(new Event.Received(from, message.get()));
            }
        });
    }

    private void offer(Runnable task) {
        if (!queue.offer(task)) {
            dropped.incrementAndGet();
        }
    }

    // ---- the thread

    private void run() {
        ConsensusException why = new ConsensusException(Reason.CLOSED, "group " + spec.group() + " is closed here; what was sent may be ordered");
        try {
            var tasks = new ArrayList<Runnable>();
            while (!closed) {
                var first = queue.poll(Math.max(0, nextAlarmNs() - clock.nanoTime()), TimeUnit.NANOSECONDS);
                if (first != null) {
                    tasks.add(first);
                    queue.drainTo(tasks, DRAIN_MAX);
                    tasks.forEach(Runnable::run);
                    tasks.clear();
                }
                proposals.pump();
                ring();
                settle();
                figures.publish(replica, id);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DwcpException e) {
            LOG.error("replica stops group={} epoch={} reason=\"{}\"", spec.group(), spec.epoch(), e.getMessage());
            why = e instanceof ConsensusException c ? c : new ConsensusException(Reason.DIVERGED, e.getMessage());
        } finally {
            closed = true;
            figures.stopped();
            proposals.close(why);
            members.close(why);
            for (var answer : promised) {
                answer.completeExceptionally(why);
            }
        }
    }

    private long nextAlarmNs() {
        long next = retryAtNs == Long.MAX_VALUE ? clock.nanoTime() + 1_000_000_000L : retryAtNs;
        for (var alarm : alarms.values()) {
            next = next - alarm.atNs() > 0 ? alarm.atNs() : next;
        }
        return next;
    }

    private void ring() {
        long nowNs = clock.nanoTime();
        for (var entry : Map.copyOf(alarms).entrySet()) {
            if (entry.getValue().atNs() - nowNs <= 0 && alarms.remove(entry.getKey(), entry.getValue())) {
                step(new Event.Expired(entry.getKey(), entry.getValue().generation()));
                if (entry.getKey() == Timer.STATUS) {
                    proposals.expire(nowNs, figures.hasQuorum(gate.members(), nowNs, settings));
                    members.tick(nowNs);
                }
            }
        }
        if (retryAtNs != Long.MAX_VALUE && retryAtNs - nowNs <= 0) {
            retryAtNs = Long.MAX_VALUE;
            tell(client.step(new ClientCore.Event.Expired()));
        }
    }

    private void step(Event event) {
        for (var effect : replica.step(event)) {
            run(effect);
        }
    }

    private void run(Effect effect) {
        switch (effect) {
            case Effect.Send e -> send(e.to(), Envelope.seal(e.message(), gate.members(), authenticator));
            case Effect.Broadcast e -> broadcast(Envelope.seal(e.message(), gate.members(), authenticator));
            case Effect.Answer e -> {
                if (e.client().equals(spec.keys().self().node().value())) {
                    tell(client.step(new ClientCore.Event.Answered(id, e.reply())));
                } else {
                    gate.members().member(e.client()).ifPresent(member -> send(member.id(), Envelope.seal(e.reply(), gate.members(), authenticator)));
                }
            }
            case Effect.Persist e -> log.add(e);
            case Effect.Compact e -> log.add(e);
            case Effect.Start e -> alarms.put(e.timer(), new Alarm(e.generation(), clock.nanoTime() + e.delayMs() * 1_000_000));
            case Effect.Stop e -> alarms.remove(e.timer());
            case Effect.Executed e -> figures.executed(e);
            case Effect.Installed e -> figures.transfers.increment();
            case Effect.Stabilized e -> figures.stable(e);
            case Effect.Entered e -> {
                figures.entered(e);
                LOG.info("view begins group={} epoch={} membership={} view={} leader={}", spec.group(), spec.epoch(), e.config(), e.view(),
                        gate.members().member(e.leader()).map(Object::toString).orElse("?"));
            }
            case Effect.Members e -> {
                gate.members(e.members(), e.base());
                tell(client.step(new ClientCore.Event.Changed(e.members())));
                members.changed(e.members());
            }
            case Effect.Suspect e -> members.suspected(e.suspicion());
        }
    }

    private void tell(List<ClientCore.Effect> effects) {
        for (var effect : effects) {
            switch (effect) {
                case ClientCore.Effect.Send e when e.to() == id -> step(new Event.Asked(e.request()));
                case ClientCore.Effect.Send e -> send(e.to(), Envelope.seal(e.request(), gate.members(), authenticator));
                case ClientCore.Effect.Done e -> proposals.done(e);
                case ClientCore.Effect.Start e -> retryAtNs = clock.nanoTime() + e.delayMs() * 1_000_000;
                case ClientCore.Effect.Stop e -> retryAtNs = Long.MAX_VALUE;
            }
        }
    }

    void broadcast(byte[] frame) {
        gate.members().members().stream().filter(member -> member.id() != id).forEach(member -> line(NodeId.of(member.node())).send(frame));
    }

    private void send(int to, byte[] frame) {
        var node = gate.members().member(to).map(member -> NodeId.of(member.node())).orElse(outsiders.get(to));
        if (node != null) {
            line(node).send(frame);
        }
    }

    private Line line(NodeId peer) {
        return lines.computeIfAbsent(peer, ignored -> new Line("consensus.v3.line-" + peer, () -> opener.open(peer), hello, clock));
    }

    /** Completes when a checkpoint near what was executed is stable here. From any thread. */
    void compacted(CompletableFuture<Long> result) {
        post(() -> checkpoints.add(new Awaited(replica.executed() - Settings.CHECKPOINTS_APART_MIN, result)));
    }

    private void settle() {
        checkpoints.removeIf(awaited -> {
            boolean there = figures.stableApplied() > 0 && replica.stable().sequence() > awaited.sequence();
            if (there) {
                awaited.result().complete(figures.stableApplied());
            }
            return there;
        });
    }

    byte[] stale(byte[] query) {
        return machine.query(query);
    }

    boolean isClosed() {
        return closed;
    }

    Map<String, Long> counts() {
        return figures.counts(dropped.get(), log.syncs());
    }

    @Override
    public void close() {
        closed = true;
        queue.offer(() -> { }); // wakes the thread; a full queue wakes it anyway
        try {
            thread.join(java.time.Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        var all = List.copyOf(lines.values());
        all.forEach(Line::close);
        all.forEach(Line::join);
        log.close();
    }
}
