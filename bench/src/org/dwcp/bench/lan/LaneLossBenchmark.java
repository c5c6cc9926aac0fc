// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.lan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.bench.link.Goodput;
import org.dwcp.bench.link.Parties;
import org.dwcp.bench.link.Place;
import org.dwcp.bench.link.Series;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;

/** A flow over transport.v3 of which one lane is killed every second ({@code ss -K}: both ends see a reset), beside the same flow left in peace. */
public final class LaneLossBenchmark implements Benchmark {
    private static final String NAME = "transport-lane-loss";
    private static final WanCondition LINK = WanCondition.of(100, 100).withLoss(0.001);
    private static final long WINDOW_BYTES = 64L << 20;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a flow over transport.v3 on an emulated link with one of its connections killed every second, beside the same flow left in peace";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var missing = WanLink.unavailable();
        if (missing.isPresent()) {
            throw new IOException(missing.get());
        }
        int seconds = options.pick(6, 15);
        var ours = new Series();
        var peace = new Series();
        var killed = new AtomicInteger();
        try (var link = WanLink.open(LINK); var parties = new Parties(Place.on(link), "transport.v3", WINDOW_BYTES, Map.of())) {
            parties.flow(options.pick(2, 5)); // warms up
            for (int run = 0; run < options.pick(1, 3); run++) {
                peace.add(parties.flow(seconds));
                var killer = Thread.ofPlatform().daemon().name("bench.kill").start(() -> killEverySecond(link, killed));
                try {
                    ours.add(parties.flow(seconds));
                } finally {
                    killer.interrupt();
                    killer.join();
                }
            }
        }
        return List.of(Row.higher(NAME, LINK + ", a lane killed every second", "Mbit/s", ours.median(Goodput::mbit), peace.median(Goodput::mbit),
                "the same in peace", ours.count()).withNote(String.format(Locale.ROOT, "%s, in peace %s; %d connections killed", ours.range(),
                        peace.range(), killed.get())));
    }

    private static void killEverySecond(WanLink link, AtomicInteger killed) {
        var clock = new TestClock();
        try {
            while (true) {
                clock.sleep(Duration.ofSeconds(1));
                var ports = new ArrayList<String>();
                for (var line : said(link, "ss", "-Htn", "state", "established").lines().toList()) {
                    var words = line.strip().split("\\s+");
                    ports.add(words[2].substring(words[2].lastIndexOf(':') + 1));
                }
                if (!ports.isEmpty()) {
                    said(link, "ss", "-HtnK", "sport", "=", ports.get(killed.getAndIncrement() % ports.size()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the run is over
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String said(WanLink link, String... command) throws IOException, InterruptedException {
        var process = link.start(WanLink.End.A, new ProcessBuilder(command).redirectErrorStream(true));
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + text);
        }
        return text;
    }
}
