// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.test.common.annotation.InjectService;

/**
 * The native code of a codec goes with its library's bundle: that one is taken anew 20 times, and the codec with it, while calls run all the time. No call fails, and one
 * copy of the code stays in the process, the last.
 */
class NativesIT {
    private static final int SWAPS = 20;
    private static final int CALLERS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final byte[] BLOCK = "natives come, serve, go. ".repeat(4_000).getBytes(StandardCharsets.US_ASCII);

    private final BundleContext context = FrameworkUtil.getBundle(NativesIT.class).getBundleContext();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong calls = new AtomicLong();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @InjectService(timeout = 30_000)
    HybridOrchestrator orchestrator;

    @InjectService(timeout = 30_000)
    ModeAwareAdapter adapter;

    @ParameterizedTest
    @CsvSource({"com.github.luben.zstd-jni, libzstd-jni, encoding.v3, encoding.v1", "lz4-java, liblz4-java, encoding.v1, encoding.v0"})
    @Requirement("R-235")
    void oneCopyStaysAfterTwentySwapsUnderLoad(String name, String library, String provider, String other) throws Exception {
        assumeTrue(Files.isReadable(MAPS), "no " + MAPS + " on this system");
        Bundle bundle = Arrays.stream(context.getBundles()).filter(each -> each.getSymbolicName().equals(name)).findFirst().orElseThrow();
        Route<Encoding> route = adapter.route(Encoding.SLOT);
        List<Thread> callers = Stream.generate(() -> Thread.ofPlatform().name("natives.caller").unstarted(() -> call(route))).limit(CALLERS).toList();
        callers.forEach(Thread::start);
        try {
            for (int swap = 0; swap < SWAPS; swap++) {
                orchestrator.promote(Encoding.SLOT.name(), provider, 100, "natives");
                awaitCalls();
                assertThat(mapped(library)).isNotEmpty();
                orchestrator.promote(Encoding.SLOT.name(), other, 100, "natives");
                bundle.update();
                refresh(bundle);
                await().atMost(PATIENCE).pollInterval(POLL).until(() -> isRouted(provider));
            }
            orchestrator.promote(Encoding.SLOT.name(), provider, 100, "natives");
            awaitCalls();
        } finally {
            over.set(true);
            for (Thread caller : callers) {
                caller.join();
            }
            orchestrator.rollback(Encoding.SLOT.name(), "natives");
        }

        assertThat(failures).isEmpty();
        await().atMost(PATIENCE).untilAsserted(() -> {
            System.gc();
            assertThat(mapped(library)).hasSize(1);
        });
    }

    private void call(Route<Encoding> route) {
        for (long call = 0; !over.get(); call++) {
            try {
                ByteBuffer back = ByteBuffer.allocate(BLOCK.length);
                route.call(RouteKey.of("natives-" + call % 16), encoding -> {
                    ByteBuffer frame = ByteBuffer.allocate(encoding.frameBytesMax(BLOCK.length));
                    encoding.encode(ByteBuffer.wrap(BLOCK), frame);
                    return encoding.decode(frame.flip(), back.clear());
                });
                assertThat(back.array()).isEqualTo(BLOCK);
                calls.incrementAndGet();
            } catch (RuntimeException | AssertionError e) {
                failures.add(e);
            }
        }
    }

    /** Enough for each caller to have begun one and ended it since. */
    private void awaitCalls() {
        long before = calls.get();
        await().atMost(PATIENCE).pollInterval(POLL).until(() -> calls.get() > before + 2 * CALLERS || !failures.isEmpty());
    }

    private static Set<String> mapped(String library) throws IOException {
        try (Stream<String> lines = Files.lines(MAPS)) {
            return lines.filter(line -> line.contains(library)).map(line -> line.substring(line.indexOf('/'))).collect(Collectors.toSet());
        }
    }

    private boolean isRouted(String provider) {
        return adapter.slots().stream().filter(status -> status.slot().equals(Encoding.SLOT.name())).flatMap(status -> status.providers().stream())
                .anyMatch(info -> info.name().equals(provider) && info.state().mayServe());
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
