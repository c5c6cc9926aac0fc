// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipListener;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link GossipCore} in a node: rounds by the clock, messages as small calls, one call to a peer at a time with all that waits for it. It owns two threads,
 * one for rounds and sending, one for listeners; both are gone when {@link #close} returns. Thread-safe.
 */
final class GossipNode implements Gossip, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GossipNode.class);
    /** Rounds between two looks at who is online: who did not answer once is tried again. Source: chosen. */
    private static final int LOOK_ROUNDS = 30;
    private static final byte[] TAKEN = {};

    /** How frames get to a peer. */
    @FunctionalInterface
    interface Caller {
        CompletionStage<byte[]> send(NodeId peer, byte[] frame);
    }

    private final NodeClock clock;
    private final Peers peers;
    private final Caller caller;
    private final GossipSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as are the outboxes. */
    private final GossipCore core;
    private final Map<NodeId, Outbox> outboxes = new LinkedHashMap<>();
    private long overflows;
    private final Tellers tellers = new Tellers();
    private final LinkedBlockingQueue<Runnable> mail = new LinkedBlockingQueue<>();
    private final AtomicBoolean flushing = new AtomicBoolean();
    private final Registration watch;
    private final Thread thread;
    /** The loop's own, as are the round and the failures. */
    private long dueNs;
    private int round;
    private volatile long failures;
    private volatile boolean closed;

    GossipNode(GossipSettings settings, GossipCore core, NodeClock clock, Peers peers, Caller caller) {
        this.settings = settings;
        this.core = core;
        this.clock = clock;
        this.peers = peers;
        this.caller = caller;
        dueNs = clock.nanoTime();
        watch = peers.onChange(peer -> mail.add(() -> seen(peer)));
        thread = Thread.ofPlatform().name("gossip.loop").daemon().unstarted(this::run);
        thread.setContextClassLoader(null);
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    once();
                } catch (RuntimeException e) { // nothing that is known of; the others go on without this node if it stopped
                    if (failures++ == 0) {
                        LOG.error("gossip round failed, it goes on: {}", e.getMessage(), e);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by close
        }
    }

    private void once() throws InterruptedException {
        long leftNs = dueNs - clock.nanoTime();
        var letter = leftNs > 0 ? mail.poll(leftNs, TimeUnit.NANOSECONDS) : mail.poll();
        if (letter != null) {
            letter.run();
        }
        if (clock.nanoTime() - dueNs >= 0) {
            dueNs = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.intervalMs()); // a node that stood still makes up for no rounds
            if (round++ % LOOK_ROUNDS == 0) {
                peers.list().forEach(this::seen);
            }
            step(new Event.Tick());
        }
        flush();
    }

    private void seen(PeerInfo peer) {
        step(peer.online() ? new Event.PeerUp(peer.id()) : new Event.PeerDown(peer.id()));
    }

    /** Answers a frame of a peer. Called by the transport's side, concurrently. */
    byte[] handle(NodeId peer, byte[] frame) {
        List<Message> messages;
        try {
            messages = MessageCodec.decode(frame);
        } catch (MalformedException e) {
            step(new Event.Malformed(peer));
            throw new DwcpException(DwcpException.Kind.REJECTED, "gossip of " + peer + " is refused: " + e.getMessage());
        }
        messages.forEach(message -> step(new Event.Received(peer, message)));
        return TAKEN;
    }

    private void step(Event event) {
        lock.lock();
        try {
            for (var effect : core.step(event, clock.now().toEpochMilli())) {
                switch (effect) {
                    case Effect.Send send -> enqueue(send);
                    case Effect.Changed changed -> tellers.changed(Tellers.shown(changed.value(), changed.hops()));
                    case Effect.Gone gone -> tellers.gone(gone.owner(), gone.name());
                }
            }
        } finally {
            lock.unlock();
        }
        if (Thread.currentThread() != thread && flushing.compareAndSet(false, true)) {
            mail.add(() -> { }); // wakes the loop, which then flushes
        }
    }

    private void enqueue(Effect.Send send) {
        if (!outboxes.computeIfAbsent(send.to(), _ -> new Outbox()).add(MessageCodec.encode(send.message()))) {
            overflows++;
        }
    }

    /** Sends what waits to every peer that has answered what was sent before. On the loop's thread. */
    private void flush() {
        flushing.set(false);
        var frames = new LinkedHashMap<NodeId, byte[]>();
        lock.lock();
        try {
            outboxes.values().removeIf(Outbox::isIdle);
            outboxes.forEach((peer, outbox) -> outbox.next().ifPresent(frame -> frames.put(peer, frame)));
        } finally {
            lock.unlock();
        }
        frames.forEach(this::send);
    }

    private void send(NodeId peer, byte[] frame) {
        if (peers.find(peer).filter(PeerInfo::online).isEmpty()) {
            done(peer, false);
            return;
        }
        try {
            caller.send(peer, frame).whenComplete((_, failure) -> mail.add(() -> done(peer, failure == null)));
        } catch (DwcpException e) { // a limit of calls under way on this node
            done(peer, false);
        }
    }

    private void done(NodeId peer, boolean taken) {
        lock.lock();
        try {
            var outbox = outboxes.get(peer);
            if (outbox != null) {
                outbox.done();
                if (!taken) {
                    outbox.clear();
                }
            }
        } finally {
            lock.unlock();
        }
        if (!taken) {
            step(new Event.PeerDown(peer));
        }
    }

    @Override
    public GossipValue put(String name, byte[] bytes, Duration life) {
        Check.argument(MessageCodec.NAME.matcher(name).matches(), "name '%s' is not 1 to %d characters of a-z, 0-9, '.' and '-'", name, NAME_CHARACTERS_MAX);
        Check.argument(bytes.length <= VALUE_BYTES_MAX, "value of %d bytes exceeds %d; tell where it is to be had instead", bytes.length, VALUE_BYTES_MAX);
        Check.argument(life.compareTo(LIFE_MIN) >= 0 && life.compareTo(LIFE_MAX) <= 0, "life %s is not %s to %s", life, LIFE_MIN, LIFE_MAX);
        Check.argument(!closed, "gossip has stopped");
        lock.lock();
        try {
            step(new Event.Put(name, bytes.clone(), life.toMillis()));
            return find(peers.self(), name).orElseThrow(() -> new DwcpException(DwcpException.Kind.BROKEN, "value '" + name + "' was put and is not there"));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean remove(String name) {
        lock.lock();
        try {
            boolean was = core.find(peers.self(), name).isPresent();
            step(new Event.Remove(name));
            return was;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<GossipValue> find(NodeId owner, String name) {
        lock.lock();
        try {
            return core.find(owner, name).map(held -> Tellers.shown(held.value(), held.hops()));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<GossipValue> list() {
        lock.lock();
        try {
            return core.list().stream().map(held -> Tellers.shown(held.value(), held.hops()))
                    .sorted(Comparator.comparing(GossipValue::owner).thenComparing(GossipValue::name)).toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<NodeId> neighbours() {
        lock.lock();
        try {
            return core.neighbours().stream().sorted().toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<String, Long> figures() {
        lock.lock();
        try {
            var figures = core.figures();
            figures.put("held.back.bytes.waiting.count", overflows);
            figures.put("failed.rounds.count", failures);
            return figures;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a listener; an empty name stands for all. */
    Registration listen(GossipListener listener, String name) {
        lock.lock();
        try {
            return tellers.add(listener, name, list().stream().filter(value -> name.isEmpty() || value.name().equals(name)).toList());
        } finally {
            lock.unlock();
        }
    }

    /** Stops both threads, within 2 s. Works twice. */
    @Override
    public void close() {
        closed = true;
        watch.close();
        thread.interrupt();
        join(thread, Duration.ofMillis(700));
        tellers.close();
    }

    static void join(Thread thread, Duration longest) {
        try {
            if (thread != Thread.currentThread() && !thread.join(longest)) {
                LOG.error("gossip thread={} did not stop within {}", thread.getName(), longest);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
