// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.dwcp.testkit.cluster.FreePorts;

/**
 * Three members of etcd as processes of their own, with its defaults: synced disk, no TLS. Puts go over gRPC to the member that leads, on several
 * connections; the request is written by hand, which costs the client less than its own library does.
 */
final class Etcd implements AutoCloseable {
    private static final int SIZE = 3;
    private static final int CHANNELS = 8;
    private static final MethodDescriptor<byte[], byte[]> PUT = MethodDescriptor.newBuilder(new Bytes(), new Bytes())
            .setType(MethodDescriptor.MethodType.UNARY).setFullMethodName("etcdserverpb.KV/Put").build();

    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private List<ManagedChannel> channels = List.of();

    Etcd() throws IOException, InterruptedException {
        folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), "bench-etcd-");
        var peers = new ArrayList<Integer>();
        var cluster = new StringBuilder();
        for (int number = 0; number < SIZE; number++) {
            ports.add(FreePorts.next());
            peers.add(FreePorts.next());
            cluster.append(number == 0 ? "" : ",").append("e").append(number).append("=http://127.0.0.1:").append(peers.get(number));
        }
        for (int number = 0; number < SIZE; number++) {
            processes.add(new ProcessBuilder("etcd", "--name", "e" + number, "--data-dir", folder.resolve("e" + number).toString(),
                    "--listen-peer-urls", url(peers.get(number)), "--initial-advertise-peer-urls", url(peers.get(number)),
                    "--listen-client-urls", url(ports.get(number)), "--advertise-client-urls", url(ports.get(number)),
                    "--initial-cluster", cluster.toString(), "--initial-cluster-state", "new", "--logger", "zap", "--log-level", "error")
                    .redirectErrorStream(true).redirectOutput(folder.resolve("e" + number + ".log").toFile()).start());
        }
        connect();
    }

    /** The version that is installed; empty without it. */
    static Optional<String> version() {
        try {
            var process = new ProcessBuilder("etcd", "--version").redirectErrorStream(true).start();
            var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? text.lines().findFirst().map(line -> "etcd " + line.substring(line.lastIndexOf(' ') + 1)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    /** Finds the member that leads and connects to it. */
    private void connect() throws IOException, InterruptedException {
        long endNs = System.nanoTime() + 30_000_000_000L;
        var leader = leading();
        while (leader.isEmpty()) {
            if (System.nanoTime() - endNs > 0) {
                throw new IllegalStateException("etcd has no leader after 30 s; see " + folder);
            }
            Thread.sleep(100);
            leader = leading();
        }
        var all = new ArrayList<ManagedChannel>();
        for (int number = 0; number < CHANNELS; number++) {
            all.add(NettyChannelBuilder.forAddress("127.0.0.1", ports.get(leader.get())).usePlaintext().directExecutor().build());
        }
        channels = all;
    }

    private Optional<Integer> leading() throws IOException, InterruptedException {
        for (int number = 0; number < SIZE; number++) {
            if (processes.get(number).isAlive()) {
                var builder = new ProcessBuilder("etcdctl", "--endpoints", url(ports.get(number)), "endpoint", "status", "-w", "fields");
                builder.environment().put("ETCDCTL_API", "3");
                var process = builder.redirectErrorStream(true).start();
                var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                process.waitFor();
                var own = field(text, "MemberID");
                if (!own.isEmpty() && own.equals(field(text, "Leader"))) {
                    return Optional.of(number);
                }
            }
        }
        return Optional.empty();
    }

    private static String field(String text, String name) {
        return text.lines().filter(line -> line.startsWith("\"" + name + "\"")).map(line -> line.substring(line.indexOf(':') + 1).strip())
                .filter(value -> !value.equals("0")).findFirst().orElse("");
    }

    Future<?> put(int client, byte[] key, byte[] value) {
        return ClientCalls.futureUnaryCall(channels.get(client % CHANNELS).newCall(PUT, CallOptions.DEFAULT), request(key, value));
    }

    /** PutRequest of etcd's rpc.proto: key is field 1, value field 2. */
    private static byte[] request(byte[] key, byte[] value) {
        var out = new ByteArrayOutputStream();
        out.write(1 << 3 | 2);
        out.write(key.length);
        out.writeBytes(key);
        out.write(2 << 3 | 2);
        out.write(value.length); // one byte: both are below 128
        out.writeBytes(value);
        return out.toByteArray();
    }

    private void closeChannels() {
        channels.forEach(ManagedChannel::shutdownNow);
        channels = List.of();
    }

    @Override
    public void close() throws IOException {
        closeChannels();
        processes.forEach(process -> process.destroyForcibly().onExit().join());
        Members.deleteTree(folder);
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw Status.INTERNAL.withCause(e).asRuntimeException();
            }
        }
    }
}
