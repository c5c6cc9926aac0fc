// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.dwcp.testkit.wan.WanLink.End;

/** iperf3, the peer that does nothing but send. */
public final class Iperf {
    private static final String PORT = "5201";
    private static final long END_SECONDS = 30;

    private Iperf() {
    }

    /**
     * Runs it once.
     *
     * @param place      where
     * @param seconds    how long it sends
     * @param streams    its connections
     * @param congestion such as {@code bbr}; empty for the system's
     * @return what its receiver saw
     * @throws IOException when it fails, or did not use the congestion control asked for
     */
    public static Goodput run(Place place, int seconds, int streams, String congestion) throws IOException, InterruptedException {
        var serverSaid = Files.createTempFile("dwcp-bench", ".json");
        Process server = null;
        try {
            server = place.start(End.B, new ProcessBuilder("iperf3", "-s", "-1", "-J", "-i", "0.1", "-p", PORT)
                    .redirectErrorStream(true).redirectOutput(serverSaid.toFile()));
            var client = client(place, seconds, streams, congestion);
            if (!server.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("iperf3's server does not end");
            }
            return read(seconds, streams, client, JsonParser.parseString(Files.readString(serverSaid)).getAsJsonObject());
        } finally {
            if (server != null) {
                server.destroyForcibly();
            }
            Files.delete(serverSaid);
        }
    }

    /** The server needs a moment until it listens: a refused client is started again. */
    private static JsonObject client(Place place, int seconds, int streams, String congestion) throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("iperf3", "-c", place.address(), "-p", PORT, "-J", "-t", String.valueOf(seconds), "-P", String.valueOf(streams)));
        if (!congestion.isEmpty()) {
            words.addAll(List.of("-C", congestion));
        }
        JsonObject said = null;
        for (int attempt = 0; attempt < 40; attempt++) {
            var client = place.start(End.A, new ProcessBuilder(words).redirectErrorStream(true));
            said = JsonParser.parseString(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).getAsJsonObject();
            client.waitFor();
            if (!said.has("error")) {
                break;
            }
            new org.dwcp.testkit.node.TestClock().sleep(java.time.Duration.ofMillis(50));
        }
        if (said.has("error")) {
            throw new IOException("iperf3: " + said.get("error").getAsString());
        }
        var used = said.getAsJsonObject("end").get("sender_tcp_congestion");
        if (!congestion.isEmpty() && (used == null || !used.getAsString().equals(congestion))) {
            throw new IOException("iperf3 was to use " + congestion + " and used " + used);
        }
        return said;
    }

    private static Goodput read(int seconds, int streams, JsonObject client, JsonObject server) {
        var samples = new ArrayList<Goodput.Sample>();
        samples.add(new Goodput.Sample(0, 0));
        long bytes = 0;
        for (var interval : server.getAsJsonArray("intervals")) {
            var sum = interval.getAsJsonObject().getAsJsonObject("sum");
            bytes += sum.get("bytes").getAsLong();
            samples.add(new Goodput.Sample(sum.get("end").getAsDouble(), bytes));
        }
        var end = client.getAsJsonObject("end");
        var load = end.getAsJsonObject("cpu_utilization_percent");
        var took = end.getAsJsonObject("sum_sent").get("seconds").getAsDouble();
        var cpu = (load.get("host_total").getAsDouble() + load.get("remote_total").getAsDouble()) / 100 * took;
        return new Goodput(seconds, samples, cpu, streams);
    }
}
