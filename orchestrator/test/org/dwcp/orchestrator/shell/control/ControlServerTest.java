// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.shell.HelpCommands;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlServerTest {
    private static final NodeClock CLOCK = new NodeClock() {
        private final CountDownLatch never = new CountDownLatch(1);

        @Override
        public long nanoTime() {
            return java.time.Clock.systemUTC().instant().toEpochMilli() * 1_000_000;
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            never.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        }
    };

    @TempDir
    private Path home;
    private final CommandProcessorImpl processor = new CommandProcessorImpl(null);
    private final TestCommands commands = new TestCommands();
    private TestClient client;
    private ControlServer server;

    @BeforeEach
    void open() throws IOException {
        client = new TestClient(home);
        processor.addCommand("dwcp", commands, "echo");
        processor.addCommand("dwcp", commands, "fail");
        processor.addCommand("dwcp", commands, "bad");
        processor.addCommand("dwcp", commands, "hang");
        processor.addCommand("dwcp", commands, "stream");
        processor.addCommand("dwcp", commands, "big");
        processor.addCommand("dwcp", new HelpCommands(), "help");
        processor.addCommand("other", commands, "secret");
        restart(60_000, 60_000, 60_000);
    }

    private void restart(long handshakeTimeoutMs, long commandTimeoutMs, long stallTimeoutMs) throws IOException {
        if (server != null) {
            server.close();
        }
        server = new ControlServer(new ControlFiles(home), processor, CLOCK,
                new ControlSettings(0, 3, Duration.ofMillis(handshakeTimeoutMs), Duration.ofMillis(commandTimeoutMs), Duration.ofMillis(stallTimeoutMs)));
    }

    @AfterEach
    void close() {
        server.close();
        await().atMost(Duration.ofSeconds(20)).until(() -> server.sessions() == 0);
    }

    @Test
    void runsACommandWhereItsClientStands() throws IOException {
        assertThat(client.run("echo", "--as", "name", "word")).isEqualTo(new TestClient.Result("/srv/here name[word]77\n", "", 0));
    }

    @Test
    void neverReadsWordsAsAScript() throws IOException {
        var words = List.of("$HOME", "a;b", "x | y", "$(secret)", "{ secret }", "[1 2]", "\"quoted'", "back\\slash", "new\nline", "~", "*", "%(1+1)", "", "#x", "öß€𝄞",
                "name=1", "&", "> /tmp/file", "!1");

        var line = new ArrayList<>(List.of("echo"));
        line.addAll(words);
        assertThat(client.run(line.toArray(new String[0])).exit()).isZero();

        assertThat(commands.seen).containsExactly(words);
    }

    @Test
    void refusesTheCommandsOfOtherScopes() throws IOException {
        for (var name : List.of("secret", "other:secret", "dwcp:echo", "*:secret", "echo;secret", ".commands", "")) {
            assertThat(client.run(name).exit()).as(name).isEqualTo(2);
        }
        assertThat(client.run("secret").err()).isEqualTo("dwcp: there is no command 'secret'; commands: bad, big, echo, fail, hang, help, stream\n");
    }

    @Test
    void saysThatAKnownCommandIsNotThereYet() throws IOException {
        assertThat(client.run("status")).isEqualTo(new TestClient.Result("", "dwcp: status is not available: a part that it needs has not started; see 'dwcp doctor'\n", 1));
    }

    @Test
    void answersAFailureWithOneLineAndExitCodeOne() throws IOException {
        assertThat(client.run("fail")).isEqualTo(new TestClient.Result("", "dwcp: peer lisbon is offline\n", 1));
        assertThat(client.run("bad")).isEqualTo(new TestClient.Result("two checks failed\n", "", 1));
    }

    @Test
    void answersAWrongCallWithUsageAndExitCodeTwo() throws IOException {
        assertThat(client.run("help", "nonsense")).satisfies(result -> {
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.err()).startsWith("dwcp: there is no command 'nonsense'; commands:").endsWith("usage: dwcp help [COMMAND] [--json]\n");
        });
        assertThat(client.run("echo", "--as").exit()).isEqualTo(2);
    }

    @Test
    void helpsWithoutAnyWord() throws IOException {
        assertThat(client.run().out()).contains("killswitch on|off");
        assertThat(client.run("promote", "--help").out()).contains("example: dwcp promote transport");
    }

    @Test
    void splitsLargeAnswersIntoFrames() throws IOException {
        assertThat(client.run("big").out()).hasSize((1 << 20) + 1);
    }

    @Test
    void refusesAWrongTokenAndSoonSaysNothingAtAll() throws IOException {
        var wrong = client.token();
        wrong[31] ^= 1;

        for (var attempt = 0; attempt < WrongTokens.ANSWERS_MAX; attempt++) {
            assertThat(client.send(TestClient.request(wrong, "", "echo"))).satisfies(result -> {
                assertThat(result.exit()).isEqualTo(1);
                assertThat(result.err()).startsWith("dwcp: refused: the token is not this node's");
            });
        }
        assertThat(client.send(TestClient.request(wrong, "", "echo"))).isEqualTo(new TestClient.Result("", "", -1));

        assertThat(client.run("echo").exit()).isZero();
        assertThat(commands.seen).hasSize(1);
    }

    @Test
    void refusesLengthsThatAreTooLargeOrNegative() throws IOException {
        var request = TestClient.request(client.token(), "");
        var atDirectory = 4 + 1 + 32 + 1 + 2;
        for (var length : new int[] {-1, Integer.MAX_VALUE, Request.TEXT_BYTES_MAX + 1}) {
            java.nio.ByteBuffer.wrap(request).putInt(atDirectory, length);
            assertThat(client.send(request)).satisfies(result -> assertThat(result.err()).isEqualTo("dwcp: command line exceeds 65536 bytes\n"));
        }
    }

    @Test
    void takesACommandLineAtTheLimitAndRefusesOneByteMore() throws IOException {
        var room = Request.TEXT_BYTES_MAX - "echo".length();

        assertThat(client.send(TestClient.request(client.token(), "", "echo", "x".repeat(room))).exit()).isZero();
        assertThat(client.send(TestClient.request(client.token(), "", "echo", "x".repeat(room + 1))).err()).isEqualTo("dwcp: command line exceeds 65536 bytes\n");
    }

    @Test
    void takesAsManyWordsAsTheLimitAndRefusesOneMore() throws IOException {
        var words = new String[Request.WORDS_MAX + 1];
        Arrays.fill(words, "echo");

        assertThat(client.run(Arrays.copyOf(words, Request.WORDS_MAX)).exit()).isZero();
        assertThat(client.run(words)).satisfies(
                result -> assertThat(result.err()).isEqualTo("dwcp: command line of 65 words exceeds 64\n"));
    }

    @Test
    void refusesStrangersAndOtherVersions() throws IOException {
        assertThat(client.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).err()).isEqualTo("dwcp: this is no DWCP client\n");
        var newer = TestClient.request(client.token(), "", "echo");
        newer[4] = 2;
        assertThat(client.send(newer).err()).contains("speaks control protocol 2 and this node speaks 1");
    }

    @Test
    void refusesWordsThatAreNoUtf8() throws IOException {
        var request = TestClient.request(client.token(), "", "echo", "x");
        request[request.length - 1] = (byte) 0xff;

        assertThat(client.send(request).err()).isEqualTo("dwcp: command line is no UTF-8\n");
    }

    @Test
    void closesAClientThatSaysNothing() throws IOException {
        restart(200, 60_000, 60_000);

        try (var socket = client.connect()) {
            assertThat(TestClient.read(socket).err()).isEqualTo("dwcp: no request came within 200 ms\n");
        }
    }

    @Test
    void closesAClientThatSaysALittleNowAndThen() throws Exception {
        restart(400, 60_000, 60_000);
        var request = TestClient.request(client.token(), "", "x".repeat(60_000));

        try (var socket = client.connect()) {
            var sent = new java.util.concurrent.atomic.AtomicInteger();
            await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(50)).until(() -> {
                try {
                    socket.getOutputStream().write(request, sent.getAndIncrement(), 1);
                } catch (IOException e) {
                    return true; // Closed on us, as it should be.
                }
                return false;
            });
        }
        await().until(() -> server.sessions() == 0);
    }

    @Test
    void interruptsTheCommandWhenItsClientGoes() throws Exception {
        try (var socket = client.connect()) {
            socket.getOutputStream().write(TestClient.request(client.token(), "", "stream"));
            commands.started.await();
        }

        assertThat(commands.interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        await().until(() -> server.sessions() == 0);
    }

    @Test
    void interruptsACommandThatTakesTooLong() throws Exception {
        restart(60_000, 100, 60_000);

        var result = client.run("hang");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("hang was interrupted");
        assertThat(commands.interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void endsASessionWhoseClientDoesNotRead() throws Exception {
        restart(60_000, 60_000, 100);
        processor.addCommand("dwcp", new Object() {
            @SuppressWarnings("unused")
            public View flood() {
                return new Note("x".repeat(64 << 20));
            }
        }, "flood");

        try (var socket = client.connect()) {
            socket.getOutputStream().write(TestClient.request(client.token(), "", "flood"));
            await().until(() -> server.sessions() == 1);
            await().atMost(Duration.ofSeconds(30)).until(() -> server.sessions() == 0);
        }
    }

    @Test
    void takesAsManySessionsAsTheLimitAndRefusesOneMore() throws Exception {
        var sockets = new ArrayList<Socket>();
        try {
            for (var count = 0; count < 3; count++) {
                var socket = client.connect();
                sockets.add(socket);
                socket.getOutputStream().write(TestClient.request(client.token(), "", "stream"));
            }
            await().until(() -> server.sessions() == 3);

            try (var extra = client.connect()) {
                assertThat(TestClient.read(extra)).isEqualTo(new TestClient.Result("", "node busy: 3 commands run already; try again, or raise sessions.max\n", 1));
            }
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
        await().until(() -> server.sessions() == 0);
        assertThat(client.run("echo").exit()).isZero();
    }

    @Test
    void keepsTheTokenToItsUserAndTakesTheFilesAway() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("control.token")))).isEqualTo("rw-------");
        assertThat(client.token()).hasSize(32);
        var first = client.token();

        restart(60_000, 60_000, 60_000);
        assertThat(client.token()).isNotEqualTo(first);

        server.close();
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void listensOnTheLoopbackAddressOnly() throws Exception {
        var port = server.port();
        var others = java.net.NetworkInterface.networkInterfaces().flatMap(java.net.NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && address instanceof java.net.Inet4Address).toList();

        for (var address : others) {
            try (var socket = new Socket()) {
                org.assertj.core.api.Assertions.assertThatThrownBy(() -> socket.connect(new java.net.InetSocketAddress(address, port), 1_000))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void stopsWithCommandsRunningAndLeavesNoThread() throws Exception {
        try (var socket = client.connect()) {
            socket.getOutputStream().write(TestClient.request(client.token(), "", "stream"));
            commands.started.await();

            server.close();

            assertThat(commands.interrupted.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().startsWith("orchestrator.control"));
        }
    }

    @Test
    void readsTheRequestOfTheClientByteByByte() throws Exception {
        // The same bytes stand in the client's test: what one writes the other reads.
        var bytes = HexFormat.of().parseHex("4457435001" + "ab".repeat(32) + "05" + "0078" + "00000004" + "2f737276" + "0002" + "00000004" + "73656e64"
                + "00000003" + "c3a424");

        var request = Request.read(new DataInputStream(new java.io.ByteArrayInputStream(bytes)));

        assertThat(request.screen()).isEqualTo(new Screen(true, false, true, 120));
        assertThat(request.directory()).isEqualTo("/srv");
        assertThat(request.words()).containsExactly("send", "ä$");
    }
}
