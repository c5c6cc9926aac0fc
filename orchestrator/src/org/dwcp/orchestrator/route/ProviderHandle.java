// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

import org.dwcp.api.Swappable;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.decide.Generation;
import org.dwcp.orchestrator.decide.ProviderFacts;
import org.dwcp.orchestrator.health.Breaker;
import org.dwcp.orchestrator.health.Patient;

/**
 * One installed provider: who it is, its object, its breaker, its epochs. Lives from installation to removal; identity is the object's, two
 * installations of one bundle are two handles. Thread-safe.
 */
public final class ProviderHandle implements Patient {
    /** Most retired epochs that are kept because of leases nobody ended. Source: chosen; 1 KiB each on 2 cores. */
    static final int RETIRED_MAX = 1_000;

    /**
     * Who a provider is.
     *
     * @param slot         name of the slot
     * @param name         name of the provider
     * @param version      its version
     * @param modes        generation and modes
     * @param capabilities what it can do
     */
    public record Identity(String slot, String name, String version, List<String> modes, List<String> capabilities) {
        /** Copies the lists; refuses missing parts. */
        public Identity {
            Objects.requireNonNull(slot);
            Objects.requireNonNull(name);
            Objects.requireNonNull(version);
            modes = List.copyOf(modes);
            capabilities = List.copyOf(capabilities);
        }
    }

    private final Identity identity;
    private final Object service;
    private final long order;
    private final Breaker breaker;
    private final NodeClock clock;
    private final BiConsumer<ProviderHandle, String> onOpen;
    private final Set<String> ownMethods;

    private final List<Epoch> epochs = new ArrayList<>();
    private Totals folded = Totals.NONE;
    private int timingMask;

    /**
     * Makes a handle.
     *
     * @param order  grows with each installation
     * @param onOpen told with the reason when the breaker opens, on the thread of the call that failed
     */
    public ProviderHandle(Identity identity, Object service, long order, Breaker breaker, NodeClock clock,
            BiConsumer<ProviderHandle, String> onOpen) {
        this.identity = identity;
        this.service = Objects.requireNonNull(service);
        this.order = order;
        this.breaker = breaker;
        this.clock = clock;
        this.onOpen = onOpen;
        this.ownMethods = service instanceof Swappable ? ownMethods(service.getClass()) : Set.of();
    }

    private static Set<String> ownMethods(Class<?> type) {
        Set<String> own = new java.util.HashSet<>();
        for (var method : Swappable.class.getMethods()) {
            try {
                if (type.getMethod(method.getName(), method.getParameterTypes()).getDeclaringClass() != Swappable.class) {
                    own.add(method.getName());
                }
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e); // an implementation has every method of its interface
            }
        }
        return Set.copyOf(own);
    }

    /** Returns who it is. */
    public Identity identity() {
        return identity;
    }

    @Override
    public String slot() {
        return identity.slot();
    }

    @Override
    public String name() {
        return identity.name();
    }

    /** Returns the generation. */
    public Generation generation() {
        return facts(0, Swappable.Readiness.READY, "").generation();
    }

    /** Returns the provider's object. */
    public Object service() {
        return service;
    }

    @Override
    public Breaker breaker() {
        return breaker;
    }

    @Override
    public Optional<Swappable> swappable() {
        return service instanceof Swappable s ? Optional.of(s) : Optional.empty();
    }

    @Override
    public boolean implementsOwn(String method) {
        return ownMethods.contains(method);
    }

    /** Returns what the decision knows of it. */
    public ProviderFacts facts(int ranking, Swappable.Readiness readiness, String failure) {
        return new ProviderFacts(identity.slot(), identity.name(), identity.version(), identity.modes(), identity.capabilities(), ranking, order,
                readiness, failure);
    }

    /** Begins a new epoch, to be published soon. The one before it counts on until it is retired and nothing runs in it. */
    Epoch newEpoch() {
        synchronized (epochs) {
            Epoch epoch = new Epoch(this, epochs.isEmpty() ? timingMask : epochs.getLast().timingMask);
            epochs.add(epoch);
            if (epochs.size() > RETIRED_MAX && epochs.getFirst().isRetired()) {
                folded = folded.plus(epochs.removeFirst().totals());
            }
            return epoch;
        }
    }

    /** Adds the counts of epochs that are over to the total and forgets them. */
    public void fold() {
        synchronized (epochs) {
            epochs.removeIf(epoch -> {
                Totals last = epoch.finalTotals();
                if (last != null) {
                    folded = folded.plus(last);
                    timingMask = epoch.timingMask;
                }
                return last != null;
            });
        }
    }

    /** Returns the counts since installation. */
    public Totals totals() {
        synchronized (epochs) {
            return epochs.stream().map(Epoch::totals).reduce(folded, Totals::plus);
        }
    }

    /** Returns the pieces of work running on it, whatever epoch they began in. */
    public long inFlight() {
        synchronized (epochs) {
            return epochs.stream().mapToLong(Epoch::inFlight).sum();
        }
    }

    /** Tells whether nothing runs on it. Lasting only when it is out of the table. */
    public boolean idle() {
        return inFlight() == 0;
    }

    long nanoTime() {
        return clock.nanoTime();
    }

    /** Notes a failure of a call; the one that opens the breaker moves the traffic before this returns. */
    void failed(Epoch epoch, int stripe, Throwable failure) {
        if (Breaker.counts(failure)) {
            epoch.error(stripe);
            if (breaker.failed(failure)) {
                onOpen.accept(this, breaker.reason());
            }
        }
    }

    @Override
    public String toString() {
        return identity.name();
    }
}
