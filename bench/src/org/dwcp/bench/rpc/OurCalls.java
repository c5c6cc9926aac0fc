// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.dwcp.testkit.cluster.InJvmCluster;

/** Our calls between two whole nodes of the image in this JVM, over transport.v1: one blocking caller, a virtual thread, for each outstanding call. */
final class OurCalls implements Echo {
    private static final String METHOD = "bench.echo";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

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
        Dictionary<String, Object> properties = new Hashtable<>(Map.of(CallHandler.METHOD, METHOD));
        CallHandler echo = (from, body) -> body;
        cluster.node("server").context().registerService(CallHandler.class, echo, properties);
        for (var node : cluster.nodes()) {
            node.service(HybridOrchestrator.class).pin("transport", "transport.v1", "benchmark");
        }
        return cluster.node("client").service(Calls.class);
    }

    @Override
    public String title() {
        return "ours";
    }

    @Override
    public void run(byte[] payload, int outstanding, Timing timing) throws Exception {
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (int number = 0; number < outstanding; number++) {
                running.add(callers.submit(() -> call(payload, timing)));
            }
            for (var caller : running) {
                caller.get();
            }
        }
    }

    private void call(byte[] payload, Timing timing) {
        for (long nowNs = timing.nowNs(); !timing.isOver(nowNs);) {
            int bytes = calls.call(peer, METHOD, payload, TIMEOUT).length;
            if (bytes != payload.length) {
                throw new IllegalStateException("answer of " + bytes + " bytes");
            }
            long answeredNs = timing.nowNs();
            timing.answered(nowNs, answeredNs);
            nowNs = answeredNs;
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
