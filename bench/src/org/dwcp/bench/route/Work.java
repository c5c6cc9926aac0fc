// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.route;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.bench.BenchOptions;

/** Processor time and allocation of a call, as the JVM counts them for the calling thread. */
final class Work implements AutoCloseable {
    /** Measured rounds, of which the median counts. */
    static final int ROUNDS = 9;
    private static final int ROUNDS_WARM = 4;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Routing.Counter direct = value -> value * 31 + 7;
    private final Routing routing = new Routing(direct, value -> value);
    private final Route<Routing.Counter> route = routing.routing().adapter().route(Routing.SLOT);
    private final RouteKey key = RouteKey.of("lisbon/flow-17");
    private final int calls;
    private volatile long sink;

    Work(BenchOptions options) {
        calls = options.pick(500_000, 10_000_000);
    }

    /** Returns the median over rounds and threads of one call's processor time. */
    double cpuNs(int count, boolean routed) throws Exception {
        List<Callable<double[]>> work = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            work.add(() -> rounds(routed, false));
        }
        try (var pool = Executors.newFixedThreadPool(count)) {
            List<Double> all = new ArrayList<>();
            for (Future<double[]> one : pool.invokeAll(work)) {
                Arrays.stream(one.get()).forEach(all::add);
            }
            return median(all.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    /** Returns the median over rounds of one routed call's allocation. */
    double allocatedBytes() {
        return median(rounds(true, true));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private double[] rounds(boolean routed, boolean bytes) {
        double[] perCall = new double[ROUNDS];
        for (int round = -ROUNDS_WARM; round < ROUNDS; round++) {
            long before = bytes ? threads.getCurrentThreadAllocatedBytes() : threads.getCurrentThreadCpuTime();
            sink = routed ? routed() : direct();
            long after = bytes ? threads.getCurrentThreadAllocatedBytes() : threads.getCurrentThreadCpuTime();
            if (round >= 0) {
                perCall[round] = (double) (after - before) / calls;
            }
        }
        return perCall;
    }

    private long direct() {
        long value = 0;
        for (int i = 0; i < calls; i++) {
            value = direct.next(value);
        }
        return value;
    }

    private long routed() {
        int odd = 0;
        for (int i = 0; i < calls; i++) { // answers a Boolean: boxing a number would be counted as the route's
            odd += route.<Boolean>call(key, counter -> (counter.next(7) & 1) == 1) ? 1 : 0;
        }
        return odd;
    }

    @Override
    public void close() {
        routing.close();
    }
}
