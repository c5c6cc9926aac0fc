// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

import org.dwcp.api.consensus.GroupClient;
import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;

/**
 * Groups as users run them beside etcd, in turns: values of 100 bytes under keys of 8, every answer on the synced disks of a quorum. Our members
 * share one JVM with the clients and talk over TLS; etcd's are processes of their own and talk in the clear.
 */
public final class ConsensusBenchmark implements Benchmark {
    private static final String NAME = "consensus";
    private static final int SESSIONS = 8;
    /** Source: the plan's bounds. */
    private static final double ONE_LEAST = 1.0;
    private static final double MANY_LEAST = 2.0;
    private static final int MANY = 256;
    private static final double NEAR_P99_MS_MAX = 100;
    private static final double FAR_P99_MS_MAX = 2_500;
    private static final int APART_CLIENTS = 4;
    private static final int WARM_MS = 4_000;
    private static final int WARM_ROUNDS_MAX = 15;
    private static final String NEAR = "raft 1 ms between members";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "replicated groups over Raft and PBFT, 100-byte values, synced disks, TLS between members in one JVM; beside etcd in processes, in turns";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var rows = new ArrayList<Row>();
        if (options.wants("raft 1 client") || options.wants("raft 256 outstanding")) {
            rows.addAll(beside(options, Members.RAFT, 3, "raft", true));
        }
        if (options.wants("pbft 1 client") || options.wants("pbft 256 outstanding")) {
            rows.addAll(beside(options, Members.PBFT, 4, "pbft", false));
        }
        if (options.wants("raft leader crash")) {
            rows.add(crash(options, Members.RAFT, 3, "raft leader crash"));
        }
        if (options.wants("pbft leader crash")) {
            rows.add(crash(options, Members.PBFT, 4, "pbft leader crash"));
        }
        for (int size : new int[] {3, 5}) {
            var near = size == 3 ? NEAR : size + " members, " + NEAR;
            if (options.wants(near)) {
                rows.add(apart(options, Members.RAFT, size, near, Duration.ofNanos(500_000), NEAR_P99_MS_MAX));
            }
        }
        if (options.wants("pbft 200 ms between members")) {
            rows.add(apart(options, Members.PBFT, 4, "pbft 200 ms between members", Duration.ofMillis(100), FAR_P99_MS_MAX));
        }
        return rows;
    }

    /** Members that are apart, with clients of each of them: how long an answer takes. */
    private static Row apart(BenchOptions options, String provider, int size, String scenario, Duration oneWay, double mostMs) throws Exception {
        try (var members = new Members(size, provider, List.of(provider), Values::new, oneWay)) {
            var clients = new ArrayList<GroupClient>();
            members.nodes().forEach(node -> clients.addAll(clients(node).subList(0, APART_CLIENTS)));
            Loops.Operation ours = (client, count) -> clients.get(client).submit(Values.command(client, count)).toCompletableFuture();
            Loops.run(clients.size(), options.pick(2_000, 8_000), ours); // warms up
            var result = Loops.run(clients.size(), options.pick(4_000, 20_000), ours);
            return Row.lower(NAME, scenario, "ms, 99 of 100 answers", result.p99Ms(), mostMs, "bound", 1).withLimit(1).withNote(String.format(Locale.ROOT,
                    "p50 %.1f ms; %d clients, %d of each member, %.0f commands/s; each byte from one member to another is %.1f ms on its way", result.p50Ms(), clients.size(),
                    APART_CLIENTS, result.rate(), oneWay.toNanos() / 1e6));
        }
    }

    /** A series of ours and, where there is one, the peer's. */
    private record Turns(List<Loops.Result> ours, List<Loops.Result> peer) {
        Turns() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        static double median(List<Loops.Result> results, ToDoubleFunction<Loops.Result> of) {
            return results.isEmpty() ? Double.NaN : of.applyAsDouble(results.stream().sorted(Comparator.comparingDouble(of)).toList().get(results.size() / 2));
        }

        Row row(String scenario, String peerName, double least) {
            var row = Row.higher(NAME, scenario, "commands/s", median(ours, Loops.Result::rate), median(peer, Loops.Result::rate), peerName, ours.size());
            var note = String.format(Locale.ROOT, "p50 %.1f ms, p99 %.1f ms", median(ours, Loops.Result::p50Ms), median(ours, Loops.Result::p99Ms));
            if (!peer.isEmpty()) {
                note += String.format(Locale.ROOT, "; peer's %.1f and %.1f", median(peer, Loops.Result::p50Ms), median(peer, Loops.Result::p99Ms));
            }
            return peer.isEmpty() ? row.withNote(note) : row.withLimit(least).withNote(note);
        }
    }

    private static List<Row> beside(BenchOptions options, String provider, int size, String name, boolean besideEtcd) throws Exception {
        var version = besideEtcd ? Etcd.version() : java.util.Optional.<String>empty();
        if (besideEtcd && version.isEmpty()) {
            Bench.progress("SKIPPED beside etcd: there is no program etcd on the path (Debian: etcd-server, etcd-client)");
        }
        var one = new Turns();
        var many = new Turns();
        long ms = options.pick(1_000, 4_000);
        var etcd = version.isPresent() ? new Etcd() : null;
        try (var members = new Members(size, provider, List.of(provider), Values::new)) {
            var clients = clients(members.leader());
            Loops.Operation ours = (client, count) -> clients.get(client % SESSIONS).submit(Values.command(client, count)).toCompletableFuture();
            Loops.Operation theirs = etcd == null ? null : (client, count) -> {
                var command = Values.command(client, count);
                return etcd.put(client, Values.key(client), java.util.Arrays.copyOfRange(command, Values.KEY_BYTES, command.length));
            };
            warmUp(options, ours);
            if (theirs != null) {
                Loops.run(64, options.pick(500, 3_000), theirs);
                Loops.run(1, options.pick(500, 2_000), theirs);
            }
            for (int run = 0; run < options.pick(1, 5); run++) {
                one.ours.add(Loops.run(1, ms, ours));
                if (theirs != null) {
                    one.peer.add(Loops.run(1, ms, theirs));
                }
            }
            for (int run = 0; run < options.pick(1, 3); run++) {
                many.ours.add(Loops.run(MANY, ms, ours));
                if (theirs != null) {
                    many.peer.add(Loops.run(MANY, ms, theirs));
                }
            }
        } finally {
            if (etcd != null) {
                etcd.close();
            }
        }
        var peer = version.orElse(besideEtcd ? "no etcd here" : "none");
        return List.of(one.row(name + " 1 client", peer, ONE_LEAST), many.row(name + " 256 outstanding", peer, MANY_LEAST));
    }

    /**
     * Until the compiler has little left to do: before that its threads take most of a processor from who is measured, be it this process or the peer's three. Source of the
     * bounds: measured; after 20 s of load they still took 5 ms for each commit of one client, of which there were 160 a second.
     */
    private static void warmUp(BenchOptions options, Loops.Operation ours) throws Exception {
        Loops.run(64, options.pick(1_000, 20_000), ours);
        var compiler = ManagementFactory.getCompilationMXBean();
        for (int round = 0; round < options.pick(1, WARM_ROUNDS_MAX); round++) {
            long beforeMs = compiler.getTotalCompilationTime();
            Loops.run(1, options.pick(500, WARM_MS), ours);
            if (compiler.getTotalCompilationTime() - beforeMs < WARM_MS / 10) {
                return;
            }
        }
    }

    static List<GroupClient> clients(Members.Node node) {
        var clients = new ArrayList<GroupClient>();
        for (int number = 0; number < SESSIONS; number++) {
            clients.add(node.group().client("c" + number + "-" + node.id()));
        }
        return clients;
    }

    /** The leader's node ends without a word; clients of another node wait. */
    private static Row crash(BenchOptions options, String provider, int size, String scenario) throws Exception {
        var gaps = new ArrayList<Double>();
        for (int run = 0; run < options.pick(1, 3); run++) {
            try (var members = new Members(size, provider, List.of(provider), Values::new)) {
                var leader = members.leader();
                var other = members.nodes().stream().filter(node -> node != leader).findFirst().orElseThrow();
                var clients = clients(other);
                Loops.Operation ours = (client, count) -> clients.get(client % SESSIONS).submit(Values.command(client, count)).toCompletableFuture();
                Loops.run(16, 2_000, ours); // warms up
                var crash = Thread.ofVirtual().start(() -> {
                    try {
                        Thread.sleep(1_500);
                        leader.stop();
                    } catch (ReflectiveOperationException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
                gaps.add(Loops.run(16, 8_000, ours).gapMs());
                crash.join();
            }
        }
        gaps.sort(null);
        return Row.lower(NAME, scenario, "ms without an answer", gaps.get(gaps.size() / 2), Double.NaN, "none", gaps.size())
                .withNote(String.format(Locale.ROOT, "%.0f to %.0f ms; 16 clients of another node, all answered", gaps.getFirst(), gaps.getLast()));
    }
}
