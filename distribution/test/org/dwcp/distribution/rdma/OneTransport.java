// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.rdma;

import java.util.List;
import java.util.Optional;
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
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.transport.Transport;

/** The routes of a node with one transport and nothing else: every lease is of that. */
public final class OneTransport implements ModeAwareAdapter {
    private final String name;
    private final Transport transport;

    /** Makes them. */
    public OneTransport(String name, Transport transport) {
        this.name = name;
        this.transport = transport;
    }

    @Override
    public <T> Route<T> route(Slot<T> slot) {
        return new Only<>(slot, slot.name().equals(Transport.SLOT.name()) ? Optional.of(slot.type().cast(transport)) : Optional.empty());
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

    private final class Only<T> implements Route<T> {
        private final Slot<T> slot;
        private final Optional<T> provider;

        Only(Slot<T> slot, Optional<T> provider) {
            this.slot = slot;
            this.provider = provider;
        }

        @Override
        public <R> R call(RouteKey key, Function<? super T, ? extends R> work) {
            try (var lease = lease(key)) {
                return work.apply(lease.provider());
            }
        }

        @Override
        public <R> R callIdempotent(RouteKey key, Function<? super T, ? extends R> work) {
            return call(key, work);
        }

        @Override
        public <R> CompletionStage<R> callAsync(RouteKey key, Function<? super T, ? extends CompletionStage<R>> work) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Lease<T> lease(RouteKey key) {
            return lease(key, info -> true);
        }

        @Override
        public Lease<T> lease(RouteKey key, Predicate<ProviderInfo> suits) {
            var info = new ProviderInfo(slot.name(), name, "1.0.0", List.of(), List.of(), 0, 100, ProviderState.ACTIVE, "the only one", 0);
            var serving = provider.filter(any -> suits.test(info)).orElseThrow(
                    () -> new DwcpException(DwcpException.Kind.UNAVAILABLE, "no provider of " + slot.name() + " suits"));
            return new Lease<>() {
                @Override
                public T provider() {
                    return serving;
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
                    // there is no other to go to
                }

                @Override
                public void close() {
                    // nothing is counted
                }
            };
        }

        @Override
        public Lease<T> leaseNamed(String providerName) {
            return lease(null);
        }

        @Override
        public long generation() {
            return 0;
        }
    }
}
