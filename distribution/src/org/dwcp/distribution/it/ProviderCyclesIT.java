// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Slot;
import org.dwcp.api.Swappable;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.test.common.annotation.InjectService;

/**
 * A provider comes, serves and goes, again and again, on a running node: its class loaders can be collected, no thread and no open file stays,
 * and nobody else notices.
 */
class ProviderCyclesIT {
    /** Enough for lazily made threads, files and classes to be there before the count begins. */
    private static final int WARM_UP = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final String PROTOCOL = "cycles";
    private static final RouteKey KEY = RouteKey.of("cycles");

    private final BundleContext context = FrameworkUtil.getBundle(ProviderCyclesIT.class).getBundleContext();

    @InjectService(timeout = 30_000)
    HybridOrchestrator orchestrator;

    @InjectService(timeout = 30_000)
    ModeAwareAdapter adapter;

    @ParameterizedTest
    @CsvSource({"encoding.v3, 100", "encoding.v1, 20", "encoding.v0, 10"})
    void encodingLeavesNothingBehind(String provider, int cycles) throws Exception {
        leavesNothingBehind(Encoding.SLOT, provider, cycles, ProviderCyclesIT::roundTrip);
    }

    @ParameterizedTest
    @CsvSource({"transport.v3, 20", "transport.v1, 20"})
    void transportLeavesNothingBehind(String provider, int cycles, @InjectService(timeout = 30_000) NodeIdentity identity) throws Exception {
        ProtocolHandler echo = opened -> (channel, frame) -> channel.trySend(frame);
        var registration = context.registerService(ProtocolHandler.class, echo, new Hashtable<>(Map.of(ProtocolHandler.PROTOCOL, PROTOCOL)));
        try {
            leavesNothingBehind(Transport.SLOT, provider, cycles, route -> sendAndReceive(route, identity.id()));
        } finally {
            registration.unregister();
        }
    }

    private <T> void leavesNothingBehind(Slot<T> slot, String provider, int cycles, Consumer<Route<T>> use) throws Exception {
        Bundle bundle = bundleOf(slot, provider);
        for (int cycle = 0; cycle < WARM_UP; cycle++) {
            bundle = cycle(slot, bundle, provider, use, new ArrayList<>());
        }
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        Map<String, String> others = Surroundings.bundlesWithout(context, bundle);
        Map<String, Integer> threads = Surroundings.threads();
        long openFiles = Surroundings.openFiles();

        for (int cycle = 0; cycle < cycles; cycle++) {
            bundle = cycle(slot, bundle, provider, use, loaders);
        }

        assertThat(loaders).hasSize(cycles);
        await().atMost(PATIENCE).untilAsserted(() -> {
            System.gc();
            assertThat(loaders).filteredOn(loader -> loader.get() != null).as("class loaders that cannot be collected").isEmpty();
        });
        assertThat(Surroundings.bundlesWithout(context, bundle)).isEqualTo(others);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(Surroundings.threads())
                .allSatisfy((name, count) -> assertThat(count).as(name).isLessThanOrEqualTo(threads.getOrDefault(name, 0))));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(Surroundings.openFiles()).isLessThanOrEqualTo(openFiles));
    }

    /** Promote, use, roll back, uninstall, refresh, use another, install again. */
    private <T> Bundle cycle(Slot<T> slot, Bundle bundle, String provider, Consumer<Route<T>> use, List<WeakReference<ClassLoader>> loaders)
            throws Exception {
        Route<T> route = adapter.route(slot);
        orchestrator.promote(slot.name(), provider, 100, "cycle");
        try (Lease<T> lease = route.lease(KEY)) {
            assertThat(lease.providerName()).isEqualTo(provider);
        }
        use.accept(route);
        orchestrator.rollback(slot.name(), "cycle");

        loaders.add(new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader()));
        String location = bundle.getLocation();
        bundle.uninstall();
        refresh(bundle);
        use.accept(route);

        Bundle next = context.installBundle(location);
        next.start();
        await().atMost(PATIENCE).pollInterval(POLL).until(() -> isRouted(slot, provider));
        return next;
    }

    private static void roundTrip(Route<Encoding> route) {
        byte[] block = "comes, serves, goes. ".repeat(500).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer back = ByteBuffer.allocate(block.length);
        int bytes = route.call(KEY, encoding -> {
            ByteBuffer frame = ByteBuffer.allocate(encoding.frameBytesMax(block.length));
            encoding.encode(ByteBuffer.wrap(block), frame);
            return encoding.decode(frame.flip(), back);
        });
        assertThat(bytes).isEqualTo(block.length);
        assertThat(back.array()).isEqualTo(block);
    }

    private static void sendAndReceive(Route<Transport> route, NodeId self) {
        byte[] sent = "there and back".getBytes(StandardCharsets.US_ASCII);
        var received = new LinkedBlockingQueue<byte[]>();
        try (Lease<Transport> lease = route.lease(KEY);
                Channel channel = lease.provider().open(self, PROTOCOL, (from, frame) -> {
                    byte[] bytes = new byte[frame.remaining()];
                    frame.get(bytes);
                    received.add(bytes);
                }, OpenOptions.DEFAULT)) {
            channel.send(ByteBuffer.wrap(sent));
            await().atMost(PATIENCE).pollInterval(POLL).until(() -> !received.isEmpty());
        }
        assertThat(received.poll()).isEqualTo(sent);
    }

    private boolean isRouted(Slot<?> slot, String provider) {
        return adapter.slots().stream().filter(status -> status.slot().equals(slot.name()))
                .flatMap(status -> status.providers().stream()).anyMatch(info -> info.name().equals(provider) && info.state().mayServe());
    }

    private Bundle bundleOf(Slot<?> slot, String provider) throws Exception {
        String filter = "(" + Swappable.PROVIDER + "=" + provider + ")";
        await().atMost(PATIENCE).until(() -> isRouted(slot, provider));
        return context.getServiceReferences(slot.type(), filter).iterator().next().getBundle();
    }

    private void refresh(Bundle bundle) throws InterruptedException {
        var refreshed = new CountDownLatch(1);
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        });
        assertThat(refreshed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
}
