// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Bundles may start in any order: what a node offers in the end is always the same, and nothing stays when it stops. */
@Tag("system")
@Timeout(900)
class ShuffledStartSystemTest {
    private static final int STARTS = 50;
    private static final int RESTARTS = 10;
    private static final List<String> DIFFERS_BY_START = List.of("dwcp.peer.port", "dwcp.control.port");

    @TempDir
    Path folder;

    @Test
    @Requirement("R-110")
    void fiftyFirstStartsInRandomOrderReachTheSameRegistry() throws Exception {
        var expected = settledRegistry();

        for (var seed = 0; seed < STARTS; seed++) {
            delete(folder.resolve("home/data/config"));
            reaches(expected, seed);
        }
    }

    @Test
    @Requirement("R-110")
    void restartsInRandomOrderReachTheSameRegistryWithTheConfigurationThatWasKept() throws Exception {
        var expected = settledRegistry();

        for (var seed = 0; seed < RESTARTS; seed++) {
            reaches(expected, seed);
        }
    }

    /** What there is after a start in the usual order, when what comes late has come. */
    private List<String> settledRegistry() throws Exception {
        try (var node = start(-1)) {
            await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(30)).until(new Still(node));
            assertThat(registry(node)).isNotEmpty();
            return registry(node);
        }
    }

    private void reaches(List<String> expected, long seed) throws Exception {
        try (var node = start(seed)) {
            // Services that wait for others may come a moment after the node is ready.
            await("start with --shuffle " + seed).untilAsserted(() -> assertThat(registry(node)).containsExactlyInAnyOrderElementsOf(expected));
        }
    }

    private static void delete(Path tree) throws IOException {
        try (var files = Files.walk(tree)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    @Requirement("R-110")
    void everyBundleIsActiveWhenTheNodeIsReady() throws Exception {
        try (var node = start(1)) {
            var waiting = Arrays.stream(node.framework().getBundleContext().getBundles())
                    .filter(bundle -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
                    .filter(bundle -> bundle.getState() != Bundle.ACTIVE).map(Bundle::getSymbolicName).toList();

            assertThat(waiting).isEmpty();
        }
    }

    @Test
    @Requirement("R-111")
    void aStoppedNodeLeavesNoThreadAndNoPort() throws Exception {
        start(2).close(); // What the JDK keeps for ever is there now.
        var before = threads();

        var node = start(3);
        var port = node.peerPort();
        node.close();
        node.close();

        await().untilAsserted(() -> assertThat(threads()).as("threads that were not there before").isSubsetOf(before));
        new ServerSocket(port).close();
    }

    /** True when two looks in a row have seen the same. */
    private static final class Still implements Callable<Boolean> {
        private final Node node;
        private List<String> last = List.of();

        Still(Node node) {
            this.node = node;
        }

        @Override
        public Boolean call() {
            var now = registry(node);
            var same = now.equals(last);
            last = now;
            return same;
        }
    }

    private Node start(long seed) throws Exception {
        var options = new HashMap<>(Map.of("home", folder.resolve("home").toString(), "name", "a", "port", "0", "host", "127.0.0.1",
                "image", Path.of(System.getProperty("dwcp.root"), "distribution", "target", "dwcp").toString()));
        if (seed >= 0) {
            options.put("shuffle", Long.toString(seed));
        }
        return Node.start(options);
    }

    /** Every service as its interfaces and what it says of itself in this project's words. */
    private static List<String> registry(Node node) {
        return services(node.framework().getBundleContext()).stream().map(ShuffledStartSystemTest::describe).sorted().toList();
    }

    private static List<ServiceReference<?>> services(BundleContext context) {
        try {
            var references = context.getAllServiceReferences(null, null);
            return references == null ? List.of() : List.of(references);
        } catch (InvalidSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static String describe(ServiceReference<?> reference) {
        var text = new StringBuilder(String.join(",", (String[]) reference.getProperty(Constants.OBJECTCLASS)));
        for (var key : new TreeSet<>(Arrays.asList(reference.getPropertyKeys()))) {
            if (key.startsWith("dwcp.") && !DIFFERS_BY_START.contains(key) || key.equals("component.name")
                    || key.equals(Constants.SERVICE_RANKING)) {
                var value = reference.getProperty(key);
                text.append(' ').append(key).append('=').append(value instanceof Object[] many ? Arrays.toString(many) : value);
            }
        }
        return text.toString();
    }

    /** Without those that the test and the JDK's virtual threads bring along. */
    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> Stream.of("awaitility", "ForkJoinPool", "VirtualThread")
                .noneMatch(thread.getName()::startsWith)).collect(Collectors.toSet());
    }
}
