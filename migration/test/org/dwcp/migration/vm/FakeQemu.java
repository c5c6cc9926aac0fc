// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/** Answers as QEMU does, and runs nothing: a guest is the bytes of its stream. All that run one guest are in one set, which must never have two. */
final class FakeQemu implements Launcher.Started {
    /** One guest, wherever it is. */
    static final class Life {
        final byte[] stream;
        final Set<FakeQemu> running = ConcurrentHashMap.newKeySet();
        volatile boolean doubled;
        /** Bytes after which a source waits, and what it waits for. */
        volatile int holdAt = Integer.MAX_VALUE;
        volatile CountDownLatch hold = new CountDownLatch(0);
        /** What a target waits for when it has all. */
        volatile CountDownLatch load = new CountDownLatch(0);

        Life(byte[] stream) {
            this.stream = stream;
        }

        void run(FakeQemu here) {
            running.add(here);
            doubled |= running.size() > 1;
        }
    }

    private final Life life;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private volatile String status;
    private volatile String migration = "none";
    private volatile boolean alive = true;
    private volatile SocketChannel stream;
    private volatile int written;

    FakeQemu(Life life, List<String> words) throws IOException {
        this.life = life;
        var socket = words.get(words.indexOf("-qmp") + 1).substring("unix:".length()).split(",")[0];
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        status = words.contains("-incoming") ? "inmigrate" : "running";
        if (status.equals("running")) {
            life.run(this);
        }
        thread(this::serve);
    }

    static void thread(Runnable work) {
        Thread.ofVirtual().start(work);
    }

    String status() {
        return status;
    }

    /** Has all of its stream, as if it had come. */
    void arrived() {
        status = "paused";
    }

    /** Has sent all of its stream, as if somebody had taken it. */
    void sent() {
        status = "postmigrate";
    }

    int written() {
        return written;
    }

    @Override
    public boolean isAlive() {
        return alive;
    }

    @Override
    public void kill() {
        alive = false;
        life.running.remove(this);
        close(server);
        open.forEach(FakeQemu::close);
        close(stream);
    }

    private static void close(AutoCloseable what) {
        try {
            if (what != null) {
                what.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void serve() {
        try {
            while (alive) {
                var client = server.accept();
                open.add(client);
                thread(() -> talk(client));
            }
        } catch (IOException e) {
            alive = false;
        }
    }

    private void say(SocketChannel client, String json) throws IOException {
        synchronized (client) {
            var bytes = ByteBuffer.wrap((json + "\r\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                client.write(bytes);
            }
        }
    }

    private void talk(SocketChannel client) {
        try (client) {
            say(client, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}");
            var in = new java.io.BufferedReader(new java.io.InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8));
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var message = JsonParser.parseString(line).getAsJsonObject();
                var id = message.get("id").getAsString();
                try {
                    say(client, "{\"return\": " + answer(message.get("execute").getAsString(), message.getAsJsonObject("arguments")) + ", \"id\": " + id + "}");
                } catch (IllegalStateException e) {
                    say(client, "{\"id\": " + id + ", \"error\": {\"class\": \"GenericError\", \"desc\": \"" + e.getMessage() + "\"}}");
                }
            }
        } catch (IOException e) {
            alive &= server.isOpen(); // it was killed, or its client has gone
        } finally {
            open.remove(client);
        }
    }

    /** Tells all who listen now; one may be going just then. */
    private void event(String name) {
        for (var client : open) {
            try {
                say(client, "{\"event\": \"" + name + "\", \"timestamp\": {}}");
            } catch (IOException e) {
                open.remove(client);
            }
        }
    }

    private String answer(String command, JsonObject arguments) throws IOException {
        switch (command) {
            case "query-status" -> {
                return "{\"status\": \"" + status + "\"}";
            }
            case "query-migrate-capabilities" -> {
                return "[{\"capability\": \"multifd\", \"state\": true}, {\"capability\": \"events\", \"state\": false}]";
            }
            case "query-migrate" -> {
                return "{\"status\": \"" + migration + "\", \"expected-downtime\": 10, \"ram\": {\"total\": 1000, \"remaining\": 10, \"page-size\": 4096, "
                        + "\"dirty-pages-rate\": 2, \"dirty-sync-count\": 3}}";
            }
            case "migrate" -> {
                stream = SocketChannel.open(StandardProtocolFamily.UNIX);
                stream.connect(UnixDomainSocketAddress.of(path(arguments)));
                migration = "active";
                var to = stream;
                thread(() -> send(to));
            }
            case "migrate_cancel" -> {
                if (migration.equals("active")) {
                    migration = "cancelled";
                    close(stream);
                }
            }
            case "migrate-incoming" -> {
                var in = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                in.bind(UnixDomainSocketAddress.of(path(arguments)));
                thread(() -> receive(in));
            }
            case "cont" -> {
                if (status.equals("inmigrate")) {
                    throw new IllegalStateException("it has not come yet");
                }
                if (status.equals("finish-migrate")) {
                    throw new IllegalStateException("Migration is not finalized yet");
                }
                status = "running";
                life.run(this);
            }
            case "quit" -> kill();
            default -> {
                // taken, and of no consequence here
            }
        }
        return "{}";
    }

    private static Path path(JsonObject arguments) {
        return Path.of(arguments.get("uri").getAsString().substring("unix:".length()));
    }

    private void send(SocketChannel to) {
        try {
            int stop = life.stream.length - 10_000;
            for (int at = 0; at < life.stream.length;) {
                if (at < life.holdAt && at + 20_000 >= life.holdAt) {
                    life.hold.await();
                }
                int count = Math.min(20_000, (at < stop ? stop : life.stream.length) - at);
                var part = ByteBuffer.wrap(life.stream, at, count);
                while (part.hasRemaining()) {
                    written += to.write(part);
                }
                at += count;
                if (at == stop) {
                    status = "finish-migrate";
                    life.running.remove(this);
                    event("STOP");
                }
            }
            status = "postmigrate";
            migration = "completed";
            to.close();
        } catch (IOException | InterruptedException e) {
            if (stream == to) { // else another move has begun meanwhile
                migration = migration.equals("cancelled") ? migration : "failed";
                if (alive) {
                    status = "running";
                    life.run(this);
                }
            }
        }
    }

    private void receive(ServerSocketChannel from) {
        try (from; InputStream in = Channels.newInputStream(stream = from.accept())) {
            var all = new ByteArrayOutputStream();
            in.transferTo(all);
            life.load.await();
            if (!Arrays.equals(all.toByteArray(), life.stream)) {
                kill(); // as QEMU does when its stream breaks off
            } else if (alive) {
                status = "paused";
            }
        } catch (IOException | InterruptedException e) {
            kill();
        }
    }
}
