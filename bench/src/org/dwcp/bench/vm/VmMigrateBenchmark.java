// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

import com.google.gson.JsonParser;
import org.dwcp.api.node.NodeClock;
import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.testkit.guest.GuestLab;
import org.dwcp.testkit.guest.SerialLine;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;
import org.dwcp.testkit.wan.WanNodes;

/**
 * A running guest moves between two nodes, beside QEMU's own ways over the same line: bytes on the wire, time until it runs there, and how long it is silent. The
 * same guest goes there by each way in turn, and back over a line without bounds. How often is the property {@code dwcp.bench.vm.rounds}.
 */
public final class VmMigrateBenchmark implements Benchmark {
    private static final String NAME = "vm-migrate";
    private static final int MEGABYTES_QUICK = 256;
    private static final String LOAD_QUICK = "fill=64 rate=20 kind=counter";
    private static final int ROUNDS = 3;
    /** A node as a user starts it. */
    private static final List<String> JVM = List.of("-Xmx512m");
    private static final int DOWNTIME_MS = 100;
    private static final Duration BOOT_MAX = Duration.ofSeconds(150);
    private static final Duration LONGEST = Duration.ofSeconds(45);
    /** Source: the project's targets: 0.6 of the bytes, 1.0 of the time of multifd and zstd, 300 ms; on a local line 1.2 of QEMU's time and 100 ms. */
    private static final double BYTES_LEAST = 1 / 0.6;
    private static final double LAN_TIME_LEAST = 1 / 1.2;
    private static final double WAN_MS_MOST = 300;
    private static final double LAN_MS_MOST = 100;
    private static final WanCondition UNBOUNDED = WanCondition.of(0, 0);
    /** A line without bounds; QEMU's own ways all come to an end there. */
    private static final Case LOCAL = new Case("local", UNBOUNDED, "v1", 1_024, "fill=300 rate=20 kind=counter", Double.POSITIVE_INFINITY);
    /** The guest changes 168 Mbit/s: more than the line carries. */
    private static final Case FASTER_THAN_THE_LINE = new Case("100 ms 100 Mbit/s 0.1 %", WanCondition.of(100, 100).withLoss(0.001), "v3", 1_024,
            "fill=300 rate=20 kind=counter", Double.POSITIVE_INFINITY);
    /** Source: the project's target, a guest of 2 GB within 45 s. It has three quarters of its memory in use. */
    private static final Case TWO_GIGABYTES = new Case("2 GiB 100 ms 300 Mbit/s", WanCondition.of(100, 300), "v3", 2_048, "fill=1500 rate=20 kind=counter", 45);

    private final NodeClock clock = new TestClock();

    /**
     * What is measured.
     *
     * @param megabytes memory of the guest
     * @param load      words for its program
     * @param longest   most seconds that are asked for
     */
    private record Case(String name, WanCondition condition, String transport, int megabytes, String load, double longest) {
        boolean isLocal() {
            return condition.equals(UNBOUNDED);
        }
    }

    /** What one move gave; seconds are negative when it did not come to its end. */
    private record Run(double megabytes, double seconds, double silentMs) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.1f MB, %.1f s, silent %.0f ms", megabytes, seconds, silentMs);
        }
    }

    /** Moves the guest from a to b. */
    private interface Way {
        double seconds() throws Exception;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a running guest of QEMU to another node, beside QEMU's tcp and multifd with zstd over the same line";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var missing = WanLink.unavailable();
        var lab = new GuestLab(Path.of(System.getProperty("dwcp.root", "."), "target", "vm-lab"));
        missing = missing.or(lab::prepare);
        if (missing.isPresent()) {
            throw new IOException(missing.get());
        }
        var rows = new ArrayList<Row>();
        for (var scenario : List.of(LOCAL, FASTER_THAN_THE_LINE, TWO_GIGABYTES)) {
            if (options.wants(scenario.name())) {
                rows.addAll(measure(scenario, lab, options));
            }
        }
        return rows;
    }

    private List<Row> measure(Case scenario, GuestLab lab, BenchOptions options) throws Exception {
        var folder = Files.createTempDirectory("dwcp-bench");
        try (var link = WanLink.open(UNBOUNDED)) {
            link.congestion(End.A, "bbr");
            link.congestion(End.B, "bbr");
            var bare = new BareQemu(link, clock);
            try (var nodes = new WanNodes(link, folder.resolve("nodes"), JVM)) {
                return new Session(scenario, lab, options, folder, link, nodes, bare).rows();
            } finally {
                GuestLab.kill(folder.toString());
                bare.close();
            }
        } finally {
            try (var left = Files.walk(folder)) {
                for (var path : left.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static double median(List<Run> runs, java.util.function.ToDoubleFunction<Run> value) {
        return runs.stream().mapToDouble(value).sorted().toArray()[(runs.size() - 1) / 2];
    }

    /** One guest and two nodes. */
    private final class Session {
        private final Case scenario;
        private final GuestLab lab;
        private final BenchOptions options;
        private final Path folder;
        private final WanLink link;
        private final WanNodes nodes;
        private final BareQemu bare;

        Session(Case scenario, GuestLab lab, BenchOptions options, Path folder, WanLink link, WanNodes nodes, BareQemu bare) {
            this.scenario = scenario;
            this.lab = lab;
            this.options = options;
            this.folder = folder;
            this.link = link;
            this.nodes = nodes;
            this.bare = bare;
        }

        private Path serial(End end) {
            return folder.resolve(end + ".serial");
        }

        private Path socket(End end) {
            return folder.resolve(end + ".qmp");
        }

        private int megabytes() {
            return options.pick(MEGABYTES_QUICK, scenario.megabytes());
        }

        private String load() {
            return options.quick() ? LOAD_QUICK : scenario.load();
        }

        private List<String> words(End end) {
            return lab.command(megabytes(), load(), serial(end), socket(end));
        }

        private String command(End end, String... words) throws IOException {
            var result = nodes.node(end).command(words);
            if (!result.isGood()) {
                throw new IOException(String.join(" ", words) + ": " + result.out() + result.err() + nodes.node(end).output());
            }
            return result.out();
        }

        List<Row> rows() throws Exception {
            for (var end : End.values()) {
                var vms = Files.createDirectories(nodes.home(end).resolve("etc/vms"));
                Files.writeString(vms.resolve("guest.vm"), lab.description(megabytes(), load(), serial(end), socket(end)));
                command(end, "pin", "transport", scenario.transport());
                if (scenario.isLocal()) {
                    command(end, "mode", "force", "datacenter"); // what a node finds out by itself within seconds, or later on a busy machine
                }
            }
            command(End.A, "vm", "start", "guest");
            long begun = clock.nanoTime();
            while (!SerialLine.read(serial(End.A)).isFilled()) {
                if (clock.nanoTime() - begun > BOOT_MAX.toNanos()) {
                    throw new IOException("the guest has not filled its memory within " + BOOT_MAX);
                }
                clock.sleep(Duration.ofMillis(200));
            }
            Bench.progress(String.format(Locale.ROOT, "%s: the guest is up after %.0f s", scenario.name(), (clock.nanoTime() - begun) / 1e9));
            return measured();
        }

        private List<Row> measured() throws Exception {
            List<Run> ours = new ArrayList<>();
            List<Run> multifd = new ArrayList<>();
            List<Run> tcp = new ArrayList<>();
            for (int run = 0; run < options.pick(1, Integer.getInteger("dwcp.bench.vm.rounds", ROUNDS)); run++) {
                ours.add(there("ours", () -> JsonParser.parseString(command(End.A, "vm", "migrate", "guest", "b", "--downtime", String.valueOf(DOWNTIME_MS), "--json"))
                        .getAsJsonObject().getAsJsonObject("migration").get("elapsed").getAsDouble()));
                command(End.B, "vm", "migrate", "guest", "a");
                multifd.add(bare(BareQemu.Way.MULTIFD));
                if (scenario.isLocal()) {
                    tcp.add(bare(BareQemu.Way.TCP));
                }
            }
            return report(ours, multifd, tcp);
        }

        private Run bare(BareQemu.Way way) throws Exception {
            var run = there(way.name(), () -> bare.move(way, socket(End.A), End.B, words(End.B), socket(End.B), folder.resolve("b.log"), DOWNTIME_MS, LONGEST));
            if (run.seconds() < 0) {
                GuestLab.kill(socket(End.B).toString());
            } else {
                bare.move(BareQemu.Way.TCP, socket(End.B), End.A, words(End.A), socket(End.A), folder.resolve("a.log"), DOWNTIME_MS, LONGEST);
            }
            return run;
        }

        /** Moves it over the line that is measured, and takes the bounds away again. */
        private Run there(String name, Way way) throws Exception {
            clock.sleep(Duration.ofSeconds(2)); // what was on its way before is gone
            link.set(scenario.condition());
            try (var standstill = new Standstill(clock, serial(End.A), serial(End.B))) {
                long before = link.stats().aToB().bytesIn();
                double seconds = way.seconds();
                double megabytes = (link.stats().aToB().bytesIn() - before) / 1e6;
                var run = new Run(megabytes, seconds, seconds < 0 ? -1 : standstill.ms());
                Bench.progress(scenario.name() + " " + name + ": " + run);
                if (seconds >= 0 && SerialLine.read(serial(End.B)).bad() > 0) {
                    throw new IOException("the guest found pages that it had not written, after " + name);
                }
                return run;
            } finally {
                link.set(UNBOUNDED);
            }
        }

        private List<Row> report(List<Run> ours, List<Run> multifd, List<Run> tcp) {
            var name = scenario.name();
            var local = scenario.isLocal();
            var beside = Double.isInfinite(scenario.longest());
            var rows = new ArrayList<Row>();
            rows.addAll(beside(ours, multifd, BareQemu.Way.MULTIFD, beside && !local ? BYTES_LEAST : 0, beside && !local ? 1 : 0));
            rows.addAll(beside(ours, tcp, BareQemu.Way.TCP, 0, local ? LAN_TIME_LEAST : 0));
            rows.add(Row.lower(NAME, name + " silent", "ms", median(ours, Run::silentMs), local ? LAN_MS_MOST : WAN_MS_MOST, "what is asked", ours.size()).withLimit(1));
            if (!beside) {
                rows.add(Row.lower(NAME, name + " time", "s", median(ours, Run::seconds), scenario.longest(), "what is asked", ours.size()).withLimit(1));
            }
            return rows;
        }

        private List<Row> beside(List<Run> ours, List<Run> peer, BareQemu.Way way, double bytesLeast, double timeLeast) {
            if (peer.isEmpty()) {
                return List.of();
            }
            var note = load() + " MiB(/s); ours " + Arrays.toString(ours.toArray()) + " peer " + Arrays.toString(peer.toArray());
            var isDone = peer.stream().noneMatch(run -> run.seconds() < 0);
            return List.of(
                    Row.lower(NAME, scenario.name() + " bytes", "MB", median(ours, Run::megabytes), isDone ? median(peer, Run::megabytes) : Double.NaN, way.name(), ours.size())
                            .withLimit(bytesLeast).withNote(note),
                    Row.lower(NAME, scenario.name() + " time", "s", median(ours, Run::seconds), isDone ? median(peer, Run::seconds) : Double.NaN, way.name(), ours.size())
                            .withLimit(timeLeast),
                    Row.lower(NAME, scenario.name() + " silent", "ms", median(ours, Run::silentMs), isDone ? median(peer, Run::silentMs) : Double.NaN, way.name(), ours.size()));
        }
    }
}
