// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.Message.Entry;

/**
 * What lies between the stable checkpoint and the high water mark: slots, and over all views the digests that were proposed here (Q) and
 * prepared here (P) with the batches behind them. P and Q are what a view change tells; they are on the disk before any vote that they explain.
 */
final class OrderLog {
    private final TreeMap<Long, Slot> slots = new TreeMap<>();
    private final TreeMap<Long, Entry> prepared = new TreeMap<>();
    private final TreeMap<Long, Map<Digest, Long>> proposed = new TreeMap<>();
    private final Map<Digest, Batch> batches = new HashMap<>();

    OrderLog() {
        batches.put(Batch.EMPTY.digest(), Batch.EMPTY);
    }

    Slot slot(long sequence) {
        return slots.computeIfAbsent(sequence, Slot::new);
    }

    Optional<Slot> find(long sequence) {
        return Optional.ofNullable(slots.get(sequence));
    }

    Collection<Slot> above(long sequence) {
        return slots.tailMap(sequence, false).values();
    }

    Optional<Batch> batch(Digest digest) {
        return Optional.ofNullable(batches.get(digest));
    }

    void keep(Digest digest, Batch batch) {
        batches.put(digest, batch);
    }

    /** Notes a proposal: the latest view of this digest, and of all its digests the latest few. */
    void proposed(long sequence, long view, Digest digest) {
        var views = proposed.computeIfAbsent(sequence, ignored -> new LinkedHashMap<>());
        views.merge(digest, view, Math::max);
        if (views.size() > Limits.DIGESTS_PER_SEQUENCE_MAX) {
            // Costs at worst time, never safety: a digest that was prepared lately has a late view.
            var oldest = views.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow().getKey();
            views.remove(oldest);
        }
    }

    void prepared(long sequence, long view, Digest digest) {
        var last = prepared.get(sequence);
        if (last == null || last.view() < view) {
            prepared.put(sequence, new Entry(sequence, view, digest));
        }
    }

    List<Entry> prepared() {
        return List.copyOf(prepared.values());
    }

    List<Entry> proposed() {
        var all = new ArrayList<Entry>();
        proposed.forEach((sequence, views) -> views.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(entry -> all.add(new Entry(sequence, entry.getValue(), entry.getKey()))));
        return all;
    }

    /** Digests that were voted for and whose batches are not here. */
    Set<Digest> missing(long executed) {
        var missing = new HashSet<Digest>();
        for (var slot : slots.values()) {
            if (slot.proposal != null && !batches.containsKey(slot.proposal.digest())) {
                missing.add(slot.proposal.digest());
            }
            if (slot.decided != null && slot.sequence > executed && !batches.containsKey(slot.decided.digest())) {
                missing.add(slot.decided.digest());
            }
        }
        return missing;
    }

    void leaveView() {
        slots.values().forEach(Slot::leaveView);
    }

    /** Forgets what is at or below a stable checkpoint, and batches that nothing names any more. */
    void discard(long stable) {
        for (NavigableMap<Long, ?> map : List.of(slots, prepared, proposed)) {
            map.headMap(stable, true).clear();
        }
        var named = new HashSet<Digest>();
        named.add(Batch.EMPTY.digest());
        proposed.values().forEach(views -> named.addAll(views.keySet()));
        for (var slot : slots.values()) {
            if (slot.proposal != null) {
                named.add(slot.proposal.digest());
            }
            if (slot.decided != null) {
                named.add(slot.decided.digest());
            }
        }
        batches.keySet().retainAll(named);
    }

    void clear() {
        discard(Long.MAX_VALUE);
    }
}
