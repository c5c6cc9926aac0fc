// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import org.dwcp.distribution.launcher.Client;
import org.dwcp.testkit.cluster.FreePorts;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.transport.LinkShaper;

/**
 * Two node processes, a and b, each of whose transports the other reaches over a link of its own that a test can slow down or break. A node keeps its
 * home, its ports and its links when it is started again.
 */
final class Pair implements AutoCloseable {
    static final String V1 = "transport.v1";
    static final String V3 = "transport.v3";
    static final Duration PATIENCE = Duration.ofSeconds(60);

    final NodeImage image = NodeImage.find();
    final ClusterHomes homes;
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final Map<String, LinkShaper> links = new ConcurrentHashMap<>();
    private final Map<String, NodeProcess> nodes = new ConcurrentHashMap<>();
    private long rate;
    private long carriedByFormerLinks;

    /** How a command ended. */
    record Answer(int status, String out, String err) {
        /** One value of the JSON that a transfer ends with. */
        String value(String key) {
            var found = java.util.regex.Pattern.compile("\"" + key + "\": \"?([^\",\n]*)").matcher(out);
            assertThat(found.find()).as("%s in %s%s", key, out, err).isTrue();
            return found.group(1);
        }

        long number(String key) {
            return Long.parseLong(value(key));
        }
    }

    /** Starts both; {@code settings} are further words of {@code node} for b. */
    Pair(Path folder, String... settings) throws IOException {
        homes = new ClusterHomes(image, folder, List.of("a", "b"));
        for (var name : homes.names()) {
            settle(name);
        }
        try {
            start("a");
            start("b", settings);
            homes.introduce("a", "b", ports.get("bcontrol"));
            homes.introduce("b", "a", ports.get("acontrol"));
            awaitOnline("a", "b");
            awaitOnline("b", "a");
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Gives a node free ports and links of its own. */
    private void settle(String name) throws IOException {
        for (var what : List.of("control", V1, V3)) {
            ports.put(name + what, FreePorts.next());
        }
        for (var transport : List.of(V1, V3)) {
            links.put(name + transport, new LinkShaper(new TestClock(), ports.get(name + transport)));
        }
    }

    /** Gives a node that does not run other ports and links for its next start, of the same rate. Nobody is told; nothing answers at the former ones. */
    void move(String name) throws IOException {
        if (name.equals("b")) {
            carriedByFormerLinks = carried();
        }
        link(name, V1).close();
        link(name, V3).close();
        settle(name);
        rate(rate);
    }

    NodeProcess start(String name, String... settings) {
        var words = new ArrayList<>(List.of("--port", ports.get(name + "control").toString(), "--host", "127.0.0.1",
                "--set", "dwcp.advertise=" + V1 + "=" + link(name, V1).port() + "," + V3 + "=" + link(name, V3).port(),
                "--set", "org.dwcp.transport.v1:listen.port=" + ports.get(name + V1), "--set", "org.dwcp.transport.v3:listen.port=" + ports.get(name + V3)));
        words.addAll(List.of(settings));
        var node = NodeProcess.start(image, homes.home(name), words.toArray(String[]::new));
        nodes.put(name, node);
        return node;
    }

    NodeProcess node(String name) {
        return nodes.get(name);
    }

    /** The way to a node's transport. */
    LinkShaper link(String to, String transport) {
        return links.get(to + transport);
    }

    /** Makes every way to b so fast, in bits a second; 0 is no bound. */
    void rate(long bitsPerSecond) {
        rate = bitsPerSecond;
        link("b", V1).rate(bitsPerSecond);
        link("b", V3).rate(bitsPerSecond);
    }

    /** Bytes that went over the ways to b so far. */
    long carried() {
        return carriedByFormerLinks + link("b", V1).bytes() + link("b", V3).bytes();
    }

    void awaitCarried(long bytes, CompletableFuture<Answer> transfer) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> carried() >= bytes || transfer.isDone());
        assertThat(transfer.isDone()).as("still on its way: %s", transfer).isFalse();
    }

    void awaitOnline(String at, String peer) {
        await().atMost(PATIENCE).until(() -> run(at, "peers").out().lines().anyMatch(line -> line.startsWith(peer + " ") && line.contains(" ONLINE ")));
    }

    Path inbox(String name) {
        return homes.home(name).resolve("data/inbox");
    }

    /** Runs a command of a node. */
    Answer run(String at, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        try {
            return new Answer(Client.run(homes.home(at), List.of(words), out, err), out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new Answer(1, out.toString(StandardCharsets.UTF_8), "dwcp: " + e.getMessage());
        }
    }

    /** Begins to send from a to b. */
    CompletableFuture<Answer> send(Path source) {
        var answer = new CompletableFuture<Answer>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(run("a", "send", source.toString(), "b", "--json"));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /** What must not change when a command is refused: who serves what, the flags, the swaps so far; not what passes by itself, such as leases and drains. */
    String state(String name) {
        try {
            var flags = homes.home(name).resolve("etc/flags.json");
            return columns(run(name, "list").out(), 5) + columns(run(name, "history").out(), 7) + (Files.exists(flags) ? Files.readString(flags) : "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String columns(String table, int first) {
        return table.lines().map(line -> Arrays.stream(line.split(" {2,}")).limit(first).collect(Collectors.joining(" "))).collect(Collectors.joining("\n", "", "\n"));
    }

    /** Proves that the two still work: a small file arrives whole. */
    void mustStillSend(Path folder, String name) throws Exception {
        var file = write(folder.resolve(name), 100_000, name.hashCode());
        var answer = send(file).get();
        assertThat(answer.status()).as(answer.toString()).isZero();
        assertThat(inbox("b").resolve(name)).hasSameBinaryContentAs(file);
    }

    /** Content that no encoding makes smaller, always the same for a seed. */
    static Path write(Path file, long bytes, long seed) throws IOException {
        var random = new SplittableRandom(seed);
        var block = new byte[1 << 20];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (long left = bytes; left > 0; left -= block.length) {
                random.nextBytes(block);
                out.write(block, 0, (int) Math.min(left, block.length));
            }
        }
        return file;
    }

    static String hash(Path file) throws Exception {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(NodeProcess::close);
        links.values().forEach(LinkShaper::close);
    }
}
