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
    private static final int WARM_UP_BYTES = 4 << 10;
    private static final List<Integer> LANES = List.of(1, 4, 16);
    /** Source: the project's target, for lanes without TLS. */
    private static final double PLAIN_LEAST = 0.9;

    /** Both ends by their names, which is what a lane without TLS asks for. */
    private static final Map<String, String> PLAIN = Map.of("tls", "off", "trusted.peers", "a,b", "rdma", "off");

    /** A transport and how it is configured. */
    private record Contender(String name, String provider, Map<String, String> config, double least) {
    }

    private static final List<Contender> CONTENDERS = List.of(
            new Contender("v1 plain", "transport.v1", PLAIN, PLAIN_LEAST),
            new Contender("v1 TLS", "transport.v1", Map.of(), 0),
            new Contender("v3 TLS", "transport.v3", Map.of(), 0));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "channels of transport.v1 and v3 over loopback, with and without TLS, beside iperf3 with as many connections: rate and processor time";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        var rows = new ArrayList<Row>();
        for (int lanes : LANES) {
            var suffix = lanes + (lanes == 1 ? " lane" : " lanes");
            var wanted = CONTENDERS.stream().filter(contender -> options.wants(contender.name + ", " + suffix)).toList();
            if (!wanted.isEmpty() && !(options.quick() && lanes == 16)) {
                rows.addAll(measure(wanted, suffix, lanes, options));
            }
        }
        return rows;
    }

    /** All contenders and the peer take turns, so that what else the machine does hits them alike. */
    private static List<Row> measure(List<Contender> contenders, String suffix, int lanes, BenchOptions options) throws Exception {
        int seconds = options.pick(2, 6);
        var pairs = new ArrayList<Parties>();
        var ours = contenders.stream().map(contender -> new Series()).toList();
        var peer = new Series();
        var traits = new ArrayList<String>();
        try {
            for (var contender : contenders) {
                var parties = new Parties(Place.loopback(), contender.provider, 64L << 20, contender.config);
                pairs.add(parties);
                parties.frames(seconds, lanes, WARM_UP_BYTES); // many frames: large ones alone are too few a second for the compiler to be done soon
                parties.frames(seconds, lanes, FRAME_BYTES);
                traits.add(parties.traits());
            }
            for (int run = 0; run < options.pick(1, 3); run++) {
                peer.add(Iperf.run(Place.loopback(), seconds, lanes, ""));
                for (int index = 0; index < pairs.size(); index++) {
                    ours.get(index).add(pairs.get(index).frames(seconds, lanes, FRAME_BYTES));
                }
            }
        } finally {
            for (var parties : pairs) {
                parties.close();
            }
        }
        var rows = new ArrayList<Row>();
        for (int index = 0; index < contenders.size(); index++) {
            rows.addAll(rows(contenders.get(index), suffix, ours.get(index), peer, traits.get(index), "iperf3 -P " + lanes));
        }
        return rows;
    }

    private static List<Row> rows(Contender contender, String suffix, Series ours, Series peer, String traits, String peerName) {
        var name = contender.name + ", " + suffix;
        return List.of(
                Row.higher(NAME, name, "Gbit/s", ours.median(Goodput::mbit) / 1e3, peer.median(Goodput::mbit) / 1e3, peerName, ours.count())
                        .withLimit(contender.least).withNote(String.format(Locale.ROOT, "loopback, no RDMA device; as counted by the receiver in Mbit/s %s, iperf3 %s; %s", ours.range(), peer.range(), traits)),
                Row.lower(NAME, name + ", processor of both ends", "s/GB", ours.median(Goodput::cpuSecondsPerGigabyte),
                        peer.median(Goodput::cpuSecondsPerGigabyte), peerName, ours.count()));
    }
}
