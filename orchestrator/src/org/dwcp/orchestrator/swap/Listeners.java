// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import org.dwcp.api.Check;
import org.dwcp.api.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Callbacks of one kind: told in order of registration, each once; one that throws is counted and stops nobody else. Thread-safe. */
final class Listeners<E> {
    /** Most callbacks. Source: chosen; each runs on the one control thread. */
    static final int LISTENERS_MAX = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    /** A listener may be registered twice: each registration is its own object. */
    private record Entry<E>(Consumer<E> listener, Object identity) {
    }

    private final String kind;
    private final LongAdder failures;
    private final CopyOnWriteArrayList<Entry<E>> entries = new CopyOnWriteArrayList<>();

    Listeners(String kind, LongAdder failures) {
        this.kind = kind;
        this.failures = failures;
    }

    Registration add(Consumer<E> listener) {
        Check.argument(listener != null, "%s listener is missing", kind);
        Check.argument(entries.size() < LISTENERS_MAX, "%d %s listeners are registered, the limit; close some", LISTENERS_MAX, kind);
        Entry<E> entry = new Entry<>(listener, new Object());
        entries.add(entry);
        return () -> entries.remove(entry);
    }

    void tell(E event) {
        for (Entry<E> entry : entries) {
            try {
                entry.listener.accept(event);
            } catch (Throwable failure) { // a callback is foreign code
                failures.increment();
                LOG.warn("callback failed kind={} event='{}'", kind, event, failure);
            }
        }
    }
}
