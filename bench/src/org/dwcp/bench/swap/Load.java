// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.swap;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Threads that call without pause until closed, and count the calls that failed. */
final class Load implements AutoCloseable {
    private final List<Thread> threads = new ArrayList<>();
    private final LongAdder calls = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean running = true;

    /** Starts; each thread has calls of its own, which answer whether they succeeded. */
    Load(int count, Supplier<BooleanSupplier> calls) {
        for (int i = 0; i < count; i++) {
            BooleanSupplier call = calls.get();
            Thread thread = new Thread(() -> {
                while (running) {
                    this.calls.increment();
                    if (!call.getAsBoolean()) {
                        failed.increment();
                    }
                }
            }, "bench.swap.caller-" + i);
            thread.start();
            threads.add(thread);
        }
    }

    long calls() {
        return calls.sum();
    }

    long failed() {
        return failed.sum();
    }

    @Override
    public void close() {
        running = false;
        for (Thread thread : threads) {
            try {
                thread.join(5_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
