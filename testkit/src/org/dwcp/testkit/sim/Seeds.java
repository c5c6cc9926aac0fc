// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs many seeds on all cores. A seed that fails is run again with a trace, and both are told: what fails is reproducible by its number alone,
 * {@code -Dsim.seed=N}. How many run is {@code -Dsim.seeds=N}, else what the test says.
 */
public final class Seeds {
    /** Failures after which no more seeds are begun. */
    private static final int FAILURES_MAX = 5;

    /** One run. */
    @FunctionalInterface
    public interface Run {
        /**
         * Runs a seed.
         *
         * @param seed    decides everything
         * @param tracing whether to keep a trace
         * @return what went wrong, empty when nothing did; the trace's lines after it
         */
        List<String> run(long seed, boolean tracing);
    }

    /**
     * What came of it.
     *
     * @param seed  which
     * @param lines what went wrong, then the trace
     */
    public record Failure(long seed, List<String> lines) {
        @Override
        public String toString() {
            return "seed " + seed + " (replay with -Dsim.seed=" + seed + "):\n  " + String.join("\n  ", lines);
        }
    }

    private Seeds() {
    }

    /**
     * Runs seeds 1 to count, or the one that was asked for.
     *
     * @param count how many
     * @param run   one of them
     * @return the failures, at most a few, in order of seed
     * @throws InterruptedException when interrupted
     */
    public static List<Failure> run(long count, Run run) throws InterruptedException {
        var one = Long.getLong("sim.seed");
        if (one != null) {
            var lines = attempt(run, one, true);
            return lines.isEmpty() ? List.of() : List.of(new Failure(one, lines));
        }
        return range(1, Long.getLong("sim.seeds", count), FAILURES_MAX, run);
    }

    /**
     * Runs a range of seeds whatever was asked for.
     *
     * @param first the first seed
     * @param count how many
     * @param most  failures after which no more seeds are begun
     * @param run   one of them
     * @return the failures, in order of seed
     * @throws InterruptedException when interrupted
     */
    public static List<Failure> range(long first, long count, int most, Run run) throws InterruptedException {
        var next = new AtomicLong(first);
        var failures = new ConcurrentLinkedQueue<Failure>();
        var threads = new ArrayList<Thread>();
        for (int index = 0; index < Runtime.getRuntime().availableProcessors(); index++) {
            threads.add(Thread.ofPlatform().name("testkit.sim.seeds-" + index).start(() -> {
                for (long seed = next.getAndIncrement(); seed < first + count && failures.size() < most; seed = next.getAndIncrement()) {
                    if (!attempt(run, seed, false).isEmpty()) {
                        failures.add(new Failure(seed, attempt(run, seed, true)));
                    }
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        return failures.stream().sorted(java.util.Comparator.comparingLong(Failure::seed)).toList();
    }

    private static List<String> attempt(Run run, long seed, boolean tracing) {
        try {
            return run.run(seed, tracing);
        } catch (RuntimeException | AssertionError e) {
            var lines = new ArrayList<String>();
            lines.add(e.toString());
            for (int index = 0; index < Math.min(12, e.getStackTrace().length); index++) {
                lines.add("  at " + e.getStackTrace()[index]);
            }
            return lines;
        }
    }
}
