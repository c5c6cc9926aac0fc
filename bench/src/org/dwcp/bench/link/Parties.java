// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Map;

import org.dwcp.api.NodeId;
import org.dwcp.testkit.node.TestAuthority;
import org.dwcp.testkit.wan.WanLink.End;

/** A sending and a receiving {@link Party}, each a JVM of its own, that know and trust each other. */
public final class Parties implements AutoCloseable {
    private static final String HEAP = "1g";

    private final Path folder;
    private final Child receiver;
    private final Child sender;

    /**
     * Starts both.
     *
     * @param place       where
     * @param provider    the transport
     * @param windowBytes most bytes of a flow on their way
     * @param config      what differs from the transport's defaults
     */
    public Parties(Place place, String provider, long windowBytes, Map<String, String> config) throws IOException {
        folder = Files.createTempDirectory("dwcp-bench");
        Child first = null;
        try {
            var authority = new TestAuthority("bench");
            for (var name : new String[] {"a", "b"}) {
                authority.issue(NodeId.of(name)).save(folder.resolve(name));
            }
            first = new Child(place, End.B, arguments("b", "a", provider, place.address(), 0, windowBytes, config));
            receiver = first;
            sender = new Child(place, End.A, arguments("a", "b", provider, place.address(), receiver.hello().get("port").getAsInt(), windowBytes, config));
        } catch (IOException | RuntimeException e) {
            if (first != null) {
                first.close();
            }
            clear(folder);
            throw e;
        }
    }

    private java.util.List<String> arguments(String self, String peer, String provider, String host, int port, long windowBytes, Map<String, String> config) {
        var words = new ArrayList<>(Place.java(HEAP));
        words.addAll(java.util.List.of(Party.class.getName(), "provider=" + provider, "identity=" + folder.resolve(self), "peer=" + peer, "host=" + host,
                "port=" + port, "window=" + windowBytes));
        config.forEach((key, value) -> words.add("set." + key + "=" + value));
        return words;
    }

    /** Sends random bytes through a flow for so many seconds. */
    public Goodput flow(double seconds) throws IOException {
        return run(seconds, "flow " + seconds);
    }

    /** Sends frames over so many channels of one lane each for so many seconds. */
    public Goodput frames(double seconds, int lanes, int frameBytes) throws IOException {
        return run(seconds, "frames " + seconds + " " + lanes + " " + frameBytes);
    }

    private Goodput run(double seconds, String command) throws IOException {
        receiver.ask("begin");
        var cpu = cpuSeconds();
        var sent = sender.ask(command);
        if (sent.has("outcome") && !sent.get("outcome").getAsString().startsWith("DONE")) {
            throw new IOException("the flow ended as " + sent.get("outcome").getAsString());
        }
        var took = cpuSeconds() - cpu;
        var received = receiver.ask("end");
        var samples = received.getAsJsonArray("samples").asList().stream().map(pair -> pair.getAsJsonArray())
                .map(pair -> new Goodput.Sample(pair.get(0).getAsLong() / 1e9, pair.get(1).getAsLong())).toList();
        return new Goodput(seconds, samples, took, received.get("lanes").getAsInt());
    }

    /** How the sender works at present, such as its congestion control. */
    public String traits() throws IOException {
        return sender.ask("traits").toString();
    }

    private double cpuSeconds() {
        return CpuTime.seconds(receiver.pid()) + CpuTime.seconds(sender.pid());
    }

    @Override
    public void close() throws IOException {
        sender.close();
        receiver.close();
        clear(folder);
    }

    private static void clear(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
