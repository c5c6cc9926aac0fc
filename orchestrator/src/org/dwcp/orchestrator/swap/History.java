// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import org.dwcp.api.hybrid.SwapRecord;

/** The last swaps. A record is entered at its commit, and completed in place when its drain has ended. Thread-safe. */
final class History {
    /** Most records. Source: {@link org.dwcp.api.hybrid.HybridOrchestrator#history()}. */
    static final int RECORDS_MAX = 1_000;

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    /** A place in the history. */
    static final class Entry {
        private volatile SwapRecord swap;

        private Entry(SwapRecord swap) {
            this.swap = swap;
        }

        SwapRecord swap() {
            return swap;
        }

        synchronized SwapRecord amend(UnaryOperator<SwapRecord> change) {
            swap = change.apply(swap);
            return swap;
        }
    }

    Entry add(SwapRecord swap) {
        Entry entry = new Entry(swap);
        synchronized (entries) {
            if (entries.size() == RECORDS_MAX) {
                entries.removeFirst();
            }
            entries.addLast(entry);
        }
        return entry;
    }

    List<SwapRecord> list() {
        synchronized (entries) {
            List<SwapRecord> list = new ArrayList<>(entries.size());
            entries.forEach(entry -> list.add(entry.swap()));
            return list;
        }
    }

    /** Changes the records of one transaction that are still kept. */
    void amend(String id, UnaryOperator<SwapRecord> change) {
        synchronized (entries) {
            entries.stream().filter(entry -> entry.swap().id().equals(id)).forEach(entry -> entry.amend(change));
        }
    }
}
