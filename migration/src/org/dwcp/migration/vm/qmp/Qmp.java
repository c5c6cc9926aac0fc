// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.qmp;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.migration.flow.Threads;

/**
 * A connection to a guest's QEMU by its machine protocol: lines of JSON over a local socket. The greeting is read and commands are switched on before
 * {@link #connect} returns; answers are matched by number. Source: QEMU, docs/interop/qmp-spec. Thread-safe; close it.
 */
public final class Qmp implements AutoCloseable {
    /** Longest line. Source: chosen; what QEMU says of itself in full has 200 kB. */
    public static final int LINE_BYTES_MAX = 4 << 20;
    /** Most commands that wait for their answer. Source: chosen; a handful are ever under way. */
    private static final int PENDING_MAX = 64;

    private final Path socket;
    private final SocketChannel channel;
    private final Consumer<JsonObject> events;
    private final Map<Long, CompletableFuture<JsonElement>> pending = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private final CompletableFuture<Void> greeted = new CompletableFuture<>();
    private volatile String gone = "";

    private Qmp(Path socket, SocketChannel channel, Consumer<JsonObject> events) {
        this.socket = socket;
        this.channel = channel;
        this.events = events;
    }

    /**
     * Connects.
     *
     * @param threads runs the reader
     * @param socket  where QEMU listens, its {@code -qmp unix:PATH}
     * @param events  called with each event, in order, on the reader's thread: does little
     * @param timeout for the greeting, and for commands being switched on
     * @throws QmpException when nobody listens, or somebody else
     */
    public static Qmp connect(Threads threads, Path socket, Consumer<JsonObject> events, Duration timeout) {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException | IllegalArgumentException e) {
            close(channel);
            throw new QmpException(Kind.UNAVAILABLE, "no QEMU listens at " + socket + ": " + e.getMessage());
        }
        Qmp qmp = new Qmp(socket, channel, events);
        try {
            threads.start("qmp", qmp::read);
            qmp.await(qmp.greeted, "greeting", timeout);
            qmp.execute("qmp_capabilities", new JsonObject(), timeout);
            return qmp;
        } catch (RuntimeException e) {
            qmp.close();
            throw e;
        }
    }

    private static void close(SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException _) {
                // nothing was sent
            }
        }
    }

    /** Executes a command without arguments. */
    public JsonElement execute(String command, Duration timeout) {
        return execute(command, new JsonObject(), timeout);
    }

    /**
     * Executes a command and waits for what it returns.
     *
     * @throws QmpException of kind REJECTED with QEMU's words, RETRY after the timeout, UNAVAILABLE when the connection ends
     */
    public JsonElement execute(String command, JsonObject arguments, Duration timeout) {
        if (pending.size() >= PENDING_MAX) {
            throw new QmpException(Kind.RETRY, PENDING_MAX + " commands wait for QEMU at " + socket + " already");
        }
        long number = numbers.incrementAndGet();
        CompletableFuture<JsonElement> answer = new CompletableFuture<>();
        pending.put(number, answer);
        try {
            JsonObject message = new JsonObject();
            message.addProperty("execute", command);
            message.add("arguments", arguments);
            message.addProperty("id", number);
            write(message + "\n");
            if (!gone.isEmpty()) {
                throw new QmpException(Kind.UNAVAILABLE, gone);
            }
            return await(answer, command, timeout);
        } finally {
            pending.remove(number);
        }
    }

    private synchronized void write(String line) {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new QmpException(Kind.UNAVAILABLE, "QEMU at " + socket + " is gone: " + e.getMessage());
        }
    }

    private <T> T await(CompletableFuture<T> answer, String what, Duration timeout) {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            throw new QmpException(Kind.RETRY, "QEMU at " + socket + " did not answer '" + what + "' within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            QmpException cause = (QmpException) e.getCause();
            throw new QmpException(cause.kind(), cause.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new QmpException(Kind.UNAVAILABLE, "interrupted while QEMU at " + socket + " does '" + what + "'");
        }
    }

    private void read() {
        Lines lines = new Lines(channel, LINE_BYTES_MAX);
        String why = "QEMU at " + socket + " has closed the connection";
        Kind kind = Kind.UNAVAILABLE;
        try {
            for (var line = lines.next(); line.isPresent(); line = lines.next()) {
                if (!line.get().isEmpty()) {
                    take(line.get());
                }
            }
        } catch (IOException e) {
            why = "QEMU at " + socket + " is gone: " + e.getMessage();
        } catch (JsonParseException | IllegalStateException | ClassCastException | UnsupportedOperationException | NumberFormatException e) {
            kind = Kind.BROKEN;
            why = "what listens at " + socket + " does not speak QMP: " + e.getMessage();
        } catch (QmpException e) {
            kind = e.kind();
            why = e.getMessage();
        }
        gone = why;
        QmpException end = new QmpException(kind, why);
        greeted.completeExceptionally(end);
        pending.values().forEach(answer -> answer.completeExceptionally(end));
        close();
    }

    private void take(String line) {
        JsonObject message = JsonParser.parseString(line).getAsJsonObject();
        if (message.has("QMP")) {
            greeted.complete(null);
        } else if (message.has("event")) {
            events.accept(message);
        } else if (message.has("id")) {
            CompletableFuture<JsonElement> answer = pending.get(message.get("id").getAsLong());
            if (answer == null) {
                return; // it came after its timeout
            }
            if (message.has("return")) {
                answer.complete(message.get("return"));
            } else {
                JsonObject error = message.getAsJsonObject("error");
                answer.completeExceptionally(new QmpException(Kind.REJECTED, "QEMU says: " + error.get("desc").getAsString()));
            }
        }
    }

    /** Tells whether the connection is there. */
    public boolean isOpen() {
        return gone.isEmpty() && channel.isOpen();
    }

    /** Ends the connection, and the commands that wait. Twice is fine. */
    @Override
    public void close() {
        close(channel);
    }
}
