// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.dwcp.bench.clock.ClockBenchmark;
import org.dwcp.bench.consensus.ConsensusBenchmark;
import org.dwcp.bench.consensus.ConsensusSwitchBenchmark;
import org.dwcp.bench.consensus.PbftBenchmark;
import org.dwcp.bench.encoding.EncodingBenchmark;
import org.dwcp.bench.encoding.EncodingChoiceBenchmark;
import org.dwcp.bench.image.ImageUpdateBenchmark;
import org.dwcp.bench.lan.LanBenchmark;
import org.dwcp.bench.lan.LaneLossBenchmark;
import org.dwcp.bench.peers.PeersBenchmark;
import org.dwcp.bench.route.RouteBenchmark;
import org.dwcp.bench.rpc.RpcBenchmark;
import org.dwcp.bench.swap.SwapBenchmark;
import org.dwcp.bench.switching.TransportSwitchBenchmark;
import org.dwcp.bench.vm.VmMigrateBenchmark;
import org.dwcp.bench.wan.ModesBenchmark;
import org.dwcp.bench.wan.WanBenchmark;

/** {@code bench list} and {@code bench NAME [--quick] [--case REGEX] [--json FILE]}. */
public final class Bench {
    /** Every benchmark; a new one adds its line here. */
    private static final List<Benchmark> BENCHMARKS = List.of(
            new ClockBenchmark(),
            new ConsensusBenchmark(),
            new ConsensusSwitchBenchmark(),
            new EncodingBenchmark(),
            new EncodingChoiceBenchmark(),
            new ImageUpdateBenchmark(),
            new ModesBenchmark(),
            new PbftBenchmark(),
            new RouteBenchmark(),
            new RpcBenchmark(),
            new SwapBenchmark(),
            new TransportSwitchBenchmark(),
            new LanBenchmark(),
            new LaneLossBenchmark(),
            new PeersBenchmark(),
            new VmMigrateBenchmark(),
            new WanBenchmark());

    private Bench() {
    }

    /** Exit status 0: measured; 1: could not measure; 2: a wrong word. A missed limit is shown and is no failure. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Tells whoever waits what was just found; results go into rows. */
    public static void progress(String line) {
        System.err.println(line);
    }

    private static int run(String[] arguments) {
        var words = new ArrayDeque<>(List.of(arguments));
        var name = words.isEmpty() ? "list" : words.removeFirst();
        if (name.equals("list")) {
            BENCHMARKS.forEach(benchmark -> System.out.printf("%-16s %s%n", benchmark.name(), benchmark.description()));
            return 0;
        }
        var quick = false;
        Path json = null;
        var cases = Pattern.compile("");
        while (!words.isEmpty()) {
            var word = words.removeFirst();
            if (word.equals("--quick")) {
                quick = true;
            } else if (word.equals("--case") && !words.isEmpty()) {
                try {
                    cases = Pattern.compile(words.removeFirst());
                } catch (PatternSyntaxException e) {
                    return wrong("--case takes a regular expression: " + e.getMessage());
                }
            } else if (word.equals("--json") && !words.isEmpty()) {
                json = Path.of(words.removeFirst());
            } else {
                return wrong("no option " + word + "; there are --quick, --case REGEX and --json FILE");
            }
        }
        var found = BENCHMARKS.stream().filter(benchmark -> benchmark.name().equals(name)).findFirst();
        return found.isEmpty()
                ? wrong("no benchmark " + name + "; there are " + BENCHMARKS.stream().map(Benchmark::name).toList())
                : measure(found.get(), new BenchOptions(quick, cases), json);
    }

    private static int measure(Benchmark benchmark, BenchOptions options, Path json) {
        try {
            System.out.println(benchmark.name() + ": " + benchmark.description());
            var rows = benchmark.run(options).stream().filter(row -> options.wants(row.scenario())).toList();
            Report.print(rows, System.out);
            if (options.quick()) {
                System.out.println("a quick run: it shows that the benchmark works, not how fast anything is");
            }
            if (json != null) {
                Report.writeJson(rows, json);
            }
            return 0;
        } catch (Exception e) {
            System.err.println("could not measure " + benchmark.name() + ": " + e);
            return 1;
        }
    }

    private static int wrong(String message) {
        System.err.println(message);
        return 2;
    }
}
