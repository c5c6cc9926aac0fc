// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the {@code @Benchmark} methods of one class in forked JVMs. */
public final class Jmh {
    private static final int FORKS = 3; // chosen: one JVM may compile badly by chance, three rarely do
    private static final int ITERATIONS = 5; // JMH's own default for a fork
    private static final TimeValue ITERATION = TimeValue.seconds(1);
    private static final TimeValue ITERATION_QUICK = TimeValue.milliseconds(200);

    private Jmh() {
    }

    /**
     * Measures some methods of a class, which saves the time of the others.
     *
     * @param benchmarks as in {@link #run(Class, BenchOptions)}
     * @param methods    names; none: nothing is measured
     * @return as there
     */
    public static Map<String, Score> run(Class<?> benchmarks, BenchOptions options, Collection<String> methods) throws RunnerException {
        return methods.isEmpty() ? Map.of() : run(benchmarks, options, "\\.(" + String.join("|", methods) + ")$");
    }

    /**
     * Measures a class.
     *
     * @param benchmarks the class; its mode and unit annotations say what the scores mean
     * @return for each method, with its parameters' values in {@code name:value} form behind it, the result
     */
    public static Map<String, Score> run(Class<?> benchmarks, BenchOptions options) throws RunnerException {
        return run(benchmarks, options, "\\.");
    }

    private static Map<String, Score> run(Class<?> benchmarks, BenchOptions options, String methods) throws RunnerException {
        var time = options.quick() ? ITERATION_QUICK : ITERATION;
        var plan = new OptionsBuilder()
                .include("^" + Pattern.quote(benchmarks.getName()) + methods)
                .forks(options.pick(1, FORKS))
                .warmupIterations(options.pick(2, ITERATIONS)).warmupTime(time)
                .measurementIterations(options.pick(3, ITERATIONS)).measurementTime(time)
                .jvmArgsAppend("--enable-native-access=ALL-UNNAMED")
                .verbosity(VerboseMode.SILENT)
                .build();
        var scores = new TreeMap<String, Score>();
        for (var result : new Runner(plan).run()) {
            var parameters = result.getParams();
            var name = new StringBuilder(result.getPrimaryResult().getLabel());
            parameters.getParamsKeys().forEach(key -> name.append(' ').append(key).append(':').append(parameters.getParam(key)));
            var primary = result.getPrimaryResult();
            scores.put(name.toString(), new Score(primary.getScore(), primary.getScoreError(), primary.getScoreUnit(),
                    (int) primary.getSampleCount()));
        }
        return scores;
    }

    /**
     * What JMH found for one method.
     *
     * @param mean  mean over all forks and iterations
     * @param error half the width of the 99.9 % confidence interval; not a number with fewer than three samples
     * @param unit  for example {@code ns/op}
     * @param runs  number of measurements
     */
    public record Score(double mean, double error, String unit, int runs) {
    }
}
