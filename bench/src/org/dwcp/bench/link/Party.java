// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

import com.google.gson.Gson;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeExecutors;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.Transport;
import org.dwcp.migration.flow.FlowAcceptor;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowProgress;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.migration.flow.Outgoing;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestIdentity;
import org.slf4j.LoggerFactory;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;

/**
 * One end of a link: a JVM with one transport. Arguments are {@code key=value}: provider, identity (a file), peer, host, port (0 listens on host),
 * window (bytes of a flow), and the transport's own configuration as {@code set.KEY=VALUE}. It answers commands on its standard input with one
 * line of JSON each: the listener {@code begin} and {@code end} around a run, the other {@code flow SECONDS} and
 * {@code frames SECONDS LANES BYTES}; both {@code traits}. The end of its input ends it.
 */
public final class Party {
    private static final String FRAMES = "bench.frames";
    private static final String FLOWS = "dwcp.flow";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Map<String, String> options;
    private final String provider;
    private final NodeClock clock;
    private final NodeId peer;
    private final Transport transport;
    private final FlowNode flows;
    private final Arrivals arrivals;

    private Party(Map<String, String> options) throws ReflectiveOperationException {
        this.options = options;
        provider = options.get("provider");
        var cluster = new TestCluster();
        var identity = TestIdentity.load(Path.of(options.get("identity")));
        var node = cluster.node(identity.id().value(), identity);
        int port = Integer.parseInt(options.get("port"));
        peer = cluster.distant(options.get("peer"), options.get("host"),
                port == 0 ? List.of() : List.of(new ProviderAdvert(Transport.SLOT.name(), provider, "1.0.0", List.of(), port)));
        clock = node.clock();
        var config = options.entrySet().stream().filter(entry -> entry.getKey().startsWith("set."))
                .collect(Collectors.toMap(entry -> entry.getKey().substring(4), Map.Entry::getValue));
        if (port == 0) {
            config.put("listen.host", options.get("host"));
        }
        transport = Provider.start(provider, config, node);
        flows = new FlowNode(clock, node.random(), new Cores(), node.peers(), new OneProvider(provider, transport), settings());
        arrivals = new Arrivals(clock, transport);
        Provider.handle(transport, FRAMES, opened -> (channel, frame) -> arrivals.add(frame.remaining()));
        Provider.handle(transport, FLOWS, new FlowAcceptor(flows, List.of(new MemoryKind(flows, arrivals))));
    }

    private FlowSettings settings() {
        return FlowSettings.DEFAULT.withWindow(Long.parseLong(options.get("window")));
    }

    /** Starts an end; see the class. */
    public static void main(String[] arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN); // a line for each connection is work that is not to be measured
        var options = new HashMap<String, String>();
        for (var argument : arguments) {
            var parts = argument.split("=", 2);
            options.put(parts[0], parts[1]);
        }
        var party = new Party(options);
        say(Map.of("port", party.transport.port()));
        var in = new BufferedReader(new InputStreamReader(System.in, java.nio.charset.StandardCharsets.US_ASCII));
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            say(party.answer(line.split(" ")));
        }
        System.exit(0);
    }

    private static void say(Map<String, ?> answer) {
        System.out.println(new Gson().toJson(answer));
        System.out.flush();
    }

    private Map<String, ?> answer(String[] words) throws Exception {
        return switch (words[0]) {
            case "begin" -> {
                arrivals.begin();
                yield Map.of();
            }
            case "end" -> arrivals.end();
            case "traits" -> transport.stats().map(stats -> stats.traits()).orElse(Map.of());
            case "flow" -> flow(Double.parseDouble(words[1]));
            case "frames" -> frames(Double.parseDouble(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    /** Sends random bytes through a flow for some time; ends when all of them are acknowledged. */
    private Map<String, ?> flow(double seconds) throws Exception {
        var source = new MemorySource(clock, (long) (seconds * 1e9));
        var progress = new FlowProgress();
        var id = new byte[16];
        new SecureRandom().nextBytes(id);
        var sender = new FlowSender(flows, peer, FlowId.of(id), MemoryKind.NAME, "bench", new byte[0], source, progress);
        sender.start();
        Outgoing.connect(flows, peer, PATIENCE, sender, progress);
        var outcome = sender.end().get();
        return Map.of("bytes", progress.ackedBytes(), "outcome", outcome.state() + " " + outcome.why(), "moves", progress.moves());
    }

    /** Sends frames over so many channels of one lane each, a thread a channel, for some time. */
    private Map<String, ?> frames(double seconds, int lanes, int frameBytes) throws Exception {
        var endNs = clock.nanoTime() + (long) (seconds * 1e9);
        var done = new CountDownLatch(lanes);
        var body = MemorySource.random(frameBytes);
        for (int lane = 0; lane < lanes; lane++) {
            var channel = transport.open(peer, FRAMES, (from, frame) -> { }, new OpenOptions(OpenOptions.Order.ORDERED, PATIENCE));
            Thread.ofPlatform().daemon().name("bench.send-" + lane).start(() -> {
                pour(channel, body.duplicate(), endNs);
                done.countDown();
            });
        }
        done.await();
        return Map.of();
    }

    private void pour(Channel channel, ByteBuffer frame, long endNs) {
        try (channel) {
            while (clock.nanoTime() - endNs < 0) {
                channel.send(frame.clear());
            }
        }
    }

    /** What encodes and reads in parallel: as many threads as cores. */
    private static final class Cores implements NodeExecutors {
        private final Executor cpu = Executors.newFixedThreadPool(cpuThreads(), Thread.ofPlatform().daemon().name("bench.cpu-", 0).factory());

        @Override
        public Executor cpu() {
            return cpu;
        }

        @Override
        public int cpuThreads() {
            return Runtime.getRuntime().availableProcessors();
        }
    }
}
