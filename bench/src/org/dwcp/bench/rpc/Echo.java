// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Two ends on the loopback interface, of which one sends back what it gets. Called by one thread. */
interface Echo extends AutoCloseable {
    /** Returns what stands in the table: product, version, how it was set up. */
    String title();

    /**
     * Keeps some requests outstanding until the time is over, and waits for the last answers.
     *
     * @param payload     what each request carries
     * @param outstanding requests under way at any time
     * @param timing      takes each answer's latency and says when it is over
     * @throws IllegalStateException when an answer was wrong or missing
     */
    void run(byte[] payload, int outstanding, Timing timing) throws Exception;

    @Override
    default void close() {
        // what it runs on is closed by who made that
    }

    /** Keeps a virtual thread calling for each request that is to be outstanding. The work gives the bytes of an answer. */
    static void fromThreads(int outstanding, Timing timing, Callable<Integer> work, int bytes) throws Exception {
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<Void>>();
            for (int number = 0; number < outstanding; number++) {
                running.add(callers.submit(() -> {
                    for (long nowNs = timing.nowNs(); !timing.isOver(nowNs);) {
                        int answered = work.call();
                        if (answered != bytes) {
                            throw new IllegalStateException("answer of " + answered + " bytes");
                        }
                        long answeredNs = timing.nowNs();
                        timing.answered(nowNs, answeredNs);
                        nowNs = answeredNs;
                    }
                    return null;
                }));
            }
            for (var caller : running) {
                caller.get();
            }
        }
    }
}
