// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.HashMap;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Predicate;

import org.dwcp.api.NodeId;

/**
 * Many cores in one thread, with virtual time: messages take a random time, are lost, or fail because the other end is gone or cut off. The same seed gives the
 * same run. Times in milliseconds, a round is {@link #ROUND_MS}.
 */
final class GossipSim {
    static final int ROUND_MS = 1_000;
    private static final long WALL_MS = 1_790_000_000_000L;
    /** A call to who does not answer fails after this. */
    private static final int FAIL_MS = 3_000;

    private static final int LOOK_ROUNDS = 30;

    /** One node. */
    static final class Node {
        final NodeId id;
        final GossipCore core;
        boolean alive = true;
        /** Only nodes of one side reach each other. */
        int side;

        Node(NodeId id, GossipCore core) {
            this.id = id;
            this.core = core;
        }

        boolean has(NodeId owner, String name) {
            return core.find(owner, name).isPresent();
        }
    }

    private record Happening(long at, long order, Runnable what) implements Comparable<Happening> {
        @Override
        public int compareTo(Happening other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    final List<Node> nodes = new ArrayList<>();
    private final Map<NodeId, Node> byName = new HashMap<>();
    private final PriorityQueue<Happening> queue = new PriorityQueue<>();
    private final SplittableRandom random;
    private final GossipSettings settings;
    private final int delayMsMax;
    private final double loss;
    private long order;
    private long nowMs;
    long messages;

    GossipSim(long seed, GossipSettings settings, int delayMsMax, double loss) {
        this.random = new SplittableRandom(seed);
        this.settings = settings;
        this.delayMsMax = delayMsMax;
        this.loss = loss;
    }

    GossipSim(long seed) {
        this(seed, GossipSettings.DEFAULT, 200, 0);
    }

    /** Starts nodes one after the other, spread over some rounds, each knowing one that is there already. */
    void grow(int count, int rounds) {
        long step = (long) rounds * ROUND_MS * 1_000 / count;
        int first = nodes.size();
        for (int i = 0; i < count; i++) {
            at(nowMs + i * step / 1_000, () -> start("n" + nodes.size()));
        }
        runUntil(nowMs + (long) rounds * ROUND_MS);
        if (nodes.size() != first + count) {
            throw new IllegalStateException(nodes.size() + " nodes");
        }
    }

    /** Starts a node that knows one of the living. */
    Node start(String name) {
        var node = new Node(NodeId.of(name), new GossipCore(NodeId.of(name), settings, new FakeSeal(NodeId.of(name)), random.split()));
        var living = nodes.isEmpty() ? null : any();
        nodes.add(node);
        byName.put(node.id, node);
        if (living != null) {
            look(node, living);
        }
        at(nowMs + random.nextInt(ROUND_MS), () -> tick(node));
        return node;
    }

    /** A node in production looks who is online; here it has one connection of which it is told. */
    private void look(Node node, Node contact) {
        if (node.alive) {
            happen(node, contact.alive && contact.side == node.side ? new Event.PeerUp(contact.id) : new Event.PeerDown(contact.id));
            at(nowMs + LOOK_ROUNDS * ROUND_MS, () -> look(node, contact));
        }
    }

    /** Ends a node. Its neighbours hear that its connections broke, as control connections tell in production. */
    void kill(Node node) {
        node.alive = false;
        for (var other : nodes) {
            if (other.core.neighbours().contains(node.id)) {
                at(nowMs + FAIL_MS, () -> happen(other, new Event.PeerDown(node.id)));
            }
        }
    }

    Node any() {
        Node node;
        do {
            node = nodes.get(random.nextInt(nodes.size()));
        } while (!node.alive);
        return node;
    }

    private void tick(Node node) {
        if (node.alive) {
            happen(node, new Event.Tick());
            at(nowMs + ROUND_MS, () -> tick(node));
        }
    }

    void put(Node node, String name, String text) {
        put(node, name, text, 3_600_000);
    }

    void put(Node node, String name, String text, long lifeMs) {
        happen(node, new Event.Put(name, text.getBytes(java.nio.charset.StandardCharsets.UTF_8), lifeMs));
    }

    void happen(Node node, Event event) {
        if (node.alive) {
            for (var effect : node.core.step(event, wallMs())) {
                if (effect instanceof Effect.Send send) {
                    deliver(node, send);
                }
            }
        }
    }

    long wallMs() {
        return WALL_MS + nowMs;
    }

    private void deliver(Node from, Effect.Send send) {
        messages++;
        var to = byName.get(send.to());
        if (random.nextDouble() < loss) {
            return;
        }
        at(nowMs + 1 + random.nextInt(delayMsMax), () -> {
            if (to == null || !to.alive || to.side != from.side) {
                at(nowMs + FAIL_MS, () -> happen(from, new Event.PeerDown(send.to())));
            } else {
                happen(to, new Event.Received(from.id, send.message()));
            }
        });
    }

    private void at(long when, Runnable what) {
        queue.add(new Happening(when, order++, what));
    }

    void runUntil(long when) {
        while (!queue.isEmpty() && queue.peek().at() <= when) {
            var next = queue.poll();
            nowMs = next.at();
            next.what().run();
        }
        nowMs = when;
    }

    void rounds(int count) {
        runUntil(nowMs + (long) count * ROUND_MS);
    }

    /** Runs until so many of the living hold something; gives the rounds that took, or one more than allowed. */
    int roundsUntil(double share, int roundsMax, Predicate<Node> holds) {
        for (int round = 0; round <= roundsMax; round++) {
            if (share(holds) >= share) {
                return round;
            }
            rounds(1);
        }
        return roundsMax + 1;
    }

    double share(Predicate<Node> holds) {
        return (double) nodes.stream().filter(node -> node.alive && holds.test(node)).count() / nodes.stream().filter(node -> node.alive).count();
    }

    /** The share of the living that a walk over neighbours reaches from one of them. */
    double reached() {
        var seen = new java.util.HashSet<NodeId>();
        var next = new java.util.ArrayDeque<NodeId>(List.of(any().id));
        seen.add(next.getFirst());
        while (!next.isEmpty()) {
            for (var peer : byName.get(next.poll()).core.neighbours()) {
                if (byName.get(peer).alive && seen.add(peer)) {
                    next.add(peer);
                }
            }
        }
        return (double) seen.size() / nodes.stream().filter(node -> node.alive).count();
    }
}
