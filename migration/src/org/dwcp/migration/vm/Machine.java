// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.Threads;
import org.dwcp.migration.vm.qmp.Qmp;

/** A guest's QEMU, in the words of what a move needs of it. Thread-safe; close it: that ends the connection, not the guest. */
final class Machine implements AutoCloseable {
    /** Source: chosen; a QEMU that emulates on a busy machine answers late, never in seconds. */
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final Duration LOOK = Duration.ofMillis(10);
    /** Source: chosen; 20 s, as for an answer. */
    private static final int LOOKS_MAX = 2_000;
    /** Bytes a second, that is no bound: what is to hold QEMU back is the way. Source: 100 Gbit/s. */
    private static final long BANDWIDTH = 12_500_000_000L;
    private static final String[] OFF = {"multifd", "xbzrle", "postcopy-ram", "auto-converge", "mapped-ram", "release-ram", "background-snapshot", "return-path", "x-ignore-shared"};

    private final Qmp qmp;

    private Machine(Qmp qmp) {
        this.qmp = qmp;
    }

    static Machine connect(Threads threads, Path socket, Consumer<JsonObject> events) {
        return new Machine(Qmp.connect(threads, socket, events, ANSWER));
    }

    /** The same, or empty when no QEMU listens there. */
    static Optional<Machine> find(Threads threads, Path socket) {
        try {
            return Optional.of(connect(threads, socket, _ -> { }));
        } catch (DwcpException e) {
            if (e.kind() == Kind.UNAVAILABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    boolean isOpen() {
        return qmp.isOpen();
    }

    /** What QEMU says of the guest: running, paused, postmigrate, inmigrate and others. */
    String status() {
        return qmp.execute("query-status", ANSWER).getAsJsonObject().get("status").getAsString();
    }

    /** Lets the guest run, and sees to it that it does. */
    void run() {
        qmp.execute("cont", ANSWER);
        String status = status();
        if (!status.equals("running")) {
            throw new TransferException(Kind.UNAVAILABLE, "QEMU was told to let the guest run and says '" + status + "'");
        }
    }

    /** Lets a guest run whose migration is over, if it does not. QEMU says that a migration is over before it would obey. */
    void resume(NodeClock clock) throws InterruptedException {
        String status = status();
        for (int look = 0; look < LOOKS_MAX && status.equals("finish-migrate"); look++) {
            clock.sleep(LOOK);
            status = status();
        }
        if (!status.equals("running")) {
            run();
        }
    }

    /** Switches off what would change the stream's form. */
    void plain() {
        JsonArray capabilities = new JsonArray();
        for (JsonElement known : qmp.execute("query-migrate-capabilities", ANSWER).getAsJsonArray()) {
            String name = known.getAsJsonObject().get("capability").getAsString();
            for (String off : OFF) {
                if (name.equals(off) && known.getAsJsonObject().get("state").getAsBoolean()) {
                    JsonObject capability = new JsonObject();
                    capability.addProperty("capability", name);
                    capability.addProperty("state", false);
                    capabilities.add(capability);
                }
            }
        }
        if (!capabilities.isEmpty()) {
            JsonObject arguments = new JsonObject();
            arguments.add("capabilities", capabilities);
            qmp.execute("migrate-set-capabilities", arguments, ANSWER);
        }
    }

    /** Begins to write the guest into a local socket. */
    void migrate(Path socket, Duration downtime) {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("max-bandwidth", BANDWIDTH);
        parameters.addProperty("downtime-limit", downtime.toMillis());
        qmp.execute("migrate-set-parameters", parameters, ANSWER);
        qmp.execute("migrate", uri(socket), ANSWER);
    }

    /** Takes a guest from a local socket. */
    void incoming(Path socket) {
        qmp.execute("migrate-incoming", uri(socket), ANSWER);
    }

    private static JsonObject uri(Path socket) {
        JsonObject arguments = new JsonObject();
        arguments.addProperty("uri", "unix:" + socket);
        return arguments;
    }

    void cancel() {
        qmp.execute("migrate_cancel", ANSWER);
    }

    /** Ends QEMU. It may be gone before it has answered. */
    void quit() {
        try {
            qmp.execute("quit", ANSWER);
        } catch (DwcpException e) {
            if (e.kind() != Kind.UNAVAILABLE) {
                throw e;
            }
        }
    }

    /** How the move stands. */
    Progress progress() {
        JsonObject answer = qmp.execute("query-migrate", ANSWER).getAsJsonObject();
        JsonObject memory = answer.has("ram") ? answer.getAsJsonObject("ram") : new JsonObject();
        long page = number(memory, "page-size");
        return new Progress(answer.has("status") ? answer.get("status").getAsString() : "none", number(memory, "total"), number(memory, "remaining"),
                number(memory, "dirty-pages-rate") * (page == 0 ? 4096 : page), (int) number(memory, "dirty-sync-count"), number(answer, "expected-downtime"),
                answer.has("error-desc") ? answer.get("error-desc").getAsString() : "");
    }

    private static long number(JsonObject object, String name) {
        return object.has(name) ? object.get(name).getAsLong() : 0;
    }

    @Override
    public void close() {
        qmp.close();
    }

    /** Figures of a move as QEMU gives them; bytes and bytes a second. */
    record Progress(String status, long totalBytes, long remainingBytes, long dirtyBytesPerSecond, int rounds, long expectedDowntimeMs, String error) {
        static final Progress NONE = new Progress("none", 0, 0, 0, 0, 0, "");

        boolean isOver() {
            return isCompleted() || status.equals("failed") || status.equals("cancelled");
        }

        boolean isCompleted() {
            return status.equals("completed");
        }
    }
}
