// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import org.dwcp.api.DwcpException;
import org.dwcp.api.node.NodeClock;
import org.dwcp.migration.flow.Threads;
import org.dwcp.migration.vm.qmp.Qmp;
import org.dwcp.migration.vm.qmp.QmpException;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;

/** QEMU as its own manual says, without a node: the peer. */
final class BareQemu {
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final long BANDWIDTH = 12_500_000_000L;
    private static final int PORT = 4_444;

    private final WanLink link;
    private final NodeClock clock;
    private final Threads threads = new Threads();

    BareQemu(WanLink link, NodeClock clock) {
        this.link = link;
        this.clock = clock;
    }

    /** How QEMU migrates. */
    record Way(String name, List<String> capabilities, Map<String, Object> parameters) {
        static final Way TCP = new Way("QEMU tcp", List.of(), Map.of());
        static final Way MULTIFD = new Way("QEMU multifd x4 + zstd", List.of("multifd"), Map.of("multifd-channels", 4, "multifd-compression", "zstd"));
    }

    /** Moves the guest at one socket into a QEMU that is started at the other end; gives seconds until QEMU says that it is done, or -1 when it was not. */
    double move(Way way, Path source, End to, List<String> words, Path target, Path log, int downtimeMs, Duration longest) throws Exception {
        var command = new ArrayList<>(words);
        command.addAll(List.of("-incoming", "defer"));
        Files.deleteIfExists(target);
        link.start(to, new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).redirectInput(Path.of("/dev/null").toFile()));
        try (var there = connect(target); var here = connect(source)) {
            for (var qemu : List.of(there, here)) {
                set(qemu, way, downtimeMs);
            }
            there.execute("migrate-incoming", uri("tcp:0.0.0.0:" + PORT), ANSWER);
            long begun = clock.nanoTime();
            here.execute("migrate", uri("tcp:" + link.address(to) + ":" + PORT), ANSWER);
            while (true) {
                var answer = here.execute("query-migrate", ANSWER).getAsJsonObject();
                var status = answer.get("status").getAsString();
                double seconds = (clock.nanoTime() - begun) / 1e9;
                if (status.equals("completed")) {
                    awaitRunning(there);
                    seconds = (clock.nanoTime() - begun) / 1e9;
                    quit(here);
                    return seconds;
                }
                if (status.equals("failed")) {
                    throw new IOException(way.name() + " failed: " + answer);
                }
                if (seconds > longest.toSeconds()) {
                    here.execute("migrate_cancel", ANSWER);
                    return -1;
                }
                clock.sleep(Duration.ofMillis(5));
            }
        }
    }

    private void awaitRunning(Qmp qemu) throws InterruptedException {
        while (!qemu.execute("query-status", ANSWER).getAsJsonObject().get("status").getAsString().equals("running")) {
            clock.sleep(Duration.ofMillis(2));
        }
    }

    /** Ends QEMU. It may be gone before it has answered. */
    private static void quit(Qmp qemu) {
        try {
            qemu.execute("quit", ANSWER);
        } catch (QmpException e) {
            if (e.kind() != DwcpException.Kind.UNAVAILABLE) {
                throw e;
            }
        }
    }

    private Qmp connect(Path socket) throws InterruptedException {
        long begun = clock.nanoTime();
        while (true) {
            try {
                return Qmp.connect(threads, socket, _ -> { }, ANSWER);
            } catch (RuntimeException e) {
                if (clock.nanoTime() - begun > TimeUnit.SECONDS.toNanos(30)) {
                    throw e;
                }
                clock.sleep(Duration.ofMillis(50));
            }
        }
    }

    private static JsonObject uri(String text) {
        var arguments = new JsonObject();
        arguments.addProperty("uri", text);
        return arguments;
    }

    private static void set(Qmp qemu, Way way, int downtimeMs) {
        var capabilities = new JsonArray();
        var capability = new JsonObject();
        capability.addProperty("capability", "multifd");
        capability.addProperty("state", way.capabilities().contains("multifd"));
        capabilities.add(capability);
        var arguments = new JsonObject();
        arguments.add("capabilities", capabilities);
        qemu.execute("migrate-set-capabilities", arguments, ANSWER);
        var parameters = new JsonObject();
        parameters.addProperty("max-bandwidth", BANDWIDTH);
        parameters.addProperty("downtime-limit", downtimeMs);
        way.parameters().forEach((key, value) -> {
            if (value instanceof Number number) {
                parameters.addProperty(key, number);
            } else {
                parameters.addProperty(key, value.toString());
            }
        });
        qemu.execute("migrate-set-parameters", parameters, ANSWER);
    }

    void close() {
        threads.stop(Duration.ofSeconds(2));
    }
}
