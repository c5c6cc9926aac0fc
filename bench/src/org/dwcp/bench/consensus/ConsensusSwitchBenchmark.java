// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

import org.dwcp.api.consensus.GroupClient;
import org.dwcp.api.consensus.SwitchRequest;
import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.testkit.sim.Linearizability;
import org.dwcp.testkit.sim.Linearizability.Operation;

/**
 * A group of four that goes from Raft to PBFT and back while clients of two of its members work: how long nobody gets an answer around each switch,
 * how soon the rate is back, and whether a command was lost, taken twice, or answered out of order.
 */
public final class ConsensusSwitchBenchmark implements Benchmark {
    private static final String NAME = "consensus-switch";
    private static final int SIZE = 4;
    private static final int CLIENTS = 16;
    private static final int WATCHERS = 4;
    private static final long STAY_MS = 700;
    private static final long WINDOW_MS = 250;
    /** Source: the plan's bounds. */
    private static final double GAP_MS_MAX = 500;
    private static final double BACK_MS_MAX = 2_000;
    private static final double BACK_SHARE = 0.9;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "100 switches Raft -> PBFT -> Raft of a group of 4 in one JVM under load: time without an answer, rate after it, lost, doubled, history";
    }

    private static final List<String> STEPS = List.of("marked", "certified", "open", "answered");

    /** One switch: asked for at, over at, in milliseconds of the run; how long after the seal the slowest member had come to each step, in microseconds. */
    private record Switch(long beginMs, long endMs, String to, List<Long> stepsUs) {
    }

    private final ConcurrentLinkedQueue<Operation<Boolean, Long>> history = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong doubled = new AtomicLong();
    private volatile boolean over;
    private long startNs;

    private long nowUs() {
        return (System.nanoTime() - startNs) / 1_000;
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        int switches = options.pick(6, 100);
        var ends = new ArrayList<ConcurrentLinkedQueue<Long>>();
        var done = new ArrayList<Switch>();
        try (var members = new Members(SIZE, Members.RAFT, List.of(Members.RAFT, Members.PBFT), Counters::new)) {
            startNs = System.nanoTime();
            var threads = new ArrayList<Thread>();
            for (int number = 0; number < CLIENTS; number++) {
                var client = members.nodes().get(number % 2).group().client("load-" + number);
                var times = new ConcurrentLinkedQueue<Long>();
                ends.add(times);
                threads.add(Thread.ofVirtual().start(() -> work(client, times)));
            }
            for (int number = 0; number < WATCHERS; number++) {
                var client = members.nodes().get(number % SIZE).group().client("watch-" + number);
                threads.add(Thread.ofVirtual().start(() -> watch(client)));
            }
            Thread.sleep(options.pick(2_000, 8_000)); // warms up
            for (int number = 0; number < switches && failures.isEmpty(); number++) {
                var one = change(members, number % 2 == 0 ? Members.PBFT : Members.RAFT);
                Thread.sleep(STAY_MS);
                done.add(new Switch(one.beginMs(), one.endMs(), one.to(), steps(members)));
            }
            over = true;
            for (var thread : threads) {
                thread.join();
            }
        }
        if (!failures.isEmpty()) {
            throw failures.peek();
        }
        return rows(done, ends.stream().flatMap(ConcurrentLinkedQueue::stream).mapToLong(Long::longValue).sorted().toArray());
    }

    private Switch change(Members members, String to) throws Exception {
        if (to.equals(Members.RAFT)) {
            members.nodes().forEach(node -> node.group().approveDowngrade(to)); // less tolerance: each member's operator agrees
        }
        long beginMs = nowUs() / 1_000;
        members.nodes().getFirst().group().switchTo(new SwitchRequest(to, List.of(), SwitchRequest.Trigger.OPERATOR, "benchmark")).toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        return new Switch(beginMs, nowUs() / 1_000, to, List.of());
    }

    private static List<Long> steps(Members members) {
        return STEPS.stream().map(step -> members.nodes().stream().mapToLong(node -> node.group().status().figures()
                .getOrDefault(step.equals("open") ? "switch.last.us" : "switch.last." + step + ".us", 0L)).max().orElse(0)).toList();
    }

    /** Adds to a counter of its own: each answer must be one more than the last. */
    private void work(GroupClient client, ConcurrentLinkedQueue<Long> ends) {
        var name = Counters.name(client.name());
        try {
            for (long expected = 1; !over; expected++) {
                long count = Counters.count(client.submit(name).toCompletableFuture().get(60, TimeUnit.SECONDS));
                if (count < expected) {
                    lost.addAndGet(expected - count);
                } else if (count > expected) {
                    doubled.addAndGet(count - expected);
                }
                expected = count;
                ends.add(nowUs());
            }
        } catch (Exception e) {
            failures.add(e);
        }
    }

    /** Adds to and reads counters that others add to as well, each for a while. */
    private void watch(GroupClient client) {
        try {
            for (int count = 0; !over; count++) {
                long beginUs = nowUs();
                var name = "shared-" + beginUs / 2_000_000;
                boolean adds = count % 2 == 0;
                var asked = adds ? client.submit(Counters.name(name)) : client.readLinearizable(Counters.name(name));
                long answer = Counters.count(asked.toCompletableFuture().get(60, TimeUnit.SECONDS));
                history.add(new Operation<>(name, adds, Optional.of(answer), beginUs, nowUs()));
                Thread.sleep(20);
            }
        } catch (Exception e) {
            failures.add(e);
        }
    }

    private List<Row> rows(List<Switch> switches, long[] endsUs) {
        var gaps = new ArrayList<Double>();
        var backs = new ArrayList<Double>();
        for (int number = 0; number < switches.size(); number++) {
            var one = switches.get(number);
            long nextMs = number + 1 < switches.size() ? switches.get(number + 1).beginMs() : endsUs[endsUs.length - 1] / 1_000;
            gaps.add(gap(endsUs, one.beginMs() * 1_000, nextMs * 1_000));
            backs.add(back(endsUs, one.endMs(), nextMs, steady(switches, endsUs, one.to())));
        }
        var inOrder = List.copyOf(gaps);
        gaps.sort(null);
        backs.sort(null);
        var judgement = Linearizability.check(List.copyOf(history), new Counters.Model());
        Bench.progress("history of " + history.size() + " operations: " + judgement.verdict() + " " + judgement.explanation());
        int count = switches.size();
        double p99 = gaps.get((int) Math.ceil(count * 0.99) - 1);
        var spread = String.format(Locale.ROOT, "p50 %.0f, p90 %.0f, longest %.0f ms; %d clients; Raft %.0f/s, PBFT %.0f/s", gaps.get(count / 2), gaps.get(count * 9 / 10),
                gaps.getLast(), CLIENTS, steady(switches, endsUs, Members.RAFT), steady(switches, endsUs, Members.PBFT));
        for (var to : List.of(Members.PBFT, Members.RAFT)) {
            var mine = switches.stream().filter(one -> one.to().equals(to)).toList();
            for (int step = 0; step < STEPS.size() && !mine.isEmpty(); step++) {
                int at = step;
                var us = mine.stream().mapToLong(one -> one.stepsUs().get(at)).sorted().toArray();
                Bench.progress(String.format(Locale.ROOT, "to %s, %s on all members: p50 %.1f, longest %.1f ms after the seal", to, STEPS.get(step), us[us.length / 2] / 1e3,
                        us[us.length - 1] / 1e3));
            }
            Bench.progress("to " + to + ", times without an answer in ms: " + java.util.stream.IntStream.range(0, count).filter(n -> switches.get(n).to().equals(to))
                    .mapToObj(n -> String.format(Locale.ROOT, "%.0f", inOrder.get(n))).toList());
        }
        return List.of(
                Row.lower(NAME, "time without an answer, 99 of 100", "ms", p99, GAP_MS_MAX, "bound", count).withLimit(1).withNote(spread),
                Row.lower(NAME, "until 90 % of the rate, 99 of 100", "ms", backs.get((int) Math.ceil(count * 0.99) - 1), BACK_MS_MAX, "bound", count).withLimit(1)
                        .withNote(String.format(Locale.ROOT, "p50 %.0f ms, in windows of %d ms, beside the median rate of the same protocol", backs.get(count / 2), WINDOW_MS)),
                exact("lost", lost.get(), count), exact("doubled", doubled.get(), count),
                exact("histories that are not linearizable", judgement.verdict() == Linearizability.Verdict.LINEARIZABLE ? 0 : 1, count)
                        .withNote(history.size() + " operations of " + WATCHERS + " clients on all members: " + judgement.verdict()));
    }

    private static Row exact(String scenario, long count, int runs) {
        return new Row(NAME, scenario, "", count, 0, "none", count == 0 ? 1 : 0, 1, runs, "");
    }

    /** The longest time without an end between two moments. */
    private static double gap(long[] endsUs, long fromUs, long toUs) {
        long last = fromUs;
        long longest = 0;
        for (int index = first(endsUs, fromUs); index < endsUs.length && last < toUs; index++) {
            longest = Math.max(longest, endsUs[index] - last);
            last = endsUs[index];
        }
        return longest / 1e3;
    }

    private static int first(long[] endsUs, long fromUs) {
        int at = Arrays.binarySearch(endsUs, fromUs);
        return at < 0 ? -at - 1 : at;
    }

    private static double rate(long[] endsUs, long fromMs) {
        return (first(endsUs, (fromMs + WINDOW_MS) * 1_000) - first(endsUs, fromMs * 1_000)) * 1e3 / WINDOW_MS;
    }

    /** The median rate of a protocol, over the last windows before each switch away from it. */
    private static double steady(List<Switch> switches, long[] endsUs, String provider) {
        var rates = switches.stream().filter(one -> !one.to().equals(provider)).flatMapToDouble(one -> LongStream.of(2, 1)
                .mapToDouble(back -> rate(endsUs, one.beginMs() - back * WINDOW_MS))).sorted().toArray();
        return rates.length == 0 ? Double.NaN : rates[rates.length / 2];
    }

    private static double back(long[] endsUs, long endMs, long nextMs, double steady) {
        for (long atMs = endMs; atMs + WINDOW_MS <= nextMs; atMs += 10) {
            if (rate(endsUs, atMs) >= BACK_SHARE * steady) {
                return atMs + WINDOW_MS - endMs;
            }
        }
        return nextMs - endMs + WINDOW_MS; // not before the next switch
    }
}
