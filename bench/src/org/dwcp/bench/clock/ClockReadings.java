// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.clock;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** The two readings; JMH takes the returned value, so that neither is optimised away. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ClockReadings {
    /** Reads the clock that never goes back. */
    @Benchmark
    public long monotonic() {
        return System.nanoTime();
    }

    /** Reads the clock that people set. */
    @Benchmark
    public long wall() {
        return System.currentTimeMillis();
    }
}
