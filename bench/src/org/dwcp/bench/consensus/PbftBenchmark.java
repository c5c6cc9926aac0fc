// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;

import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;

/**
 * PBFT without the virtual log beside the one BFT-SMaRt in the registries, in turns: 4 members and their clients in one JVM each, sockets of this machine,
 * logs synced to the same disk. Ours talks over TLS with real keys; the peer with the MACs and public keys of its defaults.
 */
public final class PbftBenchmark implements Benchmark {
    private static final String NAME = "consensus-pbft";
    private static final int CLIENTS = 64;
    private static final int LOSING_CLIENTS = 16;
    /** Source: the plan's bounds. */
    private static final double PEER_LEAST = 1.5;
    private static final double CRASHED_LEAST = 0.7;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "PBFT, 4 members in one JVM, TLS, synced disks, 100-byte values, beside the BFT-SMaRt derivative in turns; and beside itself with one member down";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var rows = new ArrayList<Row>();
        if (options.wants("1 client") || options.wants("64 clients") || options.wants("256 clients") || options.wants("64 clients, one follower crashed")) {
            rows.addAll(rates(options));
        }
        if (options.wants("leader crash")) {
            rows.add(leaderCrash(options));
        }
        return rows;
    }

    /** The leader ends without a word while clients of another member wait; the peer's clients ask all of its replicas. */
    private static Row leaderCrash(BenchOptions options) throws Exception {
        var gaps = new ArrayList<Double>();
        for (int run = 0; run < options.pick(1, 3); run++) {
            try (var group = new PbftGroup(4)) {
                int leader = group.leader();
                Loops.Operation ours = (client, count) -> (Future<?>) group.replica((leader + 1) % 4).propose(Values.command(client, count)).toCompletableFuture();
                Loops.run(LOSING_CLIENTS, options.pick(1_000, 3_000), ours); // warms up
                var crash = Thread.ofVirtual().start(() -> {
                    try {
                        Thread.sleep(1_500);
                        group.crash(leader);
                    } catch (ReflectiveOperationException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
                gaps.add(Loops.run(LOSING_CLIENTS, 8_000, ours).gapMs());
                crash.join();
            }
        }
        gaps.sort(null);
        try (var smart = new Smart()) {
            smart.run(LOSING_CLIENTS, options.pick(1_000, 3_000));
            long ms = options.pick(8_000, 20_000);
            var lost = smart.lose(0, LOSING_CLIENTS, ms);
            return Row.lower(NAME, "leader crash", "ms without an answer", gaps.get(gaps.size() / 2), lost.gapMs(), Smart.NAME, gaps.size()).withNote(String.format(Locale.ROOT,
                    "%.0f to %.0f ms, %d clients, all answered; the peer gave %d answers in the %.0f s after", gaps.getFirst(), gaps.getLast(), LOSING_CLIENTS, lost.answers(),
                    ms * 0.75 / 1_000));
        }
    }

    private static List<Row> rates(BenchOptions options) throws Exception {
        int ms = options.pick(1_500, 5_000);
        int runs = options.pick(1, 3);
        var one = new ArrayList<Loops.Result>();
        var many = new ArrayList<Loops.Result>();
        var more = new ArrayList<Loops.Result>();
        var crashed = new ArrayList<Loops.Result>();
        var peerOne = new ArrayList<Loops.Result>();
        var peerMany = new ArrayList<Loops.Result>();
        var peerCrashed = new ArrayList<Loops.Result>();
        try (var group = new PbftGroup(4); var smart = new Smart()) {
            Loops.Operation ours = (client, count) -> (Future<?>) group.replica(0).propose(Values.command(client, count)).toCompletableFuture();
            Loops.run(CLIENTS, options.pick(500, 8_000), ours); // warms up
            smart.run(CLIENTS, options.pick(500, 8_000));
            for (int run = 0; run < runs; run++) {
                one.add(Loops.run(1, ms, ours));
                peerOne.add(smart.run(1, ms));
                many.add(Loops.run(CLIENTS, ms, ours));
                peerMany.add(smart.run(CLIENTS, ms));
                more.add(Loops.run(256, ms, ours));
            }
            group.crash(3);
            smart.crash(3);
            Loops.run(CLIENTS, options.pick(300, 2_000), ours);
            for (int run = 0; run < runs; run++) {
                crashed.add(Loops.run(CLIENTS, ms, ours));
                if (run == 0) {
                    peerCrashed(smart, ms, peerCrashed);
                }
            }
        }
        return List.of(
                row("1 client", one, peerOne),
                row("64 clients", many, peerMany).withLimit(PEER_LEAST),
                Row.higher(NAME, "256 clients", "entries/s", median(more, Loops.Result::rate), Double.NaN, "none", runs).withNote(times(more)),
                Row.higher(NAME, "64 clients, one follower crashed", "entries/s", median(crashed, Loops.Result::rate), median(many, Loops.Result::rate),
                        "itself, no fault", runs).withLimit(CRASHED_LEAST).withNote(times(crashed)),
                row("64 clients, one follower crashed, beside the peer", crashed, peerCrashed));
    }

    private static void peerCrashed(Smart smart, int ms, List<Loops.Result> results) {
        try {
            results.add(smart.run(CLIENTS, ms));
        } catch (IOException | ArrayIndexOutOfBoundsException e) {
            Bench.progress("the peer with one replica down: " + e.getMessage());
        }
    }

    private static Row row(String scenario, List<Loops.Result> ours, List<Loops.Result> peer) {
        var note = times(ours) + (peer.isEmpty() ? "; the peer gave no answers" : "; peer's " + times(peer));
        return Row.higher(NAME, scenario, "entries/s", median(ours, Loops.Result::rate), median(peer, Loops.Result::rate), Smart.NAME, ours.size()).withNote(note);
    }

    private static String times(List<Loops.Result> results) {
        return String.format(Locale.ROOT, "p50 %.1f ms, p99 %.1f ms", median(results, Loops.Result::p50Ms), median(results, Loops.Result::p99Ms));
    }

    private static double median(List<Loops.Result> results, ToDoubleFunction<Loops.Result> of) {
        return results.isEmpty() ? Double.NaN : of.applyAsDouble(results.stream().sorted(Comparator.comparingDouble(of)).toList().get(results.size() / 2));
    }
}
