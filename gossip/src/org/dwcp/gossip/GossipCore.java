// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;

/**
 * One node's gossip as a state machine: no thread, no clock, no I/O, so that ten thousand of them run in a test. Not thread-safe. Invariants: nothing is told to
 * listeners or passed on whose owner's signature was not checked here; what is refused changes nothing but the counts; per value and round each neighbour is
 * sent a bounded number of bytes, whatever it asks for.
 */
final class GossipCore {
    /** Bytes of values that one peer gets in answers in a round. Source: chosen; half of a small call. */
    private static final int ANSWER_BYTES_MAX = 512 << 10;
    /** Versions of one owner that are taken in a round. Source: chosen; each of its names twice. */
    private static final int OWNER_UPDATES_MAX = 2 * Gossip.NAMES_MAX;
    /** Mean number of rounds between two comparisons with a partner. Source: chosen. */
    private static final int SYNC_ROUNDS = 5;
    /** Values with a doubtful certificate that one peer may bring in a round; to look at one costs some tenths of a millisecond. Source: chosen. */
    private static final int DOUBTS_MAX = 32;
    private static final int HOPS_MAX = 255;

    private record Own(byte[] bytes, long lifeMs) {
    }

    private final NodeId self;
    private final Seal seal;
    private final RandomGenerator random;
    private final ValueStore store;
    private final Broadcast broadcast;
    private final Membership membership;
    private final Map<String, Own> own = new TreeMap<>();
    private final Map<NodeId, Integer> answered = new HashMap<>();
    private final Map<NodeId, Integer> updates = new HashMap<>();
    private final Map<NodeId, Integer> doubts = new HashMap<>();
    private final Offenders offenders = new Offenders();
    private final long[] counts = new long[Figure.values().length];
    private List<Effect> effects = new ArrayList<>();
    private long wallMs;
    private int round;
    /** With whom the last comparison left something to ask for: more may be missing. */
    private NodeId behind;

    GossipCore(NodeId self, GossipSettings settings, Seal seal, RandomGenerator random) {
        this.self = self;
        this.seal = seal;
        this.random = random;
        store = new ValueStore(settings);
        broadcast = new Broadcast(store, this::send);
        membership = new Membership(self, settings, random, this::send, broadcast);
    }

    /**
     * Lets something happen.
     *
     * @param event what
     * @param now   wall time in milliseconds
     * @return what is to be done, in order
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a put that is not allowed; nothing has changed
     */
    List<Effect> step(Event event, long now) {
        wallMs = now;
        effects = new ArrayList<>();
        switch (event) {
            case Event.Tick _ -> tick();
            case Event.Received received -> receive(received.from(), received.message());
            case Event.Malformed malformed -> {
                count(Figure.REFUSED_MALFORMED);
                strike(malformed.from());
            }
            case Event.PeerUp up -> {
                if (!offenders.isBanned(up.peer(), round) && membership.up(up.peer())) {
                    send(up.peer(), digest());
                }
            }
            case Event.PeerDown down -> membership.down(down.peer());
            case Event.Put put -> put(put);
            case Event.Remove remove -> remove(remove.name());
        }
        return effects;
    }

    private void tick() {
        round++;
        answered.clear();
        updates.clear();
        doubts.clear();
        for (var over : store.expire(wallMs)) {
            if (!over.removed()) {
                effects.add(new Effect.Gone(over.owner(), over.name()));
            }
        }
        own.forEach(this::renew);
        membership.tick();
        add(Figure.GRAFTS, broadcast.tick());
        if (behind != null) {
            send(behind, digest());
            behind = null;
        } else if (random.nextInt(SYNC_ROUNDS) == 0) {
            membership.partner().ifPresent(peer -> send(peer, digest()));
        }
    }

    /** Signs again what is half over, and what an earlier life of this node has overwritten. */
    private void renew(String name, Own wanted) {
        var held = store.find(self, name);
        boolean fresh = held.filter(h -> !h.value().removed() && h.value().expiresMs() - wallMs > wanted.lifeMs() / 2
                && Arrays.equals(h.value().bytes(), wanted.bytes())).isPresent();
        if (!fresh) {
            write(name, wanted.bytes(), wanted.lifeMs(), false);
        }
    }

    private void put(Event.Put put) {
        Check.argument(own.containsKey(put.name()) || own.size() < Gossip.NAMES_MAX && (store.find(self, put.name()).isPresent()
                || store.weigh(unsigned(put.name(), put.bytes(), put.lifeMs(), false), wallMs) != ValueStore.Standing.NO_ROOM),
                "value '%s' is one more than the %d names that a node may have, or does not fit values.max or values.bytes.max; remove another first", put.name(),
                Gossip.NAMES_MAX);
        own.put(put.name(), new Own(put.bytes(), put.lifeMs()));
        write(put.name(), put.bytes(), put.lifeMs(), false);
    }

    private void remove(String name) {
        own.remove(name);
        if (store.find(self, name).filter(held -> !held.value().removed()).isPresent()) {
            write(name, new byte[0], 0, true);
        }
    }

    private void write(String name, byte[] bytes, long lifeMs, boolean removed) {
        var value = seal.sign(unsigned(name, bytes, lifeMs, removed));
        if (store.weigh(value, wallMs) == ValueStore.Standing.NO_ROOM) {
            count(Figure.REFUSED_LIMIT); // a renewal on a node that others have filled; it is tried again in the next round
            return;
        }
        take(value, 0, self);
    }

    /** A new version never ends before the one it replaces: a replay of that one would count again. */
    private SignedValue unsigned(String name, byte[] bytes, long lifeMs, boolean removed) {
        var before = store.find(self, name).map(ValueStore.Held::value);
        long version = Math.max(wallMs, before.map(value -> value.version() + 1).orElse(0L));
        long expires = Math.max(wallMs + lifeMs, before.map(SignedValue::expiresMs).orElse(0L));
        return new SignedValue(self, name, version, wallMs, expires, removed, bytes, new byte[0], new byte[0]);
    }

    private void receive(NodeId from, Message message) {
        count(Figure.RECEIVED_MESSAGES);
        if (offenders.isBanned(from, round)) {
            count(Figure.REFUSED_BANNED);
            return;
        }
        switch (message) {
            case Message.Join _ -> {
                membership.joins(from);
                send(from, digest());
            }
            case Message.ForwardJoin walk -> membership.forwardJoin(from, walk);
            case Message.Neighbour question -> membership.asks(from, question);
            case Message.NeighbourReply reply -> membership.answers(from, reply);
            case Message.Disconnect _ -> membership.disconnects(from);
            case Message.Shuffle walk -> membership.shuffles(from, walk);
            case Message.ShuffleReply reply -> membership.shuffled(reply);
            case Message.Value value -> value(from, value);
            case Message.IHave have -> {
                if (membership.confirm(from)) {
                    broadcast.announces(from, have.marks());
                }
            }
            case Message.Graft graft -> {
                if (membership.confirm(from)) {
                    broadcast.branch(from);
                    answer(from, graft.marks());
                }
            }
            case Message.Prune _ -> {
                if (membership.confirm(from)) {
                    broadcast.pruned(from);
                }
            }
            case Message.Digest digest -> compare(from, digest);
            case Message.Marks marks -> reconcile(from, marks);
            case Message.Want want -> answer(from, want.marks());
        }
    }

    private void value(NodeId from, Message.Value message) {
        var value = message.value();
        int hops = Math.min(HOPS_MAX, message.hops() + 1);
        boolean fromNeighbour = message.pushed() && membership.confirm(from);
        switch (store.weigh(value, wallMs)) {
            case SAME -> {
                count(Figure.REPEATED_VALUES);
                if (fromNeighbour && broadcast.prune(from)) {
                    count(Figure.PRUNES);
                }
            }
            case OLDER -> {
                count(Figure.OLDER_VALUES);
                answer(from, List.of(value.mark()));
            }
            case OVER -> count(Figure.REFUSED_EXPIRY);
            case NO_ROOM -> count(Figure.REFUSED_LIMIT);
            case NEWER -> newer(from, value, hops, fromNeighbour);
        }
    }

    private void newer(NodeId from, SignedValue value, int hops, boolean fromNeighbour) {
        if (doubts.getOrDefault(from, 0) >= DOUBTS_MAX || updates.merge(value.owner(), 1, Integer::sum) > OWNER_UPDATES_MAX) {
            count(Figure.REFUSED_RATE);
            return;
        }
        switch (seal.check(value, wallMs)) {
            case GOOD -> {
                if (fromNeighbour) {
                    broadcast.branch(from);
                }
                take(value, hops, from);
            }
            case FORGED -> {
                count(Figure.REFUSED_SIGNATURE);
                updates.merge(value.owner(), -1, Integer::sum); // who forges must not use up what the owner may write
                strike(from);
            }
            case NOT_TRUSTED -> {
                count(Figure.REFUSED_CERTIFICATE);
                doubts.merge(from, 1, Integer::sum);
                updates.merge(value.owner(), -1, Integer::sum);
            }
        }
    }

    private void take(SignedValue value, int hops, NodeId from) {
        var before = store.find(value.owner(), value.name());
        var kept = store.put(value, hops);
        count(Figure.ACCEPTED_VALUES);
        if (!kept.removed()) {
            effects.add(new Effect.Changed(kept, hops));
        } else if (before.filter(held -> !held.value().removed()).isPresent()) {
            effects.add(new Effect.Gone(kept.owner(), kept.name()));
        }
        broadcast.spread(kept, hops, from);
    }

    private Message digest() {
        var sums = new ArrayList<Long>(Message.BUCKETS);
        for (long sum : store.sums()) {
            sums.add(sum);
        }
        return new Message.Digest(sums);
    }

    /** Answers with what is known in the buckets that differ, as many as fit, beginning anywhere. */
    private void compare(NodeId from, Message.Digest theirs) {
        var ours = store.sums();
        var sizes = store.sizes();
        long mask = 0;
        int marks = 0;
        int first = random.nextInt(Message.BUCKETS);
        for (int i = 0; i < Message.BUCKETS; i++) {
            int bucket = (first + i) % Message.BUCKETS;
            if (theirs.sums().get(bucket) != ours[bucket] && (mask == 0 || marks + sizes[bucket] <= Message.MARKS_MAX)) {
                mask |= 1L << bucket;
                marks += sizes[bucket];
            }
        }
        if (mask != 0) {
            count(Figure.SYNC_DIFFERENCES);
            membership.bridge(from);
            var known = store.in(mask).stream().map(held -> held.value().mark()).toList();
            for (int at = 0; at == 0 || at < known.size(); at += Message.MARKS_MAX) { // a bucket alone may be larger: then the rest is not claimed to be all
                boolean whole = known.size() <= Message.MARKS_MAX;
                send(from, new Message.Marks(whole ? mask : 0, known.subList(at, Math.min(known.size(), at + Message.MARKS_MAX))));
            }
        }
    }

    /** Asks for what is newer there, sends what is newer here. A mask of 0 says nothing about what the peer lacks. */
    private void reconcile(NodeId from, Message.Marks theirs) {
        var wanted = new ArrayList<Mark>();
        var known = new HashMap<String, Mark>();
        for (var mark : theirs.marks()) {
            known.put(mark.owner() + " " + mark.name(), mark);
            var held = store.find(mark.owner(), mark.name());
            if (held.isEmpty() || mark.isNewerThan(held.get().value().mark())) {
                wanted.add(mark);
            } else if (held.get().value().mark().isNewerThan(mark)) {
                answer(from, List.of(mark));
            }
        }
        if (!wanted.isEmpty()) {
            send(from, new Message.Want(wanted));
            behind = from;
        }
        for (var held : store.in(theirs.mask())) {
            if (!known.containsKey(held.value().owner() + " " + held.value().name())) {
                answer(from, List.of(held.value().mark()));
            }
        }
    }

    /** Sends values within what the peer may have in a round; it asks again when that was not all. */
    private void answer(NodeId to, List<Mark> marks) {
        for (var mark : marks) {
            var held = store.find(mark.owner(), mark.name());
            if (held.isPresent()) {
                int sent = answered.getOrDefault(to, 0) + held.get().value().size();
                if (sent > ANSWER_BYTES_MAX) {
                    count(Figure.HELD_BACK);
                    return;
                }
                answered.put(to, sent);
                send(to, new Message.Value(held.get().value(), held.get().hops(), false));
            }
        }
    }

    private void strike(NodeId peer) {
        if (offenders.strike(peer, round)) {
            count(Figure.BANNED_NODES);
            membership.forget(peer);
        }
    }

    private void send(NodeId to, Message message) {
        count(Figure.SENT_MESSAGES);
        if (message instanceof Message.Value) {
            count(Figure.SENT_VALUES);
        }
        effects.add(new Effect.Send(to, message));
    }

    private void count(Figure figure) {
        add(figure, 1);
    }

    private void add(Figure figure, int more) {
        counts[figure.ordinal()] += more;
    }

    Optional<ValueStore.Held> find(NodeId owner, String name) {
        return store.find(owner, name).filter(held -> !held.value().removed());
    }

    List<ValueStore.Held> list() {
        var all = new ArrayList<ValueStore.Held>();
        store.forEach(held -> {
            if (!held.value().removed()) {
                all.add(held);
            }
        });
        return all;
    }

    List<NodeId> neighbours() {
        return membership.neighbours();
    }

    long figure(Figure figure) {
        return counts[figure.ordinal()];
    }

    /** All counts, and how much is held. */
    Map<String, Long> figures() {
        var figures = new TreeMap<String, Long>();
        for (var figure : Figure.values()) {
            figures.put(figure.key(), figure(figure));
        }
        figures.put("values.count", (long) store.count());
        figures.put("values.bytes", store.bytes());
        figures.put("neighbours.count", (long) membership.neighbours().size());
        figures.put("neighbours.pushed.count", (long) broadcast.pushedCount());
        figures.put("known.count", (long) membership.knownCount());
        figures.put("rounds.count", (long) round);
        return figures;
    }
}
