// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.Check;
import org.dwcp.api.hybrid.ComponentRegistry;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridManagerFactory;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.orchestrator.flags.StoredFlags;
import org.dwcp.orchestrator.mode.LinkModeDetector;
import org.dwcp.orchestrator.swap.HybridRouting;

/**
 * Makes managers that need no framework: flags in memory, a detector that gets its samples by {@code offer}, a routing that writes no
 * rankings. Thread-safe; closes what it has made.
 */
public final class StandaloneManagers implements HybridManagerFactory, AutoCloseable {
    /** Most managers at a time. Source: chosen; each has a few threads. */
    static final int MANAGERS_MAX = 100;

    private final NodeClock clock;
    private final Set<RoutedManager> made = ConcurrentHashMap.newKeySet();

    /** Makes a factory. */
    public StandaloneManagers(NodeClock clock) {
        this.clock = clock;
    }

    @Override
    public HybridManager create(Optional<HybridConfig> config) {
        Check.argument(made.size() < MANAGERS_MAX, "%d managers are open already; close one", MANAGERS_MAX);
        Settings settings = Settings.fixed(config.orElseGet(HybridConfig::defaults));
        StoredFlags flags = StoredFlags.inMemory();
        LinkModeDetector detector = new LinkModeDetector(settings, flags::state, clock);
        HybridRouting routing = new HybridRouting(flags, detector, settings::hybrid, settings.current().breaker(), clock, Optional.empty());
        return new Standalone(new Parts(routing, routing.adapter(), routing.figures(), detector, flags, settings, clock), () -> {
            routing.close();
            detector.close();
        });
    }

    private final class Standalone extends RoutedManager {
        Standalone(Parts parts, Runnable release) {
            super(parts, () -> { }, release);
            made.add(this);
        }

        @Override
        public void close() {
            super.close();
            made.remove(this);
        }
    }

    @Override
    public ComponentRegistry registry(HybridManager manager) {
        Check.argument(manager instanceof RoutedManager routed && made.contains(routed),
                "the manager was not made by this factory or is closed; use create()");
        return new RoutedComponents((RoutedManager) manager, List::of);
    }

    @Override
    public void close() {
        made.forEach(RoutedManager::close);
    }
}
