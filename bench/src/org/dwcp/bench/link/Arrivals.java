// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Transport;

/** Counts what arrives and notes every 100 ms how much it is. */
final class Arrivals {
    private static final Duration INTERVAL = Duration.ofMillis(100);

    private final NodeClock clock;
    private final Transport transport;
    private final LongAdder bytes = new LongAdder();
    private final List<long[]> samples = new ArrayList<>();
    private int lanes;
    private Thread sampler;

    Arrivals(NodeClock clock, Transport transport) {
        this.clock = clock;
        this.transport = transport;
    }

    void add(long count) {
        bytes.add(count);
    }

    /** Begins at nothing. */
    void begin() {
        bytes.reset();
        samples.clear();
        lanes = 0;
        sampler = Thread.ofPlatform().daemon().name("bench.sampler").start(this::sample);
    }

    private void sample() {
        var startNs = clock.nanoTime();
        try {
            while (true) {
                samples.add(new long[] {clock.nanoTime() - startNs, bytes.sum()});
                lanes = Math.max(lanes, transport.stats().map(stats -> stats.lanesOpen()).orElse(0));
                clock.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            // The run is over.
        }
    }

    /** Returns pairs of nanoseconds and bytes since the begin, and the most lanes that were open. */
    Map<String, ?> end() throws InterruptedException {
        sampler.interrupt();
        sampler.join();
        return Map.of("samples", samples, "lanes", lanes);
    }
}
