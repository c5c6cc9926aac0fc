// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Message.Entry;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.ViewChange;

/**
 * What follows from a set of view changes. Leader and followers compute it alike, so nobody has to believe anybody.
 *
 * <p>For every sequence number above the highest stable checkpoint, up to the highest that anybody claims to have prepared (TOCS 2002,
 * figure 4): (A) a digest that one member has prepared in view v, if a quorum has prepared nothing else since v or later, and f + 1 members
 * were proposed just that in v or later, so that one correct member was, and has the batch; else (B) nothing, if a quorum has prepared nothing;
 * else it cannot be told yet and more view changes are needed. Once those of all correct members are there it always can.
 */
final class NewViewRule {
    /**
     * What the new view begins with.
     *
     * @param stable  the highest proven checkpoint
     * @param chosen  digest by sequence number, without a hole; the empty batch's where nothing was prepared
     */
    record Outcome(Proof stable, SortedMap<Long, Digest> chosen) {
    }

    private NewViewRule() {
    }

    /** Computes; empty when these view changes do not suffice. */
    static Optional<Outcome> decide(Collection<ViewChange> changes, int quorum, int weak) {
        if (changes.size() < quorum) {
            return Optional.empty();
        }
        var stable = changes.stream().map(ViewChange::stable).max(Comparator.comparingLong(Proof::sequence)).orElseThrow();
        long last = changes.stream().flatMap(change -> change.prepared().stream()).mapToLong(Entry::sequence).max().orElse(0);
        var chosen = new TreeMap<Long, Digest>();
        for (long sequence = stable.sequence() + 1; sequence <= last; sequence++) {
            var digest = choose(changes, sequence, quorum, weak);
            if (digest.isEmpty()) {
                return Optional.empty();
            }
            chosen.put(sequence, digest.get());
        }
        return Optional.of(new Outcome(stable, chosen));
    }

    private static Optional<Digest> choose(Collection<ViewChange> changes, long sequence, int quorum, int weak) {
        // Highest view first; digests in order, so that everybody tries the same first.
        var candidates = new TreeSet<>(Comparator.comparingLong(Entry::view).reversed().thenComparing(Entry::digest));
        int empty = 0;
        for (var change : changes) {
            var entry = prepared(change, sequence);
            if (entry.isPresent()) {
                candidates.add(entry.get());
            } else {
                empty++;
            }
        }
        for (var candidate : candidates) {
            if (agree(changes, candidate) >= quorum && wereProposed(changes, candidate) >= weak) {
                return Optional.of(candidate.digest());
            }
        }
        return empty >= quorum ? Optional.of(Batch.EMPTY.digest()) : Optional.empty();
    }

    private static Optional<Entry> prepared(ViewChange change, long sequence) {
        return change.prepared().stream().filter(entry -> entry.sequence() == sequence).findFirst();
    }

    private static int agree(Collection<ViewChange> changes, Entry candidate) {
        int count = 0;
        for (var change : changes) {
            var own = prepared(change, candidate.sequence());
            if (own.isEmpty() || own.get().view() < candidate.view() || own.get().equals(candidate)) {
                count++;
            }
        }
        return count;
    }

    private static int wereProposed(Collection<ViewChange> changes, Entry candidate) {
        int count = 0;
        for (var change : changes) {
            if (change.proposed().stream().anyMatch(entry -> entry.sequence() == candidate.sequence() && entry.view() >= candidate.view()
                    && entry.digest().equals(candidate.digest()))) {
                count++;
            }
        }
        return count;
    }
}
