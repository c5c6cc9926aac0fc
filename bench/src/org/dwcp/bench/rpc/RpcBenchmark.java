// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.dwcp.api.node.NodeClock;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.testkit.node.TestAuthority;
import org.dwcp.testkit.node.TestClock;
import org.slf4j.LoggerFactory;

/**
 * Echoes of some sizes with some requests outstanding. All of them run in this JVM, one after the other, and then again: so a slow moment of the
 * machine hits all of them. A number is the median of the rounds.
 */
public final class RpcBenchmark implements Benchmark {
    private static final int[] PAYLOAD_BYTES = {64, 1 << 10, 16 << 10};
    private static final int[] OUTSTANDING = {1, 16, 256};
    /** Least rate beside Netty with TLS. Source: the plan's target. */
    private static final double NETTY_RATIO_MIN = 0.8;

    private final NodeClock clock = new TestClock();

    @Override
    public String name() {
        return "transport-rpc";
    }

    @Override
    public String description() {
        return "small calls between two nodes on loopback, TLS 1.3, beside an echo on plain Netty and gRPC";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
        var authority = new TestAuthority("bench");
        var echoes = new ArrayList<Echo>();
        try {
            echoes.add(new OurCalls());
            echoes.add(new NettyEcho(NettyEcho.Security.PLAIN, authority));
            echoes.add(new NettyEcho(NettyEcho.Security.TLS, authority));
            echoes.add(new GrpcEcho(authority));
            return measure(echoes, options);
        } finally {
            echoes.reversed().forEach(Echo::close);
        }
    }

    private List<Row> measure(List<Echo> echoes, BenchOptions options) throws Exception {
        int rounds = options.pick(1, 3);
        var warmUp = Duration.ofMillis(options.pick(100, 400));
        var time = Duration.ofMillis(options.pick(200, 1_400));
        for (var echo : echoes) { // code is compiled for all sizes before anything counts
            for (int bytes : PAYLOAD_BYTES) {
                echo.run(payload(bytes), 16, new Timing(clock, 0, options.pick(300, 2_000) * 1_000_000L));
            }
        }
        var rows = new ArrayList<Row>();
        for (int bytes : PAYLOAD_BYTES) {
            for (int outstanding : OUTSTANDING) {
                var runs = new Timing[echoes.size()][rounds];
                for (int round = 0; round < rounds; round++) {
                    for (int index = 0; index < echoes.size(); index++) {
                        runs[index][round] = new Timing(clock, warmUp.toNanos(), time.toNanos());
                        echoes.get(index).run(payload(bytes), outstanding, runs[index][round]);
                    }
                }
                rows.addAll(rows(bytes, outstanding, echoes, runs));
            }
        }
        return rows;
    }

    private List<Row> rows(int bytes, int outstanding, List<Echo> echoes, Timing[][] runs) {
        var rows = new ArrayList<Row>();
        var scenario = (bytes < 1 << 10 ? bytes + " B" : (bytes >> 10) + " KiB") + ", " + outstanding + " outstanding";
        int rounds = runs[0].length;
        for (int peer = 1; peer < echoes.size(); peer++) {
            var name = echoes.get(peer).title();
            var rate = Row.higher(name(), scenario + " rate", "calls/s", median(runs[0], Timing::rate), median(runs[peer], Timing::rate), name, rounds);
            rows.add(name.equals("Netty 4.2.18 TLS") ? rate.withLimit(NETTY_RATIO_MIN) : name.startsWith("gRPC") ? rate.withLimit(1) : rate);
            for (double share : new double[] {0.5, 0.99}) {
                rows.add(Row.lower(name(), scenario + " p" + Math.round(share * 100), "us", median(runs[0], timing -> timing.quantileUs(share)),
                        median(runs[peer], timing -> timing.quantileUs(share)), name, rounds));
            }
        }
        return rows;
    }

    private static double median(Timing[] timings, ToDoubleFunction<Timing> figure) {
        double[] sorted = Arrays.stream(timings).mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static byte[] payload(int bytes) {
        var payload = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(payload);
        return payload;
    }
}
