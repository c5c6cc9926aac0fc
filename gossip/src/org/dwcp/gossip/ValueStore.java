// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;

/**
 * The values that are known: of each name the newest. Invariants: at most {@link Gossip#NAMES_MAX} names of an owner, at most so many values and bytes in all; a
 * name that was removed stays as a mark until the value it replaced would be over, so that a replay finds something newer.
 */
final class ValueStore {
    /** Clocks may differ by so much before a life counts as too long. Source: chosen; certificates begin that much in the past. */
    static final long SKEW_MS = 5 * 60_000;

    /** How a value compares to what is known. */
    enum Standing { NEWER, SAME, OLDER, OVER, NO_ROOM }

    record Held(SignedValue value, int hops) {
    }

    /** All values of an owner share its certificates. */
    private static final class Names {
        private byte[] chain = {};
        private final TreeMap<String, Held> held = new TreeMap<>();
    }

    private final int valuesMax;
    private final long bytesMax;
    private final Map<NodeId, Names> owners = new LinkedHashMap<>();
    private int count;
    private long bytes;

    ValueStore(GossipSettings settings) {
        valuesMax = settings.valuesMax();
        bytesMax = settings.valuesBytesMax();
    }

    Optional<Held> find(NodeId owner, String name) {
        return Optional.ofNullable(owners.get(owner)).map(names -> names.held.get(name));
    }

    boolean hasAtLeast(Mark mark) {
        return find(mark.owner(), mark.name()).filter(held -> !mark.isNewerThan(held.value().mark())).isPresent();
    }

    /** Looks at everything that needs no signature. */
    Standing weigh(SignedValue value, long wallMs) {
        var known = find(value.owner(), value.name());
        if (known.isPresent()) {
            var mark = known.get().value().mark();
            if (!value.mark().isNewerThan(mark)) {
                return value.mark().equals(mark) ? Standing.SAME : Standing.OLDER;
            }
        }
        if (value.expiresMs() <= wallMs || value.expiresMs() > wallMs + Gossip.LIFE_MAX.toMillis() + SKEW_MS) {
            return Standing.OVER;
        }
        return hasRoom(value, known) ? Standing.NEWER : Standing.NO_ROOM;
    }

    private boolean hasRoom(SignedValue value, Optional<Held> known) {
        long before = known.map(held -> (long) held.value().size()).orElse(0L);
        return bytes - before + value.size() <= bytesMax && (known.isPresent() || count < valuesMax && namesOf(value.owner()) < Gossip.NAMES_MAX);
    }

    private int namesOf(NodeId owner) {
        var names = owners.get(owner);
        return names == null ? 0 : names.held.size();
    }

    /** Takes a value that {@link #weigh} called newer and whose signature is right. */
    SignedValue put(SignedValue value, int hops) {
        var names = owners.computeIfAbsent(value.owner(), _ -> new Names());
        if (!Arrays.equals(names.chain, value.chain())) {
            names.chain = value.chain();
        }
        var shared = value.with(names.chain, value.signature());
        var before = names.held.put(shared.name(), new Held(shared, hops));
        count += before == null ? 1 : 0;
        bytes += shared.size() - (before == null ? 0 : before.value().size());
        return shared;
    }

    /** Drops what is over. */
    List<SignedValue> expire(long wallMs) {
        var over = new ArrayList<SignedValue>();
        var each = owners.values().iterator();
        while (each.hasNext()) {
            var names = each.next();
            names.held.values().removeIf(held -> {
                boolean ends = held.value().expiresMs() <= wallMs;
                if (ends) {
                    over.add(held.value());
                }
                return ends;
            });
            if (names.held.isEmpty()) {
                each.remove();
            }
        }
        over.forEach(value -> {
            count--;
            bytes -= value.size();
        });
        return over;
    }

    void forEach(Consumer<Held> each) {
        owners.values().forEach(names -> names.held.values().forEach(each));
    }

    /** One sum a bucket over the marks of all values: equal states have equal sums, whatever the order they came in. */
    long[] sums() {
        var sums = new long[Message.BUCKETS];
        forEach(held -> {
            var mark = held.value().mark();
            sums[mark.bucket()] ^= mark.hash();
        });
        return sums;
    }

    /** The values of the buckets of a mask. */
    List<Held> in(long mask) {
        var found = new ArrayList<Held>();
        forEach(held -> {
            if ((mask >>> held.value().mark().bucket() & 1) == 1) {
                found.add(held);
            }
        });
        return found;
    }

    /** Number of values in each bucket. */
    int[] sizes() {
        var sizes = new int[Message.BUCKETS];
        forEach(held -> sizes[held.value().mark().bucket()]++);
        return sizes;
    }

    int count() {
        return count;
    }

    long bytes() {
        return bytes;
    }
}
