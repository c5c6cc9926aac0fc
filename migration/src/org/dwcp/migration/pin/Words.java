// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.pin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.NodeId;

/**
 * The last word on each version: a map of registers of which the later write wins, and so a state-based CRDT. Taking words in is commutative, associative and idempotent, so replicas that have the same
 * words are equal, in whatever order and however often they came. Source: Shapiro and others, "A comprehensive study of Convergent and Commutative Replicated Data Types", 2011, section 3.2.2. For one
 * thread at a time.
 */
final class Words {
    /** Most versions that something is known about. Source: as many as a store keeps. */
    static final int MAX = 10_000;

    private final Map<Word.Of, Word> last = new HashMap<>();
    private Stamp latest;

    /** Takes a word in; false when a later one is known, or there is no room for one more version. */
    boolean take(Word word) {
        if (latest == null || word.stamp().compareTo(latest) > 0) {
            latest = word.stamp();
        }
        if (last.size() >= MAX && !last.containsKey(word.about())) {
            return false;
        }
        return last.merge(word.about(), word, Word::orLater) == word;
    }

    /** Says something now, later than all that was heard. */
    Word say(Word.Of about, boolean pinned, String note, long nowMs, NodeId self) {
        var word = new Word(about, pinned, note, latest == null ? new Stamp(nowMs, 0, self) : latest.next(nowMs, self));
        take(word);
        return word;
    }

    /** Takes back what was said and could not be kept. */
    void withdraw(Word word, Optional<Word> before) {
        last.remove(word.about(), word);
        before.ifPresent(this::take);
    }

    Optional<Word> on(Word.Of about) {
        return Optional.ofNullable(last.get(about));
    }

    /** All last words, by name and version. */
    List<Word> all() {
        var all = new ArrayList<>(last.values());
        all.sort(Comparator.comparing((Word word) -> word.about().name()).thenComparing(word -> word.about().sha256()));
        return all;
    }

    /** Those of one node. */
    List<Word> of(NodeId node) {
        return all().stream().filter(word -> word.stamp().node().equals(node)).toList();
    }

    /** Forgets pins that were taken back before a time. */
    void forget(long beforeMs) {
        last.values().removeIf(word -> !word.pinned() && word.stamp().ms() < beforeMs);
    }

    /** Takes in what another replica has. */
    void takeAll(Collection<Word> words) {
        words.forEach(this::take);
    }
}
