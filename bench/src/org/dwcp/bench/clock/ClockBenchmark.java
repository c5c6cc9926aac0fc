// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.clock;

import java.util.List;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Jmh;
import org.dwcp.bench.Row;
import org.openjdk.jmh.runner.RunnerException;

/** Compares the monotonic clock, which all protocol code reads, with the wall clock. */
public final class ClockBenchmark implements Benchmark {
    @Override
    public String name() {
        return "clock";
    }

    @Override
    public String description() {
        return "cost of one reading of the monotonic clock, beside the wall clock";
    }

    @Override
    public List<Row> run(BenchOptions options) throws RunnerException {
        var scores = Jmh.run(ClockReadings.class, options);
        var monotonic = scores.get("monotonic");
        var wall = scores.get("wall");
        return List.of(Row.lower(name(), "one reading", monotonic.unit(), monotonic.mean(), wall.mean(),
                "System.currentTimeMillis, Java " + Runtime.version().feature(), monotonic.runs()));
    }
}
