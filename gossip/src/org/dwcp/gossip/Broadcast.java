// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

import org.dwcp.api.NodeId;

/**
 * Plumtree: to some neighbours values are pushed at once, to the others only announced. A second copy of a value turns its link into one that announces, so that
 * a tree is left; an announcement that no push follows turns its link into one that pushes, which mends the tree.
 */
final class Broadcast {
    /** Rounds that the tree has to bring what was announced. Source: chosen; announcements go out at the end of a round, so the push had one already. */
    private static final int PUSH_ROUNDS = 2;
    /** Most announced values that are waited for. Source: chosen; more are found by anti-entropy. */
    private static final int MISSING_MAX = 1_024;
    /** Most who announced one of them. */
    private static final int ANNOUNCERS_MAX = 4;

    private record Name(NodeId owner, String name) {
    }

    private static final class Missing {
        private final Mark mark;
        private final List<NodeId> announcers = new ArrayList<>();
        private int due;

        Missing(Mark mark, int due) {
            this.mark = mark;
            this.due = due;
        }
    }

    private final ValueStore store;
    private final BiConsumer<NodeId, Message> outbox;
    /** Every neighbour; the pushed ones carry no announcements. */
    private final Set<NodeId> pushed = new LinkedHashSet<>();
    private final Map<NodeId, Set<Mark>> announced = new LinkedHashMap<>();
    private final Map<Name, Missing> missing = new LinkedHashMap<>();
    private int round;

    Broadcast(ValueStore store, BiConsumer<NodeId, Message> outbox) {
        this.store = store;
        this.outbox = outbox;
    }

    void neighbourUp(NodeId peer) {
        pushed.add(peer);
    }

    void neighbourDown(NodeId peer) {
        pushed.remove(peer);
        announced.remove(peer);
        missing.values().forEach(each -> each.announcers.remove(peer));
    }

    /** Tells a value that is new here. */
    void spread(SignedValue value, int hops, NodeId from) {
        missing.remove(new Name(value.owner(), value.name()));
        for (var peer : pushed) {
            if (!peer.equals(from)) {
                outbox.accept(peer, new Message.Value(value, hops, true));
            }
        }
        for (var entry : announced.entrySet()) {
            if (!entry.getKey().equals(from) && entry.getValue().size() < Message.MARKS_MAX) {
                entry.getValue().add(value.mark());
            }
        }
    }

    /** A neighbour brought something new: it is a branch of the tree. */
    void branch(NodeId from) {
        if (announced.remove(from) != null) {
            pushed.add(from);
        }
    }

    /** A neighbour brought what was known. Tells whether the branch was cut now. */
    boolean prune(NodeId from) {
        if (!pruned(from)) {
            return false;
        }
        outbox.accept(from, new Message.Prune());
        return true;
    }

    /** A neighbour does not want to be pushed to. */
    boolean pruned(NodeId from) {
        if (!pushed.remove(from)) {
            return false;
        }
        announced.put(from, new LinkedHashSet<>());
        return true;
    }

    void announces(NodeId from, List<Mark> marks) {
        for (var mark : marks) {
            if (store.hasAtLeast(mark)) {
                continue;
            }
            var name = new Name(mark.owner(), mark.name());
            var waiting = missing.get(name);
            if (waiting == null || mark.isNewerThan(waiting.mark)) {
                if (waiting == null && missing.size() >= MISSING_MAX) {
                    continue;
                }
                waiting = new Missing(mark, round + PUSH_ROUNDS);
                missing.put(name, waiting);
            }
            if (waiting.announcers.size() < ANNOUNCERS_MAX && !waiting.announcers.contains(from)) {
                waiting.announcers.add(from);
            }
        }
    }

    /** Announces what has come, and asks for what has not. Gives the number of branches mended. */
    int tick() {
        round++;
        announced.forEach((peer, marks) -> {
            if (!marks.isEmpty()) {
                outbox.accept(peer, new Message.IHave(List.copyOf(marks)));
                marks.clear();
            }
        });
        var grafts = new LinkedHashMap<NodeId, List<Mark>>();
        for (Iterator<Missing> each = missing.values().iterator(); each.hasNext();) {
            var waiting = each.next();
            if (store.hasAtLeast(waiting.mark)) {
                each.remove();
            } else if (waiting.due <= round) {
                if (waiting.announcers.isEmpty()) {
                    each.remove();
                } else {
                    waiting.due = round + PUSH_ROUNDS;
                    grafts.computeIfAbsent(waiting.announcers.removeFirst(), _ -> new ArrayList<>()).add(waiting.mark);
                }
            }
        }
        grafts.forEach((peer, marks) -> {
            branch(peer);
            outbox.accept(peer, new Message.Graft(marks.size() > Message.MARKS_MAX ? marks.subList(0, Message.MARKS_MAX) : marks));
        });
        return grafts.size();
    }

    /** Neighbours that values are pushed to. */
    int pushedCount() {
        return pushed.size();
    }
}
