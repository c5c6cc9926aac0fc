// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.wan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.bench.link.Goodput;
import org.dwcp.bench.link.Parties;
import org.dwcp.bench.link.Place;
import org.dwcp.bench.link.Series;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;

/** Messages of 1 KiB that arrive in a second in each mode: on a link of that mode, over the transport that the mode asks for, between two JVMs of one machine. */
public final class ModesBenchmark implements Benchmark {
    private static final String NAME = "modes";
    private static final int MESSAGE_BYTES = 1 << 10;
    private static final int CHANNELS = 4;
    private static final double WARM_UP = 3;
    private static final double SECONDS = 6;

    /** A mode, a link that has it, and its transport. */
    private record Mode(String name, WanCondition link, String provider) {
    }

    private static final Mode INTERNET = new Mode("INTERNET", WanCondition.of(100, 100), "transport.v3");
    /** The slowest first: the others are beside it. Rates of 0 are as fast as this machine emulates. */
    private static final List<Mode> MODES = List.of(INTERNET, new Mode("HYBRID", WanCondition.of(30, 500), "transport.v3"),
            new Mode("DATACENTER", WanCondition.of(0.5, 0), "transport.v1"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "messages of 1 KiB a second in each mode, on an emulated link of that mode over its transport, TLS, two JVMs on this machine";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var missing = WanLink.unavailable();
        if (missing.isPresent()) {
            throw new IOException(missing.get());
        }
        var rows = new ArrayList<Row>();
        double internet = Double.NaN;
        for (var mode : MODES) {
            if (!options.wants(mode.name)) {
                continue;
            }
            var series = measure(mode, options.pick(1, 3));
            double rate = series.median(Goodput::mbit) * 1e6 / 8 / MESSAGE_BYTES;
            internet = mode == INTERNET ? rate : internet;
            var row = Row.higher(NAME, mode.name, "messages/s", rate, internet, "INTERNET", series.count())
                    .withNote(String.format(Locale.ROOT, "%s, %s, %d channels; Mbit/s %s", mode.link, mode.provider, CHANNELS, series.range()));
            rows.add(mode == INTERNET ? row : row.withLimit(1));
        }
        return rows;
    }

    private static Series measure(Mode mode, int runs) throws IOException {
        var series = new Series();
        try (var link = WanLink.open(mode.link); var parties = new Parties(Place.on(link), mode.provider, 64L << 20, Map.of())) {
            parties.frames(WARM_UP, CHANNELS, MESSAGE_BYTES);
            for (int run = 0; run < runs; run++) {
                series.add(parties.frames(SECONDS, CHANNELS, MESSAGE_BYTES));
            }
        }
        return series;
    }
}
