// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Closed loops: each client waits for the answer to one operation before it begins the next. */
final class Loops {
    private static final int OPERATIONS_MAX = 1 << 18;

    /** What a client does. */
    interface Operation {
        /** Begins it. */
        Future<?> begin(int client, long count);
    }

    /**
     * What came of it.
     *
     * @param rate  operations a second, of all clients
     * @param p50Ms half of them took no longer
     * @param p99Ms all but one in a hundred took no longer
     * @param gapMs the longest time in which none of them ended
     */
    record Result(double rate, double p50Ms, double p99Ms, double gapMs) {
        String times() {
            return String.format(java.util.Locale.ROOT, "p50 %.1f ms, p99 %.1f ms", p50Ms, p99Ms);
        }
    }

    private Loops() {
    }

    static Result run(int clients, long ms, Operation operation) throws Exception {
        var taken = new long[clients][];
        var ended = new long[clients][];
        var threads = new ArrayList<Thread>();
        var failures = new ConcurrentLinkedQueue<Exception>();
        long startNs = System.nanoTime();
        long endNs = startNs + ms * 1_000_000;
        for (int number = 0; number < clients; number++) {
            int client = number;
            threads.add(Thread.ofVirtual().start(() -> {
                var times = new long[1_024];
                var ends = new long[1_024];
                int count = 0;
                try {
                    for (long beginNs = System.nanoTime(); beginNs < endNs && count < OPERATIONS_MAX; count++) {
                        operation.begin(client, count).get(60, TimeUnit.SECONDS);
                        if (count == times.length) {
                            times = Arrays.copyOf(times, 2 * count);
                            ends = Arrays.copyOf(ends, 2 * count);
                        }
                        long nowNs = System.nanoTime();
                        times[count] = nowNs - beginNs;
                        ends[count] = nowNs - startNs;
                        beginNs = nowNs;
                    }
                } catch (Exception e) {
                    failures.add(e);
                }
                taken[client] = Arrays.copyOf(times, count);
                ended[client] = Arrays.copyOf(ends, count);
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        long tookNs = System.nanoTime() - startNs;
        if (!failures.isEmpty()) {
            throw failures.peek();
        }
        if (Arrays.stream(taken).allMatch(times -> times.length == 0)) {
            throw new IllegalStateException("no operation ended");
        }
        var all = Arrays.stream(taken).flatMapToLong(Arrays::stream).sorted().toArray();
        var ends = Arrays.stream(ended).flatMapToLong(Arrays::stream).sorted().toArray();
        long gapNs = 0;
        for (int index = 1; index < ends.length; index++) {
            gapNs = Math.max(gapNs, ends[index] - ends[index - 1]);
        }
        return new Result(all.length * 1e9 / tookNs, all[all.length / 2] / 1e6, all[(int) (all.length * 0.99)] / 1e6, gapNs / 1e6);
    }
}
