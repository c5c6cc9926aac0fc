// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.health;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.dwcp.api.Swappable;
import org.dwcp.api.node.NodeClock;

/**
 * Looks after the providers: probes the healthy ones at an interval, the suspicious ones at the backoff, the failed ones when their trial is due;
 * asks all for their readiness. Providers' code runs through {@link Calls}, so nothing here blocks. {@link #tick} may be called as often as one likes.
 */
public final class HealthMonitor {
    /** Longest time for asking all providers for their readiness. */
    static final Duration READINESS_TIMEOUT = Duration.ofSeconds(5);

    /** Runs a provider's code elsewhere, with a bound, and says how it ended. */
    public interface Calls {
        /** Starts a call; {@code onEnd} is told what went wrong, or empty, on any thread. */
        void start(String what, Duration bound, Runnable work, Consumer<Optional<Throwable>> onEnd);
    }

    /** What the monitor finds. Called on any thread. */
    public interface Findings {
        /** A probe opened the breaker. */
        void failed(Patient patient);

        /** A failed provider passed its trial and may be routed back. */
        void recovered(Patient patient);

        /** What a provider says of its readiness. */
        void readiness(Patient patient, Swappable.Readiness readiness);
    }

    private final Supplier<BreakerSettings> settings;
    private final NodeClock clock;
    private final Calls calls;
    private final Findings findings;
    private final Set<Patient> probing = new HashSet<>();
    private final Map<Patient, Long> probedNs = new HashMap<>();
    private boolean asking;

    /** Makes a monitor. */
    public HealthMonitor(Supplier<BreakerSettings> settings, NodeClock clock, Calls calls, Findings findings) {
        this.settings = settings;
        this.clock = clock;
        this.calls = calls;
        this.findings = findings;
    }

    /** Does what is due. */
    public void tick(Collection<? extends Patient> patients) {
        synchronized (this) {
            probedNs.keySet().retainAll(patients);
        }
        patients.forEach(this::look);
        askReadiness(List.copyOf(patients));
    }

    private void look(Patient patient) {
        boolean trial = patient.breaker().beginTrial();
        synchronized (this) {
            long nowNs = clock.nanoTime();
            long sinceNs = nowNs - probedNs.computeIfAbsent(patient, p -> nowNs);
            Duration interval = patient.breaker().suspicious() ? settings.get().backoff() : settings.get().probeInterval();
            boolean due = trial || !patient.breaker().isOpen() && sinceNs >= interval.toNanos();
            if (!due || !probing.add(patient)) {
                return;
            }
            probedNs.put(patient, nowNs);
        }
        calls.start(patient.name() + ".probe", settings.get().probeTimeout(), () -> patient.swappable().ifPresent(Swappable::probe),
                failure -> ended(patient, trial, failure));
    }

    private void ended(Patient patient, boolean trial, Optional<Throwable> failure) {
        synchronized (this) {
            probing.remove(patient);
        }
        if (failure.isPresent()) {
            if (patient.breaker().probeFailed(failure.get())) {
                findings.failed(patient);
            }
        } else {
            patient.breaker().probeSucceeded();
            if (trial) {
                findings.recovered(patient);
            }
        }
    }

    /** One call asks all, one after the other: readiness returns at once. A provider that hangs there delays only the asking. */
    private void askReadiness(List<? extends Patient> patients) {
        List<? extends Patient> asked = patients.stream().filter(p -> p.implementsOwn("readiness")).toList();
        synchronized (this) {
            if (asked.isEmpty() || asking) {
                return;
            }
            asking = true;
        }
        calls.start("readiness", READINESS_TIMEOUT, () -> asked.forEach(p -> findings.readiness(p, readiness(p))), failure -> {
            synchronized (this) {
                asking = false;
            }
        });
    }

    /** Asks one provider; one that throws is not ready. */
    public static Swappable.Readiness readiness(Patient patient) {
        try {
            return patient.swappable().map(Swappable::readiness).orElse(Swappable.Readiness.READY);
        } catch (RuntimeException e) {
            return Swappable.Readiness.STARTING;
        }
    }
}
