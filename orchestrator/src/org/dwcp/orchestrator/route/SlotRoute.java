// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;

/**
 * The route of one slot: reads the table, picks by key, counts the work in, checks that the slot has not changed, works, counts out
 * ({@link Epoch} has the proof). One for each slot, for the node's life.
 */
public final class SlotRoute<T> implements Route<T> {
    private final Board board;
    private final Slot<T> slot;
    private final int index;

    /** Makes the route of the slot with this index in every table from now on. */
    public SlotRoute(Board board, Slot<T> slot, int index) {
        this.board = board;
        this.slot = slot;
        this.index = index;
    }

    SlotTable current() {
        return board.table().slot(index);
    }

    Board board() {
        return board;
    }

    Slot<T> slot() {
        return slot;
    }

    @Override
    public <R> R call(RouteKey key, Function<? super T, ? extends R> work) {
        int stripe = Epoch.stripe();
        for (;;) {
            SlotTable table = current();
            Epoch epoch = table.pick(key);
            if (epoch == null) {
                throw nobody(table);
            }
            long before = epoch.enter(stripe);
            if (current() == table) {
                return run(epoch, stripe, before, work);
            }
            cancel(epoch, stripe);
        }
    }

    private <R> R run(Epoch epoch, int stripe, long before, Function<? super T, ? extends R> work) {
        try {
            int mask = epoch.timingMask;
            R result = (before & mask) == 0 ? timed(epoch, stripe, mask, work) : work.apply(provider(epoch));
            if (epoch.handle.breaker().troubled()) {
                epoch.handle.breaker().succeeded();
            }
            return result;
        } catch (Throwable failure) { // whatever a provider throws is counted and thrown on
            epoch.handle.failed(epoch, stripe, failure);
            throw failure;
        } finally {
            epoch.leave(stripe);
        }
    }

    private <R> R timed(Epoch epoch, int stripe, int mask, Function<? super T, ? extends R> work) {
        long beganNs = epoch.handle.nanoTime();
        R result = work.apply(provider(epoch));
        epoch.time(stripe, mask, epoch.handle.nanoTime() - beganNs);
        return result;
    }

    private static void cancel(Epoch epoch, int stripe) {
        epoch.discount(stripe);
        epoch.leave(stripe);
    }

    /** The cast is safe: the registry lets only objects of the slot's type into its table. */
    @SuppressWarnings("unchecked")
    T provider(Epoch epoch) {
        return (T) epoch.service;
    }

    @Override
    public <R> R callIdempotent(RouteKey key, Function<? super T, ? extends R> work) {
        int stripe = Epoch.stripe();
        Set<ProviderHandle> tried = null; // most calls never need it
        RuntimeException last = null;
        for (;;) {
            SlotTable table = current();
            Epoch epoch = untried(table.order(key), tried);
            if (epoch == null) {
                throw last == null ? nobody(table) : last;
            }
            long before = epoch.enter(stripe);
            if (current() != table) {
                cancel(epoch, stripe);
                continue;
            }
            try {
                return run(epoch, stripe, before, work);
            } catch (RuntimeException failure) {
                if (failure instanceof DwcpException e && (e.kind() == DwcpException.Kind.REJECTED || e.kind() == DwcpException.Kind.RETRY)) {
                    throw failure; // nobody else would answer better
                }
                last = failure;
                tried = tried == null ? new HashSet<>() : tried;
                tried.add(epoch.handle);
            }
        }
    }

    private static Epoch untried(Epoch[] order, Set<ProviderHandle> tried) {
        for (Epoch epoch : order) {
            if (tried == null || !tried.contains(epoch.handle)) {
                return epoch;
            }
        }
        return null;
    }

    @Override
    public <R> CompletionStage<R> callAsync(RouteKey key, Function<? super T, ? extends CompletionStage<R>> work) {
        SlotLease<T> lease = open(key, null);
        long beganNs = lease.nanoTime();
        try {
            CompletableFuture<R> result = new CompletableFuture<>();
            work.apply(lease.provider()).whenComplete((value, failure) -> {
                if (failure == null) {
                    lease.succeeded(beganNs);
                    lease.close();
                    result.complete(value);
                } else {
                    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
                    lease.failed(cause);
                    lease.close();
                    result.completeExceptionally(cause);
                }
            });
            return result;
        } catch (Throwable failure) { // the work did not even begin to wait
            lease.failed(failure);
            lease.close();
            throw failure;
        }
    }

    @Override
    public Lease<T> lease(RouteKey key) {
        return open(key, null);
    }

    @Override
    public Lease<T> lease(RouteKey key, Predicate<ProviderInfo> suits) {
        return open(key, suits);
    }

    private SlotLease<T> open(RouteKey key, Predicate<ProviderInfo> suits) {
        int stripe = Epoch.stripe();
        for (;;) {
            RoutingTable whole = board.table();
            SlotTable table = whole.slot(index);
            Epoch epoch = choose(table, key, suits);
            if (epoch == null) {
                throw suits == null || table.order(key).length == 0 ? nobody(table)
                        : new DwcpException(DwcpException.Kind.UNAVAILABLE, "no provider of slot " + slot + " suits the caller; has: "
                                + table.decision().entries().stream().map(e -> e.provider().name() + " " + e.state()).toList());
            }
            epoch.enter(stripe);
            if (current() == table) {
                return new SlotLease<>(this, key, suits, whole, epoch, stripe);
            }
            cancel(epoch, stripe);
        }
    }

    /** Picks for a lease; null when nobody serves or suits. */
    Epoch choose(SlotTable table, RouteKey key, Predicate<ProviderInfo> suits) {
        if (suits == null) {
            return table.pick(key);
        }
        for (Epoch epoch : table.order(key)) {
            if (suits.test(table.decision().entry(epoch.handle.name()).map(e -> Infos.of(e, epoch.handle)).orElseThrow())) {
                return epoch;
            }
        }
        return null;
    }

    @Override
    public Lease<T> leaseNamed(String providerName) {
        int stripe = Epoch.stripe();
        for (;;) {
            RoutingTable whole = board.table();
            SlotTable table = whole.slot(index);
            Epoch epoch = table.named(providerName);
            if (epoch == null) {
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE,
                        "provider " + providerName + " of slot " + slot + " is not installed; installed: " + table.epochs().keySet());
            }
            epoch.enter(stripe);
            if (current() == table) {
                return new SlotLease<>(this, null, null, whole, epoch, stripe);
            }
            cancel(epoch, stripe);
        }
    }

    @Override
    public long generation() {
        return board.table().generation();
    }

    private DwcpException nobody(SlotTable table) {
        return new DwcpException(DwcpException.Kind.UNAVAILABLE, "slot " + slot + " has no provider that may serve: "
                + String.join("; ", table.decision().reasons()) + "; install or enable one, `why " + slot + "` shows each");
    }
}
