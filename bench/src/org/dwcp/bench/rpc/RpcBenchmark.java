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

    /** Where the callers that wait begin in the list of echoes: ours first. */
    private static final int BLOCKING = 4;

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
        try (var ours = new OurCalls();
                var plain = new NettyEcho(NettyEcho.Security.PLAIN, authority);
                var secure = new NettyEcho(NettyEcho.Security.TLS, authority);
                var grpc = new GrpcEcho(GrpcEcho.Style.CALLBACKS, authority);
                var grpcBlocking = new GrpcEcho(GrpcEcho.Style.BLOCKING, authority)) {
            return measure(List.of(ours.callbacks(), plain, secure, grpc, ours.blocking(), grpcBlocking), options);
        }
    }

    private List<Row> measure(List<Echo> echoes, BenchOptions options) throws Exception {
        int rounds = options.pick(1, 3);
        var warmUp = Duration.ofMillis(options.pick(100, 200));
        var time = Duration.ofMillis(options.pick(200, 900));
        for (var echo : echoes) { // code is compiled for all sizes before anything counts
            for (int bytes : PAYLOAD_BYTES) {
                echo.run(payload(bytes), 16, new Timing(clock, 0, options.pick(300, 1_500) * 1_000_000L));
            }
        }
        var rows = new ArrayList<Row>();
        for (int bytes : PAYLOAD_BYTES) {
            for (int outstanding : OUTSTANDING) {
                var scenario = (bytes < 1 << 10 ? bytes + " B" : (bytes >> 10) + " KiB") + ", " + outstanding + " outstanding";
                if (!options.wants(scenario)) {
                    continue;
                }
                var runs = new Timing[echoes.size()][rounds];
                for (int round = 0; round < rounds; round++) {
                    for (int index = 0; index < echoes.size(); index++) {
                        runs[index][round] = new Timing(clock, warmUp.toNanos(), time.toNanos());
                        echoes.get(index).run(payload(bytes), outstanding, runs[index][round]);
                    }
                }
                for (int peer = 1; peer < echoes.size(); peer++) {
                    int own = peer < BLOCKING ? 0 : BLOCKING;
                    if (peer != own) {
                        rows.addAll(rows(scenario + (own == 0 ? "" : ", blocking"), runs[own], echoes.get(peer).title(), runs[peer]));
                    }
                }
            }
        }
        return rows;
    }

    private List<Row> rows(String scenario, Timing[] ours, String peer, Timing[] theirs) {
        var rows = new ArrayList<Row>();
        var rate = Row.higher(name(), scenario + " rate", "calls/s", median(ours, Timing::rate), median(theirs, Timing::rate), peer, ours.length);
        rows.add(peer.endsWith("plain") ? rate : rate.withLimit(peer.startsWith("Netty") ? NETTY_RATIO_MIN : 1));
        for (double share : new double[] {0.5, 0.99}) {
            rows.add(Row.lower(name(), scenario + " p" + Math.round(share * 100), "us", median(ours, timing -> timing.quantileUs(share)),
                    median(theirs, timing -> timing.quantileUs(share)), peer, ours.length));
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
