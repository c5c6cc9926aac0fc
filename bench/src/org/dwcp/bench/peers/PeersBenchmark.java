// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.peers;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dwcp.api.NodeId;
import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.bench.link.Child;
import org.dwcp.bench.link.Hub;
import org.dwcp.bench.link.Place;
import org.dwcp.testkit.node.TestAuthority;
import org.dwcp.testkit.wan.WanLink.End;
import org.slf4j.LoggerFactory;

/** Five hundred peers of one node, each with a certificate and a connection of its own: what an idle one costs the node, and calls of all of them. */
public final class PeersBenchmark implements Benchmark {
    private static final String NAME = "transport-peers";
    private static final String PROVIDER = "transport.v3";
    private static final int PER_SECOND = 2_000;
    private static final int BODY_BYTES = 200;
    /** Source: the project's target for a node with 500 peers, 256 MiB in all. */
    private static final double PEER_KIB_MAX = 512;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "peers of one node over loopback, TLS: memory of an idle one, and calls of all of them at a steady rate";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
        int count = options.pick(20, 500);
        int seconds = options.pick(3, 60);
        var authority = new TestAuthority("bench");
        var identity = Files.createTempFile("dwcp-bench", ".hub");
        try (var crowd = new Crowd()) {
            authority.issue(NodeId.of("hub")).save(identity);
            var command = new ArrayList<>(Place.java("256m"));
            command.addAll(1, List.of("-Xms256m", "-XX:+AlwaysPreTouch")); // so that what grows is no heap
            command.addAll(List.of(Hub.class.getName(), PROVIDER, identity.toString()));
            try (var hub = new Child(Place.loopback(), End.B, command)) {
                crowd.connect(authority, PROVIDER, hub.hello().get("port").getAsInt(), 1); // its classes are loaded
                crowd.call(PER_SECOND / 10, 1, BODY_BYTES);
                var before = hub.ask("memory");
                crowd.connect(authority, PROVIDER, hub.hello().get("port").getAsInt(), count);
                var idle = hub.ask("memory");
                Bench.progress(before + " then " + idle);
                var run = crowd.call(PER_SECOND, seconds, BODY_BYTES);
                var after = hub.ask("memory");
                Bench.progress("after the calls " + after);
                double heap = (idle.get("heap").getAsLong() - before.get("heap").getAsLong()) / 1024.0 / count;
                double resident = (idle.get("resident").getAsLong() - before.get("resident").getAsLong()) / 1024.0 / count;
                double busy = (after.get("heap").getAsLong() + after.get("resident").getAsLong() - before.get("heap").getAsLong()
                        - before.get("resident").getAsLong()) / 1024.0 / count;
                var of = count + " peers";
                var calls = of + ", " + seconds + " s of calls at " + PER_SECOND + "/s";
                return List.of(
                        Row.lower(NAME, of + ", memory of an idle one", "KiB", heap + resident, PEER_KIB_MAX, "limit", 1).withLimit(1)
                                .withNote(String.format(Locale.ROOT, "%.1f of heap and %.1f resident beyond it", heap, resident)),
                        Row.lower(NAME, calls + ", memory of a peer after them", "KiB", busy, PEER_KIB_MAX, "limit", 1).withLimit(1),
                        Row.lower(NAME, calls + ", not answered", "calls", run.sent() + run.broken() - run.answered(), 0, "must be 0", 1)
                                .withNote(run.sent() + " sent, " + run.answered() + " answered, " + run.failed() + " refused, " + run.twice() + " twice"),
                        Row.lower(NAME, calls + ", median", "ms", run.quantileMs(0.5), Double.NaN, "none", 1),
                        Row.lower(NAME, calls + ", 99 %", "ms", run.quantileMs(0.99), Double.NaN, "none", 1));
            }
        } finally {
            Files.delete(identity);
        }
    }
}
