// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

import org.dwcp.api.NodeId;

/**
 * HyParView: neighbours, symmetric as far as messages arrive, and a list of others to replace them from. Some things are added to the paper: who sends as a
 * neighbour and is none is taken in or told so, because a message may be lost here; and nodes look for halves that were cut off although they miss no neighbour: now
 * and then one neighbour is replaced by a node of the list or by one that could not be reached, and a node outside that knows something else becomes a neighbour.
 */
final class Membership {
    /** Steps of a walk. Source: the paper's active random walk length. */
    private static final int WALK = 6;
    /** Steps before the end of a walk at which a node notes who walks. Source: the paper's passive random walk length. */
    private static final int WALK_NOTED = 3;
    /** Neighbours and others in a sample. Source: the paper. */
    private static final int SAMPLE_NEIGHBOURS = 3;
    private static final int SAMPLE_KNOWN = 4;
    /** Rounds without an answer after which a node is asked again, and how often. Source: chosen; a round trip on a wide-area link and a loss. */
    private static final int ASKED_ROUNDS = 3;
    private static final int ASKED_TRIES = 5;
    /** Mean number of rounds between two samples, and between two exchanges of a neighbour. Source: chosen. */
    private static final int SHUFFLE_ROUNDS = 10;
    private static final int MIX_ROUNDS = 30;
    /** Mean number of rounds between two questions to a node that could not be reached, and most of them that are remembered. Source: chosen. */
    private static final int LOST_ROUNDS = 10;
    private static final int LOST_MAX = 30;

    /** Of so many peers that are told to be there one becomes a neighbour: who keeps the connections knows better than a list that is passed around. Source: chosen. */
    private static final int UP_BRIDGED = 4;
    /** Most nodes that may push themselves in as neighbours in a round, and most that are asked at once. Source: chosen; a hostile node cannot keep others out for long. */
    private static final int URGENT_MAX = 16;
    private static final int ASKED_MAX = 64;

    private static final class Asked {
        private final Message question;
        private int until;
        private int tries = 1;

        Asked(Message question, int until) {
            this.question = question;
            this.until = until;
        }
    }

    private final NodeId self;
    private final int neighboursMax;
    private final int knownMax;
    private final RandomGenerator random;
    private final BiConsumer<NodeId, Message> outbox;
    private final Broadcast broadcast;
    private final List<NodeId> neighbours = new ArrayList<>();
    private final List<NodeId> known = new ArrayList<>();
    /** Nodes that were known and could not be reached. */
    private final List<NodeId> lost = new ArrayList<>();
    /** Who was asked and has neither answered nor failed: asked again, so that a first question that is lost does not found an overlay of its own. */
    private final Map<NodeId, Asked> asked = new LinkedHashMap<>();
    private int round;
    private int urgent;

    Membership(NodeId self, GossipSettings settings, RandomGenerator random, BiConsumer<NodeId, Message> outbox, Broadcast broadcast) {
        this.self = self;
        this.neighboursMax = settings.neighboursMax();
        this.knownMax = settings.knownMax();
        this.random = random;
        this.outbox = outbox;
        this.broadcast = broadcast;
    }

    List<NodeId> neighbours() {
        return List.copyOf(neighbours);
    }

    int knownCount() {
        return known.size();
    }

    boolean isNeighbour(NodeId peer) {
        return neighbours.contains(peer);
    }

    /** Somebody to compare the whole state with: mostly a neighbour, sometimes anybody, which is what carries values between halves that do not touch. */
    Optional<NodeId> partner() {
        return random.nextInt(4) == 0 && !known.isEmpty() ? pick(known) : pick(neighbours).or(() -> pick(known));
    }

    void tick() {
        round++;
        urgent = 0;
        asked.values().removeIf(each -> each.until < round && each.tries >= ASKED_TRIES);
        asked.forEach((peer, each) -> {
            if (each.until < round) {
                each.tries++;
                each.until = round + ASKED_ROUNDS;
                outbox.accept(peer, each.question);
            }
        });
        if (neighbours.size() < neighboursMax && asked.isEmpty()) {
            pick(known).ifPresent(peer -> ask(peer, neighbours.isEmpty() ? new Message.Join() : new Message.Neighbour(isLonely())));
        }
        if (!neighbours.isEmpty() && random.nextInt(SHUFFLE_ROUNDS) == 0) {
            pick(neighbours).ifPresent(peer -> outbox.accept(peer, new Message.Shuffle(self, WALK, sample())));
        }
        if (neighbours.size() >= neighboursMax && asked.isEmpty() && random.nextInt(MIX_ROUNDS) == 0) {
            pick(known).ifPresent(peer -> ask(peer, new Message.Neighbour(true)));
        }
        if (asked.isEmpty() && random.nextInt(LOST_ROUNDS) == 0) {
            pick(lost).ifPresent(peer -> ask(peer, new Message.Neighbour(true)));
        }
    }

    /** A node that is no neighbour knows something else: it may belong to another half. */
    void bridge(NodeId peer) {
        if (asked.isEmpty() && !isNeighbour(peer)) {
            ask(peer, new Message.Neighbour(true));
        }
    }

    /** With so few neighbours a node takes a place even where there is none: two that know each other and nobody else would be refused for ever. */
    private boolean isLonely() {
        return neighbours.size() * 2 < neighboursMax;
    }

    private void ask(NodeId peer, Message question) {
        if (asked.size() >= ASKED_MAX) {
            return;
        }
        asked.put(peer, new Asked(question, round + ASKED_ROUNDS));
        outbox.accept(peer, question);
    }

    /** The peer can be reached. Tells whether it could not before. */
    boolean up(NodeId peer) {
        boolean back = lost.remove(peer);
        note(peer);
        if (neighbours.isEmpty() && asked.isEmpty() && known.contains(peer)) {
            ask(peer, new Message.Join());
        } else if (back || isLonely() || random.nextInt(UP_BRIDGED) == 0) {
            bridge(peer);
        }
        return back;
    }

    /** The peer cannot be reached. */
    void down(NodeId peer) {
        if ((known.contains(peer) || isNeighbour(peer)) && !lost.contains(peer)) {
            if (lost.size() >= LOST_MAX) {
                lost.set(random.nextInt(lost.size()), peer);
            } else {
                lost.add(peer);
            }
        }
        known.remove(peer);
        asked.remove(peer);
        drop(peer);
    }

    /** Nothing more is to be had to do with the peer. */
    void forget(NodeId peer) {
        down(peer);
        lost.remove(peer);
    }

    /** Takes a new node in and sends it on a walk. One too many hears of others instead. */
    void joins(NodeId peer) {
        if (isNeighbour(peer) || !admits()) {
            outbox.accept(peer, new Message.NeighbourReply(isNeighbour(peer)));
            outbox.accept(peer, new Message.ShuffleReply(some(neighbours, SAMPLE_NEIGHBOURS)));
            return;
        }
        take(peer);
        outbox.accept(peer, new Message.NeighbourReply(true));
        for (var other : neighbours()) {
            if (!other.equals(peer)) {
                outbox.accept(other, new Message.ForwardJoin(peer, WALK));
            }
        }
    }

    void forwardJoin(NodeId from, Message.ForwardJoin walk) {
        if (walk.node().equals(self)) {
            return;
        }
        int ttl = Math.min(walk.ttl(), WALK);
        var next = ttl <= 0 ? Optional.<NodeId>empty() : pick(neighbours.stream().filter(peer -> !peer.equals(from) && !peer.equals(walk.node())).toList());
        if (next.isEmpty()) {
            if (!isNeighbour(walk.node())) {
                ask(walk.node(), new Message.Neighbour(true));
            }
            return;
        }
        if (ttl == WALK_NOTED) {
            note(walk.node());
        }
        outbox.accept(next.get(), new Message.ForwardJoin(walk.node(), ttl - 1));
    }

    void asks(NodeId peer, Message.Neighbour question) {
        boolean accepted = isNeighbour(peer) || neighbours.size() < neighboursMax || question.urgent() && admits();
        if (accepted) {
            take(peer);
        } else {
            note(peer);
        }
        outbox.accept(peer, new Message.NeighbourReply(accepted));
    }

    private boolean admits() {
        return neighbours.size() < neighboursMax || ++urgent <= URGENT_MAX;
    }

    void answers(NodeId peer, Message.NeighbourReply reply) {
        boolean wasAsked = asked.remove(peer) != null;
        if (reply.accepted() && wasAsked) {
            take(peer);
        } else if (reply.accepted() && !isNeighbour(peer)) {
            outbox.accept(peer, new Message.Disconnect()); // too late: it would count on a neighbour that is none
        }
    }

    void disconnects(NodeId peer) {
        drop(peer);
        note(peer);
    }

    /** The peer behaves as a neighbour. If it is none, one of both has missed a message. */
    boolean confirm(NodeId peer) {
        if (isNeighbour(peer)) {
            return true;
        }
        if (neighbours.size() < neighboursMax) {
            take(peer);
            return true;
        }
        outbox.accept(peer, new Message.Disconnect());
        return false;
    }

    void shuffles(NodeId from, Message.Shuffle walk) {
        if (walk.origin().equals(self)) {
            return;
        }
        int ttl = Math.min(walk.ttl(), WALK) - 1;
        var next = ttl <= 0 ? Optional.<NodeId>empty() : pick(neighbours.stream().filter(peer -> !peer.equals(from) && !peer.equals(walk.origin())).toList());
        if (next.isPresent()) {
            outbox.accept(next.get(), new Message.Shuffle(walk.origin(), ttl, walk.nodes()));
            return;
        }
        outbox.accept(walk.origin(), new Message.ShuffleReply(some(known, walk.nodes().size())));
        walk.nodes().forEach(this::note);
        note(walk.origin());
    }

    void shuffled(Message.ShuffleReply reply) {
        reply.nodes().forEach(this::note);
    }

    /** Takes a neighbour in; one of the others goes when there is no room. */
    private void take(NodeId peer) {
        if (isNeighbour(peer) || peer.equals(self)) {
            return;
        }
        if (neighbours.size() >= neighboursMax) {
            var victim = neighbours.get(random.nextInt(neighbours.size()));
            outbox.accept(victim, new Message.Disconnect());
            disconnects(victim);
        }
        known.remove(peer);
        lost.remove(peer);
        asked.remove(peer);
        neighbours.add(peer);
        broadcast.neighbourUp(peer);
    }

    private void drop(NodeId peer) {
        if (neighbours.remove(peer)) {
            broadcast.neighbourDown(peer);
        }
    }

    private void note(NodeId peer) {
        if (peer.equals(self) || isNeighbour(peer) || known.contains(peer)) {
            return;
        }
        if (known.size() >= knownMax) {
            known.set(random.nextInt(known.size()), peer);
        } else {
            known.add(peer);
        }
    }

    private List<NodeId> sample() {
        var nodes = new ArrayList<NodeId>();
        nodes.add(self);
        nodes.addAll(some(neighbours, SAMPLE_NEIGHBOURS));
        nodes.addAll(some(known, SAMPLE_KNOWN));
        return nodes;
    }

    private List<NodeId> some(List<NodeId> from, int count) {
        var left = new ArrayList<>(from);
        var chosen = new ArrayList<NodeId>();
        while (chosen.size() < count && !left.isEmpty()) {
            int at = random.nextInt(left.size());
            chosen.add(left.get(at));
            left.set(at, left.getLast());
            left.removeLast();
        }
        return chosen;
    }

    private Optional<NodeId> pick(List<NodeId> from) {
        return from.isEmpty() ? Optional.empty() : Optional.of(from.get(random.nextInt(from.size())));
    }
}
