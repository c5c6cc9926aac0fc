// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.wan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import com.google.gson.JsonParser;
import org.dwcp.api.node.NodeClock;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Row;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;
import org.dwcp.testkit.wan.WanNodes;

/** A file between two real nodes, beside rsync's daemon and scp on BBR, in and out of a file system in memory. */
final class FileRuns {
    private static final String NAME = "transport-wan";
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final List<WanCondition> CELLS = List.of(WanCondition.of(100, 100).withLoss(0.001), WanCondition.of(50, 500).withLoss(0.001),
            WanCondition.of(100, 900).withLoss(0.01));
    private static final long COPY_SECONDS_MAX = 300;

    private final NodeClock clock = new TestClock();
    private final BenchOptions options;

    FileRuns(BenchOptions options) {
        this.options = options;
    }

    /** What copies the file once; gives seconds. */
    private interface Copy {
        double seconds() throws Exception;
    }

    List<Row> rows() throws Exception {
        var rows = new ArrayList<Row>();
        for (var condition : CELLS) {
            if (options.wants(condition + " file") && !options.quick()) {
                rows.addAll(measure(condition));
            }
        }
        return rows;
    }

    private List<Row> measure(WanCondition condition) throws Exception {
        var folder = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir")), "dwcp-bench");
        // Two seconds of the fastest, so that nobody's start is all that is seen; rsync and scp need longer anyway.
        var bytes = (int) Math.min(200_000_000, condition.bitsPerSecond() / 8 * 8);
        var file = folder.resolve("file");
        try (var link = WanLink.open(condition)) {
            var content = new byte[bytes];
            new SplittableRandom(3).nextBytes(content);
            Files.write(file, content);
            link.congestion(End.A, "bbr");
            link.congestion(End.B, "bbr");
            try (var nodes = new WanNodes(link, folder.resolve("nodes")); var rsync = new Rsync(link, folder); var ssh = new Ssh(link, folder)) {
                if (!nodes.node(End.A).command("pin", "transport", "v3").isGood()) {
                    throw new IOException("a node does not take a pin");
                }
                var ours = new double[options.pick(1, 3)];
                var daemon = ours.clone();
                var scp = ours.clone();
                for (int run = 0; run < ours.length; run++) {
                    int number = run;
                    ours[run] = ours(nodes, file, number);
                    daemon[run] = timed(link, rsync.copy(file));
                    scp[run] = timed(link, ssh.copy(file));
                }
                var name = condition + " file";
                double mbit = bytes * 8 / 1e6;
                var note = String.format(Locale.ROOT, "%d MB, whole time; ours hashed, checked and synced; bbr seen on every connection", bytes / 1_000_000);
                return List.of(
                        Row.higher(NAME, name, "Mbit/s", mbit / median(ours), mbit / median(daemon), "rsync daemon on bbr", ours.length).withNote(note),
                        Row.higher(NAME, name, "Mbit/s", mbit / median(ours), mbit / median(scp), "scp on bbr", ours.length).withNote(note));
            }
        } finally {
            try (var left = Files.walk(folder)) {
                for (var path : left.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[(values.length - 1) / 2];
    }

    private double ours(WanNodes nodes, Path file, int number) throws IOException {
        var name = "file" + number;
        var result = nodes.node(End.A).command("send", file.toString(), "b", "--as", name, "--json");
        if (!result.isGood()) {
            throw new IOException("send: " + result.out() + result.err());
        }
        var status = JsonParser.parseString(result.out()).getAsJsonObject().getAsJsonArray("transfers").get(0).getAsJsonObject();
        Files.delete(nodes.home(End.B).resolve("data/inbox").resolve(name));
        return status.get("elapsed").getAsDouble();
    }

    /** Runs a copying program and looks meanwhile whether its connection is on BBR. */
    private double timed(WanLink link, List<String> command) throws Exception {
        var start = clock.nanoTime();
        var copy = link.start(End.A, new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.INHERIT));
        var bbr = false;
        while (!copy.waitFor(bbr ? COPY_SECONDS_MAX * 1_000 : 200, TimeUnit.MILLISECONDS)) {
            if (bbr) {
                copy.destroyForcibly();
                throw new IOException(command.getFirst() + " does not end");
            }
            var look = link.start(End.A, new ProcessBuilder("ss", "-tin", "state", "established", "dst", link.address(End.B)));
            bbr = new String(look.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII).contains(" bbr ");
        }
        if (copy.exitValue() != 0 || !bbr) {
            throw new IOException(String.join(" ", command) + (bbr ? " ended with " + copy.exitValue() : " was not seen on bbr"));
        }
        return (clock.nanoTime() - start) / 1e9;
    }
}
