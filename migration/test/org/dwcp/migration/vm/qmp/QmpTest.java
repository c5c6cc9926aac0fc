// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.migration.flow.Threads;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A QEMU that says what a test lets it say, line by line. */
@Timeout(60)
class QmpTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String GREETING = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}";

    private final Threads threads = new Threads();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final CompletableFuture<SocketChannel> client = new CompletableFuture<>();
    private Path socket;
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        socket = Files.createTempDirectory("qmp").resolve("s");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        threads.stop(Duration.ofSeconds(2));
        assertThat(threads.count()).isZero();
        Files.deleteIfExists(socket);
        Files.deleteIfExists(socket.getParent());
    }

    private static void say(SocketChannel channel, String text) throws IOException {
        var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Says one thing at first, and an answer to each command; CLOSE ends the connection. */
    private void qemu(String first, String... answers) {
        Thread.ofVirtual().start(() -> {
            try (var channel = server.accept()) {
                client.complete(channel);
                say(channel, first + "\r\n");
                var lines = new Lines(channel, 1 << 20);
                for (var answer : answers) {
                    if (lines.next().isEmpty() || answer.equals("CLOSE")) {
                        return;
                    }
                    say(channel, answer + "\r\n");
                }
                while (lines.next().isPresent()) {
                    // says nothing more
                }
            } catch (IOException e) {
                client.completeExceptionally(e);
            }
        });
    }

    private Qmp connect(Duration timeout) {
        return Qmp.connect(threads, socket, event -> events.add(event.get("event").getAsString()), timeout);
    }

    private static void fails(Kind kind, String why, org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        assertThatThrownBy(work).isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(kind)).hasMessageContaining(why);
    }

    @Test
    void answersAreMatchedAndEventsHeard() {
        qemu(GREETING, "{\"return\": {}, \"id\": 1}", "{\"event\": \"STOP\", \"timestamp\": {}}\n{\"return\": {}, \"id\": 99}\n{\"return\": {\"status\": \"running\"}, \"id\": 2}",
                "{\"id\": 3, \"error\": {\"class\": \"GenericError\", \"desc\": \"no such device\"}}");
        try (var qmp = connect(LONG)) {
            assertThat(qmp.execute("query-status", LONG).getAsJsonObject().get("status").getAsString()).isEqualTo("running");
            assertThat(events).containsExactly("STOP");
            fails(Kind.REJECTED, "QEMU says: no such device", () -> qmp.execute("device_del", LONG));
            assertThat(qmp.isOpen()).isTrue();
        }
    }

    @Test
    void aQemuThatIsNotThereOrGoesIsUnavailable() throws IOException {
        qemu(GREETING, "{\"return\": {}, \"id\": 1}", "CLOSE");
        try (var qmp = connect(LONG)) {
            fails(Kind.UNAVAILABLE, "closed the connection", () -> qmp.execute("quit", LONG));
            await().atMost(LONG).until(() -> !qmp.isOpen());
            assertThatThrownBy(() -> qmp.execute("query-status", LONG)).isInstanceOf(QmpException.class);
        }
        server.close();
        fails(Kind.UNAVAILABLE, "no QEMU listens at", () -> connect(LONG));
    }

    @Test
    void aQemuThatDoesNotAnswerIsGivenUp() {
        qemu(GREETING, "{\"return\": {}, \"id\": 1}");
        try (var qmp = connect(LONG)) {
            fails(Kind.RETRY, "did not answer 'query-status' within 50 ms", () -> qmp.execute("query-status", Duration.ofMillis(50)));
        }
    }

    @Test
    void oneThatDoesNotGreetIsGivenUp() {
        fails(Kind.RETRY, "did not answer 'greeting'", () -> connect(Duration.ofMillis(50)));
    }

    @Test
    void whatIsNoQmpIsBroken() {
        for (var first : List.of("SSH-2.0-OpenSSH", "[1, 2]", "{\"event\": 3.5, \"event\": {}}", "{\"id\": \"x\"}")) {
            qemu(first);
            assertThatThrownBy(() -> connect(LONG)).as(first).isInstanceOf(QmpException.class).hasMessageContaining("does not speak QMP");
        }
    }

    @Test
    void aLineThatNeverEndsIsBroken() throws Exception {
        qemu(GREETING, "{\"return\": {}, \"id\": 1}");
        try (var qmp = connect(LONG)) {
            var channel = client.get();
            Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i <= Qmp.LINE_BYTES_MAX / 1024; i++) {
                        say(channel, "x".repeat(1024));
                    }
                } catch (IOException e) {
                    client.obtrudeException(e); // it was cut off, as it should be
                }
            });
            fails(Kind.BROKEN, "a line of more than " + Qmp.LINE_BYTES_MAX, () -> qmp.execute("query-status", LONG));
        }
    }
}
