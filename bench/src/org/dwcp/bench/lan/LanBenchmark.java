// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.lan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.bench.link.Goodput;
import org.dwcp.bench.link.Iperf;
import org.dwcp.bench.link.Parties;
import org.dwcp.bench.link.Place;
import org.dwcp.bench.link.Series;

/**
 * Frames over channels of one lane each between two JVMs on one machine, memory to memory; beside iperf3 with as many connections. Every second
 * of processor time is taken from the same cores at both ends, so the rate is what the sum of both ends' work leaves.
 */
public final class LanBenchmark implements Benchmark {
    private static final String NAME = "transport-lan";
    private static final int FRAME_BYTES = 256 << 10;
    private static final List<Integer> LANES = List.of(1, 4, 16);
    /** Source: the project's target, for lanes without TLS. */
    private static final double PLAIN_LEAST = 0.9;

    /** A transport and how it is configured. */
    private record Contender(String name, String provider, Map<String, String> config, boolean plain) {
    }

    private static final List<Contender> CONTENDERS = List.of(
            new Contender("v1 TLS", "transport.v1", Map.of(), false),
            new Contender("v3 TLS", "transport.v3", Map.of(), false));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "channels of transport.v1 and v3 over loopback, beside iperf3 with as many connections: rate and processor time";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var rows = new ArrayList<Row>();
        for (int lanes : LANES) {
            for (var contender : CONTENDERS) {
                var name = contender.name + ", " + lanes + (lanes == 1 ? " lane" : " lanes");
                if (options.wants(name) && !(options.quick() && lanes == 16)) {
                    rows.addAll(measure(contender, name, lanes, options));
                }
            }
        }
        return rows;
    }

    private static List<Row> measure(Contender contender, String name, int lanes, BenchOptions options) throws Exception {
        var ours = new Series();
        var peer = new Series();
        var seconds = options.pick(3, 8);
        String traits;
        try (var parties = new Parties(Place.loopback(), contender.provider, 64L << 20, contender.config)) {
            parties.frames(seconds, lanes, FRAME_BYTES); // warms up
            for (int run = 0; run < options.pick(1, 3); run++) {
                ours.add(parties.frames(seconds, lanes, FRAME_BYTES));
                peer.add(Iperf.run(Place.loopback(), seconds, lanes, ""));
            }
            traits = parties.traits();
        }
        double gbit = ours.median(Goodput::mbit) / 1e3;
        double theirs = peer.median(Goodput::mbit) / 1e3;
        var peerName = "iperf3 -P " + lanes;
        return List.of(
                Row.higher(NAME, name, "Gbit/s", gbit, theirs, peerName, ours.count()).withLimit(contender.plain ? PLAIN_LEAST : 0)
                        .withNote(String.format(Locale.ROOT, "Mbit/s %s, iperf3 %s; %s", ours.range(), peer.range(), traits)),
                Row.lower(NAME, name + ", processor of both ends", "s/GB", ours.median(Goodput::cpuSecondsPerGigabyte),
                        peer.median(Goodput::cpuSecondsPerGigabyte), peerName, ours.count()));
    }
}
