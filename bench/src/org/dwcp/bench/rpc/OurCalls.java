// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.dwcp.testkit.cluster.InJvmCluster;

/** Our calls between two whole nodes of the image in this JVM, over transport.v1. */
final class OurCalls implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int TIMEOUT_S = 30;

    private final Path folder;
    private final InJvmCluster cluster;
    private final Calls calls;
    private final NodeId peer = NodeId.of("server");

    OurCalls() throws IOException {
        folder = Files.createTempDirectory("dwcp-bench-rpc");
        cluster = InJvmCluster.start(folder, Map.of(), "client", "server");
        try {
            calls = prepare();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Calls prepare() {
        CallHandler echo = (from, body) -> body;
        for (var direct : List.of(true, false)) {
            Dictionary<String, Object> properties = new Hashtable<>(Map.of(CallHandler.METHOD, method(direct), CallHandler.DIRECT, direct));
            cluster.node("server").context().registerService(CallHandler.class, echo, properties);
        }
        for (var node : cluster.nodes()) {
            node.service(HybridOrchestrator.class).pin("transport", "transport.v1", "benchmark");
        }
        return cluster.node("client").service(Calls.class);
    }

    private static String method(boolean direct) {
        return direct ? "bench.direct" : "bench.echo";
    }

    /** Callers that do not wait, and a handler that the transport calls itself. An answer lets the next request go. */
    Echo callbacks() {
        return new Echo() {
            @Override
            public String title() {
                return "ours";
            }

            @Override
            public void run(byte[] payload, int outstanding, Timing timing) throws Exception {
                var load = new Load(payload, outstanding, timing);
                for (int number = 0; number < outstanding; number++) {
                    load.ask();
                }
                load.done.get(TIMEOUT_S, TimeUnit.SECONDS);
            }
        };
    }

    /** One waiting caller for each call, a virtual thread, and a handler on a virtual thread. */
    Echo blocking() {
        return new Echo() {
            @Override
            public String title() {
                return "ours, blocking";
            }

            @Override
            public void run(byte[] payload, int outstanding, Timing timing) throws Exception {
                Echo.fromThreads(outstanding, timing, () -> calls.call(peer, method(false), payload, TIMEOUT).length, payload.length);
            }
        };
    }

    /** Chains of calls, one for each that is outstanding. */
    private final class Load {
        private final byte[] payload;
        private final Timing timing;
        private final AtomicInteger running;
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        Load(byte[] payload, int outstanding, Timing timing) {
            this.payload = payload;
            this.timing = timing;
            running = new AtomicInteger(outstanding);
        }

        void ask() {
            long sentNs = timing.nowNs();
            calls.send(peer, method(true), payload, TIMEOUT).whenComplete((answer, failure) -> {
                if (failure != null || answer.length != payload.length) {
                    done.completeExceptionally(failure != null ? failure : new IllegalStateException("answer of " + answer.length + " bytes"));
                    return;
                }
                long nowNs = timing.nowNs();
                timing.answered(sentNs, nowNs);
                if (!timing.isOver(nowNs)) {
                    ask();
                } else if (running.decrementAndGet() == 0) {
                    done.complete(null);
                }
            });
        }
    }

    @Override
    public void close() {
        cluster.close();
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
