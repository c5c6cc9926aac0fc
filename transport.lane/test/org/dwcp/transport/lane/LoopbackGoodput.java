// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;

/**
 * Goodput of one channel over the loopback interface; not a test. Arguments: natives (auto, off), lanes, frame bytes, senders, seconds, and
 * {@code plain} to leave TLS out. Prints one line, with the processor time of this JVM, which is both ends, and the time to open.
 */
final class LoopbackGoodput {
    private LoopbackGoodput() {
    }

    public static void main(String[] arguments) throws Exception {
        var natives = Natives.of(arguments[0]);
        int lanes = Integer.parseInt(arguments[1]);
        int frameBytes = Integer.parseInt(arguments[2]);
        int senders = Integer.parseInt(arguments[3]);
        int seconds = Integer.parseInt(arguments[4]);
        List<Fabric> fabrics = arguments.length > 5 ? List.of(new PlainTcp(() -> true, peer -> true)) : List.of();
        var cluster = new TestCluster();
        var a = cluster.node("a");
        var b = cluster.node("b");
        var received = new LongAdder();
        b.handle("sink", opened -> (channel, frame) -> received.add(frame.remaining()));
        var settings = new LaneSettings("transport.bench", new Listen("127.0.0.1", 0), new Limits(2, 100, 1_000, 4 << 20, Duration.ofSeconds(10)),
                new Tcp(natives, "", 0, 0, Pacing.NONE, Duration.ofSeconds(20)), LanePolicy.fixed(lanes), Set.of(), Map.of());
        try (var ta = new LaneTransport(settings, a.identity(), a.peers(), a.clock(), a::handler, fabrics);
                var tb = new LaneTransport(settings, b.identity(), b.peers(), b.clock(), b::handler, fabrics)) {
            b.advertise("transport", "transport.bench", tb.port());
            var options = new OpenOptions(OpenOptions.Order.UNORDERED, Duration.ofSeconds(10));
            for (int round = 0; round < 5; round++) {
                long openNs = a.clock().nanoTime();
                ta.open(b.id(), "sink", (from, frame) -> { }, options).close();
                System.out.printf("opened and closed in %.1f ms%n", (a.clock().nanoTime() - openNs) / 1e6);
            }
            try (var channel = ta.open(b.id(), "sink", (from, frame) -> { }, options)) {
                for (int sender = 0; sender < senders; sender++) {
                    Thread.ofVirtual().start(() -> {
                        var frame = ByteBuffer.allocateDirect(frameBytes);
                        try {
                            while (true) {
                                channel.send(frame.clear());
                            }
                        } catch (TransportException e) {
                            // closed: the measurement is over
                        }
                    });
                }
                a.clock().sleep(Duration.ofSeconds(3));
                long startNs = a.clock().nanoTime();
                long startCpuNs = cpuNs();
                long start = received.sum();
                a.clock().sleep(Duration.ofSeconds(seconds));
                double elapsedNs = a.clock().nanoTime() - startNs;
                System.out.printf("%s lanes=%d frame=%d senders=%d: %.2f Gbit/s, %.0f frames/s, %.2f cores, %.2f core seconds a GB%n", ta.stats().orElseThrow().traits(), lanes,
                        frameBytes, senders, (received.sum() - start) * 8 / elapsedNs, (received.sum() - start) / (double) frameBytes / elapsedNs * 1e9,
                        (cpuNs() - startCpuNs) / elapsedNs,
                        (cpuNs() - startCpuNs) / (double) (received.sum() - start));
            }
        }
    }

    private static long cpuNs() {
        return ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
