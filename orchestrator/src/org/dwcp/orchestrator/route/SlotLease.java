// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.util.function.Predicate;

import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.RouteKey;

/**
 * An open lease: one entry in an epoch's counters, given back once. When the provider keeps the lease's key in a newer epoch, {@link #isCurrent}
 * moves the entry there, so that long work on keys that stay does not hold up the drain of keys that went. Thread-safe.
 */
final class SlotLease<T> implements Lease<T> {
    private final SlotRoute<T> route;
    /** Null for a lease by name. */
    private final RouteKey key;
    private final Predicate<ProviderInfo> suits;
    private final ProviderHandle handle;
    private final T provider;
    /** The table for which the lease was last found current. */
    private volatile RoutingTable seen;
    private Epoch epoch;
    private int stripe;
    private boolean closed;
    /** Work with a peer tells its progress. */
    private final boolean watched;

    SlotLease(SlotRoute<T> route, RouteKey key, Predicate<ProviderInfo> suits, RoutingTable seen, Epoch epoch, int stripe) {
        this.route = route;
        this.key = key;
        this.suits = suits;
        this.seen = seen;
        this.epoch = epoch;
        this.stripe = stripe;
        this.handle = epoch.handle;
        this.provider = route.provider(epoch);
        this.watched = key != null && key.peer().isPresent();
        if (watched) {
            route.board().flows().opened(route.slot().name(), key);
        }
    }

    @Override
    public T provider() {
        return provider;
    }

    @Override
    public String providerName() {
        return handle.name();
    }

    @Override
    public boolean isCurrent() {
        return route.board().table() == seen || moved();
    }

    private synchronized boolean moved() {
        for (;;) {
            RoutingTable table = route.board().table();
            SlotTable slot = route.current();
            Epoch now = key == null ? slot.named(handle.name()) : route.choose(slot, key, suits);
            if (closed || now == null || now.handle != handle) {
                return false;
            }
            if (now == epoch) {
                seen = table;
                return true;
            }
            int here = Epoch.stripe();
            now.enter(here);
            now.discount(here); // the work was counted where it began
            if (route.current() == slot) {
                epoch.leave(stripe);
                epoch = now;
                stripe = here;
            } else {
                now.leave(here);
            }
        }
    }

    @Override
    public void progress(long bytes) {
        if (watched) {
            route.board().flows().progress(route.slot().name(), key, handle.name(), bytes);
        }
    }

    @Override
    public void failed(Throwable failure) {
        Epoch at;
        synchronized (this) {
            at = epoch;
        }
        handle.failed(at, Epoch.stripe(), failure); // may move the traffic: not under a lock
    }

    synchronized void succeeded(long beganNs) {
        epoch.time(stripe, 0, handle.nanoTime() - beganNs);
        if (handle.breaker().troubled()) {
            handle.breaker().succeeded();
        }
    }

    long nanoTime() {
        return handle.nanoTime();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            epoch.leave(stripe);
            if (watched) {
                route.board().flows().closed(route.slot().name(), key);
            }
        }
    }
}
