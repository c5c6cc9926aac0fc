// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;

/** A route whose order a test sets. A provider can be marked as failed. */
public final class FakeRoute<T> implements Route<T> {
    private final String slot;
    private final Map<String, T> providers = new ConcurrentHashMap<>();
    private final Map<String, List<String>> capabilities = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> leases = new ConcurrentHashMap<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile List<String> order = List.of();
    private final AtomicLong generation = new AtomicLong();

    FakeRoute(String slot) {
        this.slot = slot;
    }

    /** Adds a provider at the end of the order. */
    public void add(String name, T provider, String... can) {
        providers.put(name, provider);
        capabilities.put(name, List.of(can));
        leases.put(name, new AtomicLong());
        order = Stream.concat(order.stream(), Stream.of(name)).toList();
    }

    /** Sets the order. */
    public void order(String... names) {
        order = List.of(names);
        generation.incrementAndGet();
    }

    public List<ProviderInfo> infos() {
        return providers.keySet().stream().sorted().map(this::info).toList();
    }

    private ProviderInfo info(String name) {
        List<String> now = order;
        boolean first = !now.isEmpty() && now.getFirst().equals(name);
        return new ProviderInfo(slot, name, "1.0.0", List.of(), capabilities.get(name), 0, first ? 100 : 0,
                first ? ProviderState.ACTIVE : ProviderState.STANDBY, "test", leases.get(name).get());
    }

    /** Open leases of all providers. */
    public long openLeases() {
        return leases.values().stream().mapToLong(AtomicLong::get).sum();
    }

    public Queue<String> failures() {
        return failures;
    }

    @Override
    public <R> R call(RouteKey key, Function<? super T, ? extends R> work) {
        try (Lease<T> lease = lease(key)) {
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
        return lease(key, _ -> true);
    }

    @Override
    public Lease<T> lease(RouteKey key, Predicate<ProviderInfo> suits) {
        return new FakeLease(choose(suits), suits);
    }

    private String choose(Predicate<ProviderInfo> suits) {
        return order.stream().filter(name -> suits.test(info(name))).findFirst()
                .orElseThrow(() -> new DwcpException(Kind.UNAVAILABLE, "no provider of " + slot + " suits"));
    }

    @Override
    public Lease<T> leaseNamed(String providerName) {
        if (!providers.containsKey(providerName)) {
            throw new DwcpException(Kind.UNAVAILABLE, "no provider " + providerName);
        }
        return new FakeLease(providerName, info -> info.name().equals(providerName));
    }

    @Override
    public long generation() {
        return generation.get();
    }

    private final class FakeLease implements Lease<T> {
        private final String name;
        private final Predicate<ProviderInfo> suits;
        private final AtomicBoolean closed = new AtomicBoolean();

        FakeLease(String name, Predicate<ProviderInfo> suits) {
            this.name = name;
            this.suits = suits;
            leases.get(name).incrementAndGet();
        }

        @Override
        public T provider() {
            return providers.get(name);
        }

        @Override
        public String providerName() {
            return name;
        }

        @Override
        public boolean isCurrent() {
            try {
                return choose(suits).equals(name);
            } catch (DwcpException _) {
                return false;
            }
        }

        @Override
        public void failed(Throwable failure) {
            if (!(failure instanceof DwcpException known && (known.kind() == Kind.REJECTED || known.kind() == Kind.RETRY))) {
                failures.add(name);
            }
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                leases.get(name).decrementAndGet();
            }
        }
    }
}
