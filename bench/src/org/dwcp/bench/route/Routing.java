// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.route;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.orchestrator.flags.StoredFlags;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.dwcp.orchestrator.mode.LinkModeDetector;
import org.dwcp.orchestrator.swap.HybridRouting;
import org.slf4j.LoggerFactory;

/** A routing like a node's, in memory, with as many slots as a node has, each of two providers. */
public final class Routing implements AutoCloseable {
    /** The slot of these benchmarks. */
    public static final Slot<Counter> SLOT = new Slot<>("counter", Counter.class);

    /** The other slots of a node, with the same least work. */
    public static final List<Slot<Counter>> OTHERS = Stream.of("transport", "encoding", "prediction", "sync", "consensus", "placement", "discovery")
            .map(name -> new Slot<>(name, Counter.class)).toList();

    /** The least work a slot can have. */
    public interface Counter {
        /** Returns a number that depends on the argument. */
        long next(long value);
    }

    /** The machine's clock. */
    private static final class MachineClock implements NodeClock {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            Thread.sleep(duration);
        }
    }

    private final NodeClock clock = new MachineClock();
    private final HybridRouting routing;

    /** Makes a routing with two providers. */
    public Routing(Counter v1, Counter v3) {
        ((Logger) LoggerFactory.getLogger("org.dwcp")).setLevel(Level.WARN); // a thousand lines would be measured too
        var flags = StoredFlags.inMemory();
        var detector = new LinkModeDetector(Settings.fixed(HybridConfig.defaults()), flags::state, clock);
        routing = new HybridRouting(flags, detector, HybridConfig::defaults, BreakerSettings.DEFAULT, clock, Optional.empty());
        routing.adapter().register(SLOT, v1, v3);
        OTHERS.forEach(slot -> routing.adapter().register(slot, v1, v3));
    }

    /** Returns the routing. */
    public HybridRouting routing() {
        return routing;
    }

    /** Returns the clock it lives by. */
    public NodeClock clock() {
        return clock;
    }

    @Override
    public void close() {
        routing.close();
    }
}
