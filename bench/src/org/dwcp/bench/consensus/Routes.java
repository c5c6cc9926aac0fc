// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;

/** Routes of one slot that give the one provider there is, or the one named: what ordering asks a node's routing for, and no more. */
final class Routes<S> implements ModeAwareAdapter, Route<S> {
    private final Map<String, S> providers;

    Routes(Map<String, S> providers) {
        this.providers = providers;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> Route<T> route(Slot<T> slot) {
        return (Route<T>) this;
    }

    @Override
    public Lease<S> leaseNamed(String name) {
        var provider = providers.get(name);
        if (provider == null) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "no provider " + name);
        }
        return new Lease<>() {
            @Override
            public S provider() {
                return provider;
            }

            @Override
            public String providerName() {
                return name;
            }

            @Override
            public boolean isCurrent() {
                return true;
            }

            @Override
            public void failed(Throwable failure) {
                // Nobody takes a provider out here.
            }

            @Override
            public void close() {
                // Leases are not counted here.
            }
        };
    }

    @Override
    public Lease<S> lease(RouteKey key) {
        if (providers.size() != 1) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "the routing wants none of " + providers.keySet());
        }
        return leaseNamed(providers.keySet().iterator().next());
    }

    @Override
    public Lease<S> lease(RouteKey key, Predicate<ProviderInfo> suits) {
        return lease(key);
    }

    private static UnsupportedOperationException unasked() {
        return new UnsupportedOperationException("ordering does not ask this");
    }

    @Override
    public <R> R call(RouteKey key, Function<? super S, ? extends R> work) {
        throw unasked();
    }

    @Override
    public <R> R callIdempotent(RouteKey key, Function<? super S, ? extends R> work) {
        throw unasked();
    }

    @Override
    public <R> CompletionStage<R> callAsync(RouteKey key, Function<? super S, ? extends CompletionStage<R>> work) {
        throw unasked();
    }

    @Override
    public long generation() {
        return 1;
    }

    @Override
    public <T> Registration register(Slot<T> slot, T v1, T v3) {
        throw unasked();
    }

    @Override
    public <T> T get(Slot<T> slot) {
        throw unasked();
    }

    @Override
    public List<SwapRecord> switchMode(NetworkMode mode, String reason) {
        throw unasked();
    }

    @Override
    public List<String> validate() {
        throw unasked();
    }

    @Override
    public List<SlotStatus> slots() {
        throw unasked();
    }
}
