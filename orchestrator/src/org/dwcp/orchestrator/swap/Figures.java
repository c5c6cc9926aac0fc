// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

import org.dwcp.api.hybrid.HealthStatus;
import org.dwcp.api.hybrid.HybridMetrics;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.decide.Generation;
import org.dwcp.orchestrator.health.Breaker;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.dwcp.orchestrator.route.Totals;

/** Adds up what the handles count; remembers what removed ones had counted, so that no figure ever falls. Thread-safe. */
final class Figures implements RoutingFigures {
    /** Most providers that were taken out while work still ran on them. Source: chosen; what runs on older ones is no longer counted. */
    static final int DEPARTING_MAX = 1_000;

    private record Sum(Totals mock, Totals real, long fallbacks, long recoveries) {
        static final Sum NONE = new Sum(Totals.NONE, Totals.NONE, 0, 0);

        Sum plus(ProviderHandle handle) {
            Breaker breaker = handle.breaker();
            boolean isMock = handle.generation() == Generation.V0;
            return new Sum(isMock ? mock.plus(handle.totals()) : mock, isMock ? real : real.plus(handle.totals()),
                    fallbacks + breaker.openedCount(), recoveries + breaker.closedCount());
        }
    }

    private final Switchboard switchboard;
    private final Supplier<Decision> decision;
    private final LongAdder callbackFailures;
    private final Map<String, Sum> removed = new TreeMap<>();
    private final Set<ProviderHandle> departing = new LinkedHashSet<>();

    Figures(Switchboard switchboard, Supplier<Decision> decision, LongAdder callbackFailures) {
        this.switchboard = switchboard;
        this.decision = decision;
        this.callbackFailures = callbackFailures;
    }

    /** Goes on counting a provider that is about to be taken out. */
    void departing(ProviderHandle handle) {
        synchronized (removed) {
            departing.add(handle);
            if (departing.size() > DEPARTING_MAX) {
                settle(departing.iterator().next());
            }
        }
    }

    /** Adds up those that nothing runs on any more, and forgets them. */
    void settle() {
        synchronized (removed) {
            List<ProviderHandle> installed = installed();
            List.copyOf(departing).stream().filter(handle -> handle.idle() && !installed.contains(handle)).forEach(this::settle);
        }
    }

    private void settle(ProviderHandle handle) {
        departing.remove(handle);
        removed.put(handle.slot(), removed.getOrDefault(handle.slot(), Sum.NONE).plus(handle));
    }

    private List<ProviderHandle> installed() {
        return switchboard.state().members().stream().map(State.Member::handle).toList();
    }

    @Override
    public long switchAttempts() {
        return switchboard.attempts();
    }

    @Override
    public long switchSuccesses() {
        return switchboard.successes();
    }

    @Override
    public long switchFailures() {
        return switchboard.failures();
    }

    @Override
    public long callbackFailures() {
        return callbackFailures.sum();
    }

    @Override
    public long inFlight() {
        synchronized (removed) {
            return counted().stream().mapToLong(handle -> Math.max(0, handle.inFlight())).sum();
        }
    }

    /** Returns the installed and the departing, each once. */
    private Set<ProviderHandle> counted() {
        Set<ProviderHandle> counted = new LinkedHashSet<>(departing);
        counted.addAll(installed());
        return counted;
    }

    @Override
    public List<HealthStatus> health() {
        List<HealthStatus> all = new ArrayList<>();
        installed().forEach(handle -> all.add(new HealthStatus(handle.slot(), handle.name(), backend(handle), handle.breaker().status(),
                handle.breaker().lastCheck(), handle.totals().errors(), handle.totals().meanMs())));
        decision.get().slots().values().stream().filter(Figures::usesBoth).map(this::whole).forEach(all::add);
        all.sort(Comparator.comparing(HealthStatus::component).thenComparing(HealthStatus::provider));
        return all;
    }

    private static HealthStatus.Backend backend(ProviderHandle handle) {
        return handle.generation() == Generation.V0 ? HealthStatus.Backend.MOCK : HealthStatus.Backend.REAL;
    }

    private static boolean usesBoth(Decision.OfSlot slot) {
        return slot.entries().stream().filter(e -> e.share() > 0).map(e -> e.provider().generation() == Generation.V0).distinct().count() == 2;
    }

    /** The slot as a whole, under its own name: as bad as its worst serving provider, as old as its oldest check. */
    private HealthStatus whole(Decision.OfSlot slot) {
        List<ProviderHandle> serving = installed().stream().filter(h -> h.slot().equals(slot.slot()) && slot.share(h.name()) > 0).toList();
        Totals totals = serving.stream().map(ProviderHandle::totals).reduce(Totals.NONE, Totals::plus);
        HealthStatus.Status worst = serving.stream().map(h -> h.breaker().status()).max(Comparator.naturalOrder())
                .orElse(HealthStatus.Status.HEALTHY);
        Instant oldest = serving.stream().map(h -> h.breaker().lastCheck()).min(Comparator.naturalOrder()).orElse(Instant.EPOCH);
        return new HealthStatus(slot.slot(), slot.slot(), HealthStatus.Backend.HYBRID, worst, oldest, totals.errors(), totals.meanMs());
    }

    @Override
    public List<HybridMetrics> metrics() {
        Map<String, Sum> sums;
        synchronized (removed) {
            sums = new TreeMap<>(removed);
            counted().forEach(handle -> sums.put(handle.slot(), sums.getOrDefault(handle.slot(), Sum.NONE).plus(handle)));
        }
        return sums.entrySet().stream()
                .map(e -> new HybridMetrics(e.getKey(), e.getValue().mock().requests(), e.getValue().real().requests(), e.getValue().fallbacks(),
                        e.getValue().recoveries(), e.getValue().mock().meanMs(), e.getValue().real().meanMs(), e.getValue().mock().errorRate(),
                        e.getValue().real().errorRate()))
                .toList();
    }
}
