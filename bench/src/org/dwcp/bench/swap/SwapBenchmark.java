// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.swap;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.felix.framework.Felix;
import org.dwcp.api.Check;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.bench.route.Routing;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A thousand swaps while four threads call: what fails, what reaches the old provider too late, how long a swap takes. Beside it the two ways of
 * plain OSGi: replacing the service, and raising its ranking.
 */
public final class SwapBenchmark implements Benchmark {
    private static final int THREADS = 4;
    /** Source: the plan's target for 99 of 100 swaps on two cores. */
    private static final double COMMIT_MS_MAX = 5;
    private static final String FELIX = "Felix 7.0.5";

    @Override
    public String name() {
        return "swap";
    }

    @Override
    public String description() {
        return "1,000 swaps under 4 calling threads: failed and late calls, time to commit; beside re-registration and ranking of plain OSGi";
    }

    /** What a series of swaps showed. */
    private record Series(long calls, long failed, long late, double[] commitMs) {
        double quantile(double q) {
            double[] sorted = commitMs.clone();
            Arrays.sort(sorted);
            return sorted[(int) Math.min(sorted.length - 1, Math.round(q * sorted.length))];
        }
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        int swaps = options.pick(100, 1_000);
        ours(swaps); // warms up
        Series ours = ours(swaps);
        Series ranked = inFelix(swaps, true);
        Series replaced = inFelix(swaps, false);
        String of = " of " + ours.calls() + " rounds over " + (1 + Routing.OTHERS.size()) + " slots";
        List<Row> rows = new ArrayList<>();
        rows.add(Row.lower(name(), "failed calls in " + swaps + " swaps", "calls", ours.failed(), replaced.failed(),
                "unregister + register, " + FELIX, 1).withNote("ours" + of + ", the peer's of " + replaced.calls()));
        rows.add(Row.lower(name(), "failed calls in " + swaps + " swaps", "calls", ours.failed(), ranked.failed(),
                "ranking + ServiceTracker, " + FELIX, 1).withNote("ours" + of + ", the peer's of " + ranked.calls()));
        rows.add(Row.lower(name(), "begun on the old provider after the commit", "calls", ours.late(), 0, "must be 0", 1).withNote(of.trim()));
        rows.add(Row.lower(name(), "command to commit, median", "ms", ours.quantile(0.5), ranked.quantile(0.5), "setProperties, " + FELIX, swaps));
        rows.add(Row.lower(name(), "command to commit, 99 %", "ms", ours.quantile(0.99), ranked.quantile(0.99), "setProperties, " + FELIX, swaps));
        rows.add(Row.lower(name(), "command to commit, 99 %", "ms", ours.quantile(0.99), COMMIT_MS_MAX, "limit", swaps).withLimit(1));
        return rows;
    }

    /** Which provider has been in force since which table. */
    private record InForce(long generation, long answer) {
    }

    private static final class Stamp {
        private volatile InForce last = new InForce(-1, 0);
    }

    private static Series ours(int swaps) throws Exception {
        LongAdder late = new LongAdder();
        Stamp stamp = new Stamp();
        double[] commitMs = new double[swaps];
        try (Routing routing = new Routing(value -> 1, value -> 3)) {
            List<Route<Routing.Counter>> routes = new ArrayList<>(List.of(routing.routing().adapter().route(Routing.SLOT)));
            Routing.OTHERS.forEach(slot -> routes.add(routing.routing().adapter().route(slot)));
            Route<Routing.Counter> route = routes.getFirst();
            routing.routing().adapter().switchMode(NetworkMode.DATACENTER, "benchmark");
            try (Load load = new Load(THREADS, () -> new Caller(routes, stamp, late))) {
                for (int i = 0; i < swaps; i++) {
                    boolean toV3 = i % 2 == 0;
                    var records = routing.routing().adapter().switchMode(toV3 ? NetworkMode.INTERNET : NetworkMode.DATACENTER, "benchmark");
                    Check.state(records.size() == routes.size(), "%d of %d slots moved", records.size(), routes.size());
                    // No other command runs: the table in force is the one of this swap.
                    stamp.last = new InForce(route.generation(), toV3 ? 3 : 1);
                    commitMs[i] = records.getFirst().toCommit().toNanos() / 1e6;
                    Thread.sleep(1);
                }
                return new Series(load.calls(), load.failed(), late.sum(), commitMs);
            }
        }
    }

    /**
     * One thread's calls, a round over all slots at a time. A call that began when a commit had been announced, under a table that has not changed since,
     * must reach that commit's provider. Allocates nothing, like the peers' calls: its garbage would be collected in the middle of swaps.
     */
    private static final class Caller implements BooleanSupplier, Function<Routing.Counter, Long> {
        private final RouteKey key = RouteKey.of("lisbon/flow-17");
        private final List<Route<Routing.Counter>> routes;
        private final Stamp stamp;
        private final LongAdder late;
        private Route<Routing.Counter> route;
        private InForce announced;

        Caller(List<Route<Routing.Counter>> routes, Stamp stamp, LongAdder late) {
            this.routes = routes;
            this.stamp = stamp;
            this.late = late;
        }

        @Override
        public boolean getAsBoolean() {
            for (int index = 0; index < routes.size(); index++) {
                route = routes.get(index);
                announced = stamp.last;
                try {
                    long answer = route.call(key, this);
                    if (answer != 0 && answer != announced.answer()) {
                        late.increment();
                    }
                } catch (RuntimeException e) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public Long apply(Routing.Counter counter) {
            long answered = counter.next(0);
            return route.generation() == announced.generation() ? answered : 0L;
        }
    }

    private static Series inFelix(int swaps, boolean byRanking) throws Exception {
        Path storage = Files.createTempDirectory("dwcp-bench");
        Felix felix = new Felix(Map.of(Constants.FRAMEWORK_STORAGE, storage.toString()));
        felix.start();
        BundleContext bundles = felix.getBundleContext();
        ServiceTracker<Routing.Counter, Routing.Counter> tracker = new ServiceTracker<>(bundles, Routing.Counter.class, null);
        tracker.open();
        Routing.Counter v1 = value -> 1;
        Routing.Counter v3 = value -> 3;
        double[] commitMs = new double[swaps];
        ServiceRegistration<Routing.Counter> one = bundles.registerService(Routing.Counter.class, v1, ranking(10));
        ServiceRegistration<Routing.Counter> three = byRanking ? bundles.registerService(Routing.Counter.class, v3, ranking(0)) : null;
        try (Load load = new Load(THREADS, () -> () -> {
            Routing.Counter counter = tracker.getService();
            return counter != null && counter.next(0) > 0;
        })) {
            for (int i = 0; i < swaps; i++) {
                long beganNs = System.nanoTime();
                if (byRanking) {
                    three.setProperties(ranking(i % 2 == 0 ? 20 : 0));
                } else {
                    one.unregister();
                    one = bundles.registerService(Routing.Counter.class, i % 2 == 0 ? v3 : v1, ranking(10));
                }
                commitMs[i] = (System.nanoTime() - beganNs) / 1e6;
                Thread.sleep(1);
            }
            return new Series(load.calls(), load.failed(), 0, commitMs);
        } finally {
            tracker.close();
            felix.stop();
            felix.waitForStop(10_000);
            try (var files = Files.walk(storage)) {
                files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
            }
        }
    }

    private static Dictionary<String, Object> ranking(int ranking) {
        return new Hashtable<>(Map.of(Constants.SERVICE_RANKING, ranking));
    }
}
