// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.route;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.felix.framework.Felix;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** One call of the same object by every way, by one thread and by two. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class Calls {
    private Routing.Counter direct;
    private Routing routing;
    private Route<Routing.Counter> route;
    private Route<Routing.Counter> spread;
    private Routing.Counter proxy;
    private RouteKey key;
    private Felix felix;
    private Path storage;
    private BundleContext bundles;
    private ServiceTracker<Routing.Counter, Routing.Counter> tracker;

    /** Makes the routing and a framework that holds the same object as a service. */
    @Setup
    public void open() throws IOException, BundleException {
        direct = value -> value + 1;
        key = RouteKey.of("lisbon/flow-17");
        routing = new Routing(direct, value -> value + 3);
        route = routing.routing().adapter().route(Routing.SLOT);
        proxy = routing.routing().adapter().get(Routing.SLOT);
        Routing second = new Routing(direct, value -> value + 3);
        second.routing().promote("counter", "v3", 10, "benchmark");
        spread = second.routing().adapter().route(Routing.SLOT);
        storage = Files.createTempDirectory("dwcp-bench");
        felix = new Felix(Map.of(Constants.FRAMEWORK_STORAGE, storage.toString()));
        felix.start();
        bundles = felix.getBundleContext();
        bundles.registerService(Routing.Counter.class, direct, null);
        tracker = new ServiceTracker<>(bundles, Routing.Counter.class, null);
        tracker.open();
    }

    /** Stops both. */
    @TearDown
    public void close() throws BundleException, InterruptedException, IOException {
        routing.close();
        tracker.close();
        felix.stop();
        felix.waitForStop(10_000);
        try (var files = Files.walk(storage)) {
            files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    /** Calls the object itself. */
    @Benchmark
    public long direct() {
        return direct.next(7);
    }

    /** Calls over the route; all keys go to one provider. */
    @Benchmark
    public long routed() {
        return route.call(key, counter -> counter.next(7));
    }

    /** Calls over the route during a rollout of 10 %. */
    @Benchmark
    public long routedInRollout() {
        return spread.call(key, counter -> counter.next(7));
    }

    /** Calls over the proxy of the slot. */
    @Benchmark
    public long proxied() {
        return proxy.next(7);
    }

    /** Asks a tracker for the service each time. */
    @Benchmark
    public long tracked() {
        return tracker.getService().next(7);
    }

    /** Asks the registry for the service each time, and gives it back. */
    @Benchmark
    public long looked() {
        ServiceReference<Routing.Counter> reference = bundles.getServiceReference(Routing.Counter.class);
        try {
            return bundles.getService(reference).next(7);
        } finally {
            bundles.ungetService(reference);
        }
    }

    /** As {@link #direct}, by two threads. */
    @Benchmark
    @Threads(2)
    public long directBy2() {
        return direct.next(7);
    }

    /** As {@link #routed}, by two threads. */
    @Benchmark
    @Threads(2)
    public long routedBy2() {
        return route.call(key, counter -> counter.next(7));
    }

    /** As {@link #tracked}, by two threads. */
    @Benchmark
    @Threads(2)
    public long trackedBy2() {
        return tracker.getService().next(7);
    }

    /** As {@link #looked}, by two threads. */
    @Benchmark
    @Threads(2)
    public long lookedBy2() {
        return looked();
    }
}
