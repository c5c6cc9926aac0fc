// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Jmh;
import org.dwcp.bench.Row;

/**
 * The cost of the route: what it adds to a direct call, beside what a service tracker and the registry add. Elapsed times by JMH mean something on an
 * idle machine only; the limit is for processor time, which other programs hardly change.
 */
public final class RouteBenchmark implements Benchmark {
    /** What a route may add to a call. Source: the plan's "a few nanoseconds", made a number in ADR 10. */
    private static final double ADDED_NS_MAX = 15;
    private static final String FELIX = "Felix 7.0.5";

    @Override
    public String name() {
        return "route";
    }

    @Override
    public String description() {
        return "a call over a route: processor time and bytes; elapsed time beside direct call, service tracker and registry";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        Map<String, Jmh.Score> scores = Jmh.run(Calls.class, options);
        List<Row> rows = new ArrayList<>();
        try (Work work = new Work(options)) {
            double added = work.cpuNs(1, true) - work.cpuNs(1, false);
            double addedBy2 = work.cpuNs(2, true) - work.cpuNs(2, false);
            rows.add(Row.lower(name(), "processor time added to a direct call", "ns/op", added, ADDED_NS_MAX, "limit", Work.ROUNDS).withLimit(1));
            rows.add(Row.lower(name(), "the same for each of 2 threads", "ns/op", addedBy2, ADDED_NS_MAX, "limit", Work.ROUNDS).withLimit(1));
            rows.add(Row.lower(name(), "allocated by a routed call", "B/op", work.allocatedBytes(), 0, "nothing", Work.ROUNDS));
        }
        rows.add(row(scores, "routed", "direct", "direct call, 1 thread"));
        rows.add(row(scores, "routedInRollout", "direct", "direct call, 1 thread"));
        rows.add(row(scores, "routed", "tracked", "ServiceTracker.getService, " + FELIX));
        rows.add(row(scores, "routed", "looked", "getServiceReference + getService + unget, " + FELIX));
        rows.add(row(scores, "proxied", "tracked", "ServiceTracker.getService, " + FELIX));
        rows.add(row(scores, "routedBy2", "routed", "the same by 1 thread"));
        rows.add(row(scores, "routedBy2", "trackedBy2", "ServiceTracker.getService, 2 threads"));
        rows.add(row(scores, "routedBy2", "lookedBy2", "registry, 2 threads"));
        return rows;
    }

    private Row row(Map<String, Jmh.Score> scores, String ours, String peer, String peerName) {
        Jmh.Score score = scores.get(ours);
        return Row.lower(name(), ours, score.unit(), score.mean(), scores.get(peer).mean(), peerName, score.runs())
                .withNote(String.format("±%.1f ns", score.error()));
    }
}
