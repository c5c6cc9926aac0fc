// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Runs of one contender, of which medians are shown. */
public final class Series {
    private final List<Goodput> runs = new ArrayList<>();

    /** Adds a run. */
    public void add(Goodput run) {
        runs.add(run);
    }

    /** Median over the runs; of an even number the lower one. */
    public double median(ToDoubleFunction<Goodput> figure) {
        var values = runs.stream().mapToDouble(figure).sorted().toArray();
        return values.length == 0 ? Double.NaN : values[(values.length - 1) / 2];
    }

    /** Smallest and largest rate, for the remark. */
    public String range() {
        var values = runs.stream().mapToDouble(Goodput::mbit).toArray();
        return String.format(java.util.Locale.ROOT, "%.0f to %.0f", Arrays.stream(values).min().orElse(Double.NaN), Arrays.stream(values).max().orElse(Double.NaN));
    }

    /** The last run in words. */
    public String last() {
        var run = runs.getLast();
        return String.format(java.util.Locale.ROOT, "%.1f Mbit/s, ramp %.1f s, %d lanes, %.1f s/GB", run.mbit(), run.rampSeconds(), run.lanes(), run.cpuSecondsPerGigabyte());
    }

    /** Number of runs. */
    public int count() {
        return runs.size();
    }
}
