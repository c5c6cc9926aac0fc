// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;

/** PBFT alone: 4 members in one JVM, 100-byte values, synced to disk, closed loop. Beside it, its own rate with one member gone. */
public final class PbftBenchmark implements Benchmark {
    private static final int VALUE_BYTES = 100;
    /** Source: the plan's bound for one crashed member. */
    private static final double CRASHED_LEAST = 0.7;

    @Override
    public String name() {
        return "consensus-pbft";
    }

    @Override
    public String description() {
        return "PBFT, 4 members in one JVM without sockets, synced disks, 100-byte values: entries a second; beside its own rate with one member down";
    }

    /** What a series showed. */
    private record Series(double rate, double p50Ms, double p99Ms) {
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        int ms = options.pick(1_500, 10_000);
        var rows = new ArrayList<Row>();
        try (var group = new PbftGroup(4)) {
            measure(group, 64, options.pick(500, 10_000)); // warms up
            var one = measure(group, 1, ms);
            var many = measure(group, 64, ms);
            var more = measure(group, 256, ms);
            rows.add(row("1 client", one));
            rows.add(row("64 clients", many));
            rows.add(row("256 clients", more));
            group.crash(3);
            measure(group, 64, options.pick(300, 2_000));
            var crashed = measure(group, 64, ms);
            rows.add(Row.higher(name(), "64 clients, one follower crashed", "entries/s", crashed.rate(), many.rate(), "itself, no fault", 1)
                    .withLimit(CRASHED_LEAST).withNote(times(crashed)));
        }
        return rows;
    }

    private Row row(String scenario, Series series) {
        return Row.higher(name(), scenario, "entries/s", series.rate(), Double.NaN, "none yet", 1).withNote(times(series));
    }

    private static String times(Series series) {
        return String.format("p50 %.2f ms, p99 %.2f ms", series.p50Ms(), series.p99Ms());
    }

    private static Series measure(PbftGroup group, int clients, int ms) throws Exception {
        var latencies = new ArrayList<long[]>();
        var threads = new ArrayList<Thread>();
        var failures = new java.util.concurrent.ConcurrentLinkedQueue<Exception>();
        long startNs = System.nanoTime();
        long endNs = startNs + ms * 1_000_000L;
        for (int client = 0; client < clients; client++) {
            var own = new long[1 << 18];
            latencies.add(own);
            int number = client;
            threads.add(Thread.ofVirtual().start(() -> {
                var entry = Arrays.copyOf(String.format("k%07d", number).getBytes(StandardCharsets.US_ASCII), 8 + VALUE_BYTES);
                try {
                    for (int count = 0; count < own.length && System.nanoTime() < endNs; count++) {
                        long beginNs = System.nanoTime();
                        group.replica(0).propose(entry.clone()).toCompletableFuture().get(60, TimeUnit.SECONDS);
                        own[count] = System.nanoTime() - beginNs;
                    }
                } catch (Exception e) {
                    failures.add(e);
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        long tookNs = System.nanoTime() - startNs;
        if (!failures.isEmpty()) {
            throw failures.peek();
        }
        var all = latencies.stream().flatMapToLong(Arrays::stream).filter(ns -> ns > 0).sorted().toArray();
        return new Series(all.length * 1e9 / tookNs, all[all.length / 2] / 1e6, all[(int) (all.length * 0.99)] / 1e6);
    }
}
