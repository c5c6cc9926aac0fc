// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.wan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.bench.link.Goodput;
import org.dwcp.bench.link.Iperf;
import org.dwcp.bench.link.Parties;
import org.dwcp.bench.link.Place;
import org.dwcp.bench.link.Series;
import org.dwcp.migration.flow.ModeWindows;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;

/** A flow over transport.v3 between two JVMs, memory to memory, over emulated links; beside iperf3 with BBR over the same link in the same run. */
public final class WanBenchmark implements Benchmark {
    private static final String NAME = "transport-wan";
    private static final String PROVIDER = "transport.v3";
    private static final String CONGESTION = "bbr";
    /**
     * The rate counts from the fourth second on; where a start takes six seconds, from the seventh: for the peers as well. Before that a start that overflows the
     * queue leaves tens of megabytes behind gaps at the receiver, which then arrive all at once. What is still above what the wire carries is cut to that, for all.
     */
    private static final int SECONDS = 11;
    private static final double FROM = 4;
    private static final int SECONDS_FAR = 13;
    private static final double FROM_FAR = 7;
    private static final long FAR_MS = 300;
    /** What a node in mode INTERNET lets a flow run ahead. */
    private static final long WINDOW_BYTES = ModeWindows.DEFAULT.internetBytes();
    /** Source: the project's targets. */
    private static final double LINK_SHARE_LEAST = 0.9;
    /** Most of a link that TCP's data can be: 1,448 of 1,500 bytes. */
    private static final double TCP_SHARE = 1_448 / 1_500.0;
    private static final double BEST_PEER_LEAST = 0.95;
    private static final double RAMP_SECONDS_MOST = 3;
    private static final double LOSS_KEEPS_LEAST = 0.9;
    private static final List<WanCondition> CELLS = cells();

    private static List<WanCondition> cells() {
        var cells = new ArrayList<WanCondition>();
        for (var link : List.of(WanCondition.of(100, 100), WanCondition.of(50, 500), WanCondition.of(100, 900))) {
            for (var loss : List.of(0.0, 0.001, 0.01)) {
                cells.add(link.withLoss(loss));
            }
        }
        cells.add(WanCondition.of(500, 100));
        return cells;
    }

    /** What one cell gave. */
    private record Cell(WanCondition link, Goodput first, Series ours, Series one, Series eight, String traits, long overflows) {
        Series best() {
            return rate(one) >= rate(eight) ? one : eight;
        }

        /** Mbit/s, the median of the runs, and no more than the wire carries. */
        double rate(Series series) {
            double most = TCP_SHARE * link.bitsPerSecond() / 1e6;
            return series.median(run -> Math.min(most, run.mbit()));
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a flow over transport.v3 on emulated wide-area links, beside iperf3 with BBR, rsync and scp over the same link";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var missing = WanLink.unavailable();
        if (missing.isPresent()) {
            throw new IOException(missing.get());
        }
        var rows = new ArrayList<Row>();
        var lossless = new LinkedHashMap<String, Cell>();
        for (var condition : CELLS) {
            if (!options.wants(condition.toString()) || options.quick() && condition.loss() == 0.001) {
                continue;
            }
            var cell = measure(condition, options.pick(1, 3));
            rows.addAll(rows(cell));
            if (condition.loss() == 0) {
                lossless.put(condition.toString(), cell);
            }
            var clean = lossless.get(condition.withLoss(0).toString());
            if (condition.loss() == 0.01 && clean != null) {
                rows.add(lossRow(cell, clean));
            }
        }
        rows.addAll(new FileRuns(options).rows());
        return rows;
    }

    private static Cell measure(WanCondition condition, int runs) throws Exception {
        try (var link = WanLink.open(condition); var parties = new Parties(Place.on(link), PROVIDER, WINDOW_BYTES, Map.of())) {
            boolean far = condition.rtt().toMillis() > FAR_MS;
            int seconds = far ? SECONDS_FAR : SECONDS;
            double from = far ? FROM_FAR : FROM;
            // The first flow meets a cold JVM and a link that nobody knows; the medians are of what comes after. It is long, as compiling goes on for seconds.
            var first = parties.flow(far ? seconds / 2.0 : seconds);
            var cell = new Cell(condition, first, new Series(), new Series(), new Series(), parties.traits(), 0);
            for (int run = 0; run < runs; run++) {
                cell.ours.add(parties.flow(seconds).from(from));
                cell.one.add(Iperf.run(Place.on(link), seconds, 1, CONGESTION).from(from));
                cell.eight.add(Iperf.run(Place.on(link), seconds, 8, CONGESTION).from(from));
                Bench.progress(String.format(Locale.ROOT, "%s run %d: %s; iperf3 -P 1 %s; -P 8 %s", condition, run + 1, cell.ours.last(), cell.one.last(),
                        cell.eight.last()));
            }
            var shown = new Cell(condition, first, cell.ours, cell.one, cell.eight, cell.traits, link.stats().aToB().overflows());
            Bench.progress(String.format(Locale.ROOT, "%s: %.1f Mbit/s, ramp %.1f s, iperf3 %.1f and %.1f Mbit/s", condition,
                    shown.ours.median(Goodput::mbit), shown.ours.median(Goodput::rampSeconds), shown.one.median(Goodput::mbit),
                    shown.eight.median(Goodput::mbit)));
            return shown;
        }
    }

    private static List<Row> rows(Cell cell) {
        var name = cell.link.toString();
        double ours = cell.rate(cell.ours);
        int runs = cell.ours.count();
        var best = cell.best();
        var rows = new ArrayList<Row>();
        rows.add(Row.higher(NAME, name + " of the link", "Mbit/s", ours, cell.link.bitsPerSecond() / 1e6, "the link", runs).withLimit(LINK_SHARE_LEAST)
                .withNote(String.format(Locale.ROOT, "as counted %s; lanes %.0f; TCP's part of a packet is 0.965%s", cell.ours.range(), cell.ours.median(Goodput::lanes),
                        cell.overflows > 0 ? "; emulator overflowed" : "")));
        rows.add(Row.higher(NAME, name + " goodput", "Mbit/s", ours, cell.rate(cell.one), "iperf3 -C bbr -P 1", runs)
                .withLimit(best == cell.one ? BEST_PEER_LEAST : 0).withNote("as counted " + cell.one.range()));
        rows.add(Row.higher(NAME, name + " goodput", "Mbit/s", ours, cell.rate(cell.eight), "iperf3 -C bbr -P 8", runs)
                .withLimit(best == cell.eight ? BEST_PEER_LEAST : 0).withNote("as counted " + cell.eight.range()));
        double ramp = cell.ours.median(Goodput::rampSeconds);
        rows.add(Row.lower(NAME, name + " ramp to 90 %", "s", ramp, RAMP_SECONDS_MOST, "what is asked", runs).withLimit(cell.link.rtt().toMillis() <= 100 ? 1 : 0)
                .withNote(String.format(Locale.ROOT, "first flow of a cold JVM %.1f s; iperf3 -P 1 %.1f s, -P 8 %.1f s", cell.first.rampSeconds(),
                        cell.one.median(Goodput::rampSeconds), cell.eight.median(Goodput::rampSeconds))));
        rows.add(Row.lower(NAME, name + " processor, both ends", "s/GB", cell.ours.median(Goodput::cpuSecondsPerGigabyte),
                cell.one.median(Goodput::cpuSecondsPerGigabyte), "iperf3 -C bbr -P 1", runs).withNote("ours with TLS, checksums and acknowledgements; " + cell.traits));
        return rows;
    }

    private static Row lossRow(Cell cell, Cell clean) {
        double share = cell.rate(cell.best()) / clean.rate(clean.best());
        return Row.higher(NAME, cell.link + " against 0 %", "Mbit/s", cell.rate(cell.ours), clean.rate(clean.ours), "ours without loss",
                cell.ours.count()).withLimit(LOSS_KEEPS_LEAST).withNote(String.format(Locale.ROOT, "the best iperf3 keeps %.3f", share));
    }
}
