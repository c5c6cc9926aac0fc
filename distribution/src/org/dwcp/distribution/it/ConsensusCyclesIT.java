// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupClient;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.StateMachine;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.test.common.annotation.InjectService;

/**
 * The Raft provider comes, serves a group and goes while the group still runs, again and again, beside a group of another provider: its class loaders can be collected, no
 * socket, file or thread of it stays, the library below it is not refreshed, and the other group takes commands all the time.
 */
class ConsensusCyclesIT {
    private static final String RAFT = "consensus.v1";
    private static final int WARM_UP = 2;
    private static final int CYCLES = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final BundleContext context = FrameworkUtil.getBundle(ConsensusCyclesIT.class).getBundleContext();

    @InjectService(timeout = 30_000)
    ConsensusGroups groups;

    /** Counts its commands. */
    private static final class Count implements StateMachine {
        private long count;

        @Override
        public synchronized byte[] apply(byte[] command) {
            return query(String.valueOf(++count).getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public synchronized byte[] query(byte[] query) {
            return String.valueOf(count).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public byte[] snapshot() {
            return query(new byte[0]);
        }

        @Override
        public synchronized void install(byte[] snapshot) {
            count = snapshot.length == 0 ? 0 : Long.parseLong(new String(snapshot, StandardCharsets.US_ASCII));
        }
    }

    private Group host(String name, String provider) {
        return groups.host(new GroupSpec(name, provider, List.of(groups.self()), 100, 0), new Count());
    }

    private static String add(GroupClient client) throws Exception {
        return new String(client.submit(new byte[] {1}).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS), StandardCharsets.US_ASCII);
    }

    @Test
    void raftLeavesNothingBehindWhileItsGroupAndAnotherRun() throws Exception {
        try (var steady = host("steady", "consensus.v0"); var client = steady.client("it");
                var served = host("served", RAFT); var raft = served.client("it")) {
            long count = Long.parseLong(add(raft)); // the node's home may know the groups from a run before
            long steadyCount = Long.parseLong(add(client));
            List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
            Map<String, String> others = Map.of();
            Map<String, Integer> threads = Map.of();
            long files = 0;
            for (int cycle = 0; cycle < WARM_UP + CYCLES; cycle++) {
                count++;
                assertThat(add(raft)).as("commands of the group that goes on where it was").isEqualTo(String.valueOf(count));
                var bundle = provider().getBundle();
                int port = port();
                assertThat(port).isPositive();
                if (cycle >= WARM_UP) {
                    loaders.add(new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader()));
                }
                String location = bundle.getLocation();
                bundle.stop();
                assertThat(answers(port)).as("somebody answers at the port of the stopped provider").isFalse();
                bundle.uninstall();
                refresh(bundle);
                assertThat(add(client)).isEqualTo(String.valueOf(++steadyCount));
                if (cycle == WARM_UP - 1) {
                    others = Surroundings.bundlesWithout(context, bundle);
                    threads = Surroundings.threads();
                    files = Surroundings.openFiles();
                } else if (cycle >= WARM_UP) {
                    assertThat(Surroundings.bundlesWithout(context, bundle)).isEqualTo(others);
                }
                if (cycle == WARM_UP + CYCLES - 1) {
                    leftNothing(loaders, threads, files);
                }
                context.installBundle(location).start();
                await().atMost(PATIENCE).until(served::status, status -> status.healthy());
            }
        }
    }

    private static void leftNothing(List<WeakReference<ClassLoader>> loaders, Map<String, Integer> threads, long files) {
        assertThat(loaders).hasSize(CYCLES);
        await().atMost(PATIENCE).untilAsserted(() -> {
            System.gc();
            assertThat(loaders).filteredOn(loader -> loader.get() != null).as("class loaders that cannot be collected").isEmpty();
        });
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(Surroundings.threads())
                .allSatisfy((name, number) -> assertThat(number).as(name).isLessThanOrEqualTo(threads.getOrDefault(name, 0))));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(Surroundings.openFiles()).isLessThanOrEqualTo(files));
    }

    private org.osgi.framework.ServiceReference<Consensus> provider() throws Exception {
        return context.getServiceReferences(Consensus.class, "(" + Swappable.PROVIDER + "=" + RAFT + ")").iterator().next();
    }

    private int port() throws Exception {
        var reference = provider();
        try {
            return context.getService(reference).port();
        } finally {
            context.ungetService(reference);
        }
    }

    private static boolean answers(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            return true;
        } catch (java.io.IOException refused) {
            return false;
        }
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
