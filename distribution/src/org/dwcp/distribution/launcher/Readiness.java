// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.time.Duration;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Knows when a node can be used, by facts only: the services that users need are there. A part that cannot start says why through a service
 * of the launcher's, and waiting ends with that message.
 */
final class Readiness implements AutoCloseable {
    /** Port of the control connections between nodes; property of the peers' service. */
    static final String PEER_PORT = "dwcp.peer.port";
    /** Loopback port of the shell's commands; property of the shell's service. */
    static final String CONTROL_PORT = "dwcp.control.port";

    private final CountDownLatch done;
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final Map<String, ServiceTracker<Object, ServiceReference<Object>>> trackers = new LinkedHashMap<>();

    Readiness(BundleContext context, List<String> filters, CompletableFuture<Void> cancel) throws InvalidSyntaxException {
        done = new CountDownLatch(filters.size());
        cancel.thenRun(() -> fail("the node was told to stop before it was ready"));
        Consumer<String> sink = this::fail;
        context.registerService(Consumer.class, sink, new Hashtable<>(Map.of("dwcp.launcher", "failure")));
        for (var filter : filters) {
            var tracker = new First(context, filter);
            trackers.put(filter, tracker);
            tracker.open(true); // whoever the class of the service belongs to
        }
    }

    private void fail(String reason) {
        if (failure.compareAndSet(null, reason)) {
            while (done.getCount() > 0) {
                done.countDown();
            }
        }
    }

    /** Ends a start that cannot succeed any more. */
    void check() throws LaunchException {
        if (failure.get() != null) {
            throw LaunchException.failure("%s", failure.get());
        }
    }

    void await(Duration patience) throws LaunchException, InterruptedException {
        var inTime = done.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        check();
        if (!inTime) {
            var missing = trackers.entrySet().stream().filter(entry -> entry.getValue().isEmpty()).map(Map.Entry::getKey).toList();
            throw LaunchException.failure("the node was not ready after %d s: no service %s; see the log for what failed", patience.toSeconds(),
                    String.join(", ", missing));
        }
    }

    /** Reads a property of the service that has a key. */
    static <T> Optional<T> property(BundleContext context, String key, String property, Class<T> type) {
        try {
            var references = context.getAllServiceReferences(null, "(" + key + "=*)");
            return references == null || !type.isInstance(references[0].getProperty(property)) ? Optional.empty()
                    : Optional.of(type.cast(references[0].getProperty(property)));
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e); // the keys are constants
        }
    }

    @Override
    public void close() {
        trackers.values().forEach(ServiceTracker::close);
    }

    /** Counts down once, for the first service that matches. */
    private final class First extends ServiceTracker<Object, ServiceReference<Object>> {
        private boolean seen;

        First(BundleContext context, String filter) throws InvalidSyntaxException {
            super(context, context.createFilter(filter), null);
        }

        @Override
        public ServiceReference<Object> addingService(ServiceReference<Object> reference) {
            synchronized (this) {
                if (!seen) {
                    seen = true;
                    done.countDown();
                }
            }
            return reference;
        }

        @Override
        public void removedService(ServiceReference<Object> reference, ServiceReference<Object> same) {
            // Was never taken.
        }
    }
}
