// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
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
import org.dwcp.api.transport.Transport;

/** Routes of a node that has one transport and nothing else: no encoding, so that bytes travel as they are. */
record OneProvider(String name, Transport transport) implements ModeAwareAdapter {
    @Override
    public <T> Route<T> route(Slot<T> slot) {
        return new OneRoute<>(slot.type().isInstance(transport) ? slot.type().cast(transport) : null, name);
    }

    @Override
    public <T> Registration register(Slot<T> slot, T v1, T v3) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T get(Slot<T> slot) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<SwapRecord> switchMode(NetworkMode mode, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> validate() {
        return List.of();
    }

    @Override
    public List<SlotStatus> slots() {
        return List.of();
    }

    private record OneRoute<T>(T provider, String name) implements Route<T> {
        @Override
        public <R> R call(RouteKey key, Function<? super T, ? extends R> work) {
            return work.apply(lease(key).provider());
        }

        @Override
        public <R> R callIdempotent(RouteKey key, Function<? super T, ? extends R> work) {
            return call(key, work);
        }

        @Override
        public <R> CompletionStage<R> callAsync(RouteKey key, Function<? super T, ? extends CompletionStage<R>> work) {
            return work.apply(lease(key).provider());
        }

        @Override
        public Lease<T> lease(RouteKey key) {
            return leaseNamed(name);
        }

        @Override
        public Lease<T> lease(RouteKey key, Predicate<ProviderInfo> suits) {
            return leaseNamed(name);
        }

        @Override
        public Lease<T> leaseNamed(String providerName) {
            if (provider == null) {
                throw new DwcpException(Kind.UNAVAILABLE, "no provider");
            }
            return new OneLease<>(provider, name);
        }

        @Override
        public long generation() {
            return 0;
        }
    }

    private record OneLease<T>(T provider, String providerName) implements Lease<T> {
        @Override
        public boolean isCurrent() {
            return true;
        }

        @Override
        public void failed(Throwable failure) {
            // The run shows it: bytes that do not arrive.
        }

        @Override
        public void close() {
            // Nothing is counted.
        }
    }
}
