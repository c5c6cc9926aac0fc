// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the providers of the service registry into the routing and takes them out again, keyed by {@link ServiceReference} and never by rank
 * (notes in docs/adr/0010). A service that goes away leaves the table first; its unregistration then waits a little for the work on it.
 */
final class ProviderTracker implements ServiceTrackerCustomizer<Object, ProviderTracker.Tracked>, AutoCloseable {
    /** Longest wait of an unregistering bundle for the work on its provider. Source: STYLE section 9, stop within 2 s, less the bundle's own. */
    static final Duration LEAVE_TIMEOUT = Duration.ofMillis(1_500);

    private static final Logger LOG = LoggerFactory.getLogger(ProviderTracker.class);

    /** What a service became: a provider; a refused one that waits for its name to be free; or one whose component could not start yet. */
    static final class Tracked {
        private final AtomicBoolean taking = new AtomicBoolean();
        private volatile Optional<Object> service = Optional.empty();
        private volatile Optional<ProviderHandle> handle = Optional.empty();
        private volatile boolean gone;
    }

    private final BundleContext bundles;
    private final RoutingCore core;
    private final RankingPublisher rankings;
    private final Function<ServiceReference<?>, Optional<String>> pids;
    private final ServiceTracker<Object, Tracked> tracker;
    /** Set when the tracker closes: all providers leave then, and together they may take no longer than one. */
    private OptionalLong leaveByNs = OptionalLong.empty();

    /**
     * Makes a tracker; {@link #open} starts it.
     *
     * @param pids finds the PID under which a service's component is configured
     */
    ProviderTracker(BundleContext bundles, HybridRouting routing, Function<ServiceReference<?>, Optional<String>> pids) {
        this.bundles = bundles;
        this.core = routing.core();
        this.rankings = routing.rankings();
        this.pids = pids;
        this.tracker = new ServiceTracker<>(bundles, filter(), this);
    }

    private static Filter filter() {
        try {
            return FrameworkUtil.createFilter("(" + Swappable.SLOT_NAME + "=*)");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e); // a constant
        }
    }

    /**
     * Starts, on the swap loop: taking a service starts its component, and that may need our own services, whose component is not ready before its
     * activation has returned.
     */
    void open() {
        core.onTick(this::startMissing);
        core.swaps.execute(tracker::open);
    }

    @Override
    public Tracked addingService(ServiceReference<Object> reference) {
        Tracked tracked = new Tracked();
        take(reference, tracked);
        return tracked;
    }

    /** One thread at a time, and no lock: this starts components. A service that went away meanwhile is let go by whoever notices. */
    private void take(ServiceReference<Object> reference, Tracked tracked) {
        if (!tracked.taking.compareAndSet(false, true)) {
            return;
        }
        try {
            if (tracked.service.isEmpty()) {
                tracked.service = Optional.ofNullable(bundles.getService(reference)); // empty: its component could not start, SCR says why
            }
            if (tracked.service.isPresent() && tracked.handle.isEmpty()) {
                admit(reference, tracked);
            }
        } finally {
            tracked.taking.set(false);
        }
        if (tracked.gone) {
            letGo(reference, tracked);
        }
    }

    /** A component that could not start, for example in a circle of references, is tried again; so is a refused name that is free now. */
    private void startMissing() {
        ServiceReference<Object>[] references = tracker.getServiceReferences();
        if (references != null) {
            for (ServiceReference<Object> reference : references) {
                Tracked tracked = tracker.getService(reference);
                if (tracked != null && tracked.service.isEmpty()) {
                    core.swaps.execute(() -> take(reference, tracked));
                }
            }
        }
    }

    private void admit(ServiceReference<Object> reference, Tracked tracked) {
        String slot = text(reference, Swappable.SLOT_NAME, "");
        String name = text(reference, Swappable.PROVIDER, "");
        try {
            if (name.isEmpty()) {
                throw new DwcpException(DwcpException.Kind.REJECTED, "service " + reference + " of slot " + slot + " has no property "
                        + Swappable.PROVIDER + "; name the provider");
            }
            new org.dwcp.api.Slot<>(slot, Object.class); // checks the name
            ProviderHandle handle = core.add(new ProviderHandle.Identity(slot, name, text(reference, Swappable.VERSION, "0.0.0"),
                    texts(reference.getProperty(Swappable.MODES)), texts(reference.getProperty(Swappable.CAPABILITIES))), tracked.service.orElseThrow(),
                    RankingPublisher.asked(reference));
            tracked.handle = Optional.of(handle);
            core.refusalOver(refusalKey(reference));
            pids.apply(reference).ifPresent(pid -> rankings.configured(handle, pid));
        } catch (DwcpException e) {
            core.refused(refusalKey(reference), e.getMessage());
        }
    }

    private static String refusalKey(ServiceReference<?> reference) {
        return text(reference, Swappable.PROVIDER, "?") + "#" + reference.getProperty(Constants.SERVICE_ID);
    }

    /** A change of ranking by somebody else is the new registered ranking; our own comes back here too and is passed over. */
    @Override
    public void modifiedService(ServiceReference<Object> reference, Tracked tracked) {
        tracked.handle.ifPresent(handle -> {
            int ranking = RankingPublisher.asked(reference);
            boolean differs = core.switchboard.state().member(handle).map(member -> member.ranking() != ranking).orElse(false);
            if (differs) {
                core.swaps.execute(() -> rerank(handle, ranking));
            }
            boolean sameCapabilities = handle.identity().capabilities().equals(texts(reference.getProperty(Swappable.CAPABILITIES)));
            if (!sameCapabilities) {
                LOG.info("capabilities of a provider changed provider={}; they are read when it is installed", handle);
            }
        });
    }

    private void rerank(ProviderHandle handle, int ranking) {
        try {
            core.switchboard.prepared(Request.of(state -> state.change(handle, member -> member.ranked(ranking)), SwapRecord.Trigger.REGISTRY,
                    handle + " is ranked " + ranking));
        } catch (DwcpException e) {
            LOG.info("ranking not in force provider={} cause='{}'", handle, e.getMessage());
        }
    }

    @Override
    public void removedService(ServiceReference<Object> reference, Tracked tracked) {
        tracked.gone = true;
        letGo(reference, tracked);
        admitWaiting(text(reference, Swappable.PROVIDER, ""));
    }

    private void letGo(ServiceReference<Object> reference, Tracked tracked) {
        tracked.handle.ifPresentOrElse(handle -> {
            core.remove(List.of(handle), handle + " was stopped or uninstalled");
            rankings.gone(handle);
            if (!core.awaitIdle(handle, leaveTimeout())) {
                LOG.warn("provider leaves under work provider={} leases={}", handle, handle.inFlight());
            }
        }, () -> core.refusalOver(refusalKey(reference)));
        if (tracked.service.isPresent()) {
            bundles.ungetService(reference);
        }
    }

    private synchronized Duration leaveTimeout() {
        return leaveByNs.isEmpty() ? LEAVE_TIMEOUT : Duration.ofNanos(Math.max(0, leaveByNs.getAsLong() - core.clock.nanoTime()));
    }

    /** A refused namesake takes the free name. */
    private void admitWaiting(String name) {
        ServiceReference<Object>[] references = tracker.getServiceReferences();
        if (references == null) {
            return;
        }
        for (ServiceReference<Object> reference : references) {
            Tracked tracked = tracker.getService(reference);
            if (tracked != null && tracked.handle.isEmpty() && name.equals(text(reference, Swappable.PROVIDER, ""))) {
                take(reference, tracked);
                return;
            }
        }
    }

    private static String text(ServiceReference<?> reference, String key, String otherwise) {
        return reference.getProperty(key) instanceof String text ? text : otherwise;
    }

    /** Reads String+: one, an array or a collection. */
    static List<String> texts(Object value) {
        return switch (value) {
            case String text -> List.of(text);
            case String[] texts -> List.of(texts);
            case Collection<?> texts -> texts.stream().map(String::valueOf).toList();
            case null, default -> List.of();
        };
    }

    @Override
    public void close() {
        synchronized (this) {
            leaveByNs = OptionalLong.of(core.clock.nanoTime() + LEAVE_TIMEOUT.toNanos());
        }
        tracker.close();
    }
}
