// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    private static final List<String> BY_PROCESSOR = List.of("processor time added to a direct call", "the same for each of 2 threads", "allocated by a routed call");

    /** A method of {@link Calls} beside another. */
    private record Pair(String ours, String peer, String peerName) {
    }

    private static final List<Pair> PAIRS = List.of(
            new Pair("routed", "direct", "direct call, 1 thread"),
            new Pair("routedInRollout", "direct", "direct call, 1 thread"),
            new Pair("routed", "tracked", "ServiceTracker.getService, " + FELIX),
            new Pair("routed", "looked", "getServiceReference + getService + unget, " + FELIX),
            new Pair("proxied", "tracked", "ServiceTracker.getService, " + FELIX),
            new Pair("routedBy2", "routed", "the same by 1 thread"),
            new Pair("routedBy2", "trackedBy2", "ServiceTracker.getService, 2 threads"),
            new Pair("routedBy2", "lookedBy2", "registry, 2 threads"));

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        List<Pair> pairs = PAIRS.stream().filter(pair -> options.wants(pair.ours())).toList();
        Map<String, Jmh.Score> scores = Jmh.run(Calls.class, options,
                pairs.stream().flatMap(pair -> Stream.of(pair.ours(), pair.peer())).collect(Collectors.toSet()));
        List<Row> rows = new ArrayList<>();
        if (BY_PROCESSOR.stream().anyMatch(options::wants)) {
            rows.addAll(byProcessor(options));
        }
        pairs.forEach(pair -> rows.add(row(scores, pair)));
        return rows;
    }

    private List<Row> byProcessor(BenchOptions options) throws Exception {
        try (Work work = new Work(options)) {
            double added = work.cpuNs(1, true) - work.cpuNs(1, false);
            double addedBy2 = work.cpuNs(2, true) - work.cpuNs(2, false);
            return List.of(Row.lower(name(), BY_PROCESSOR.get(0), "ns/op", added, ADDED_NS_MAX, "limit", Work.ROUNDS).withLimit(1),
                    Row.lower(name(), BY_PROCESSOR.get(1), "ns/op", addedBy2, ADDED_NS_MAX, "limit", Work.ROUNDS).withLimit(1),
                    Row.lower(name(), BY_PROCESSOR.get(2), "B/op", work.allocatedBytes(), 0, "nothing", Work.ROUNDS));
        }
    }

    private Row row(Map<String, Jmh.Score> scores, Pair pair) {
        Jmh.Score score = scores.get(pair.ours());
        return Row.lower(name(), pair.ours(), score.unit(), score.mean(), scores.get(pair.peer()).mean(), pair.peerName(), score.runs())
                .withNote(String.format("±%.1f ns", score.error()));
    }
}
