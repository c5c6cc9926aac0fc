// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientTest {
    private static final ClientScreen SCREEN = new ClientScreen(true, false, true, 120);

    @TempDir
    private Path home;

    private static byte[] token() {
        var token = new byte[32];
        Arrays.fill(token, (byte) 0xab);
        return token;
    }

    @Test
    void writesTheRequestThatTheNodeReads() throws Exception {
        // The same bytes stand in the node's test: what one writes the other reads.
        assertThat(ClientCall.request(token(), SCREEN, "/srv", List.of("send", "ä$"))).asHexString().isEqualToIgnoringCase("4457435001" + "ab".repeat(32)
                + "05" + "0078" + "00000004" + "2f737276" + "0002" + "00000004" + "73656e64" + "00000003" + "c3a424");
    }

    @Test
    void refusesACommandLineThatIsTooLong() throws Exception {
        assertThat(ClientCall.request(token(), SCREEN, "/", Collections.nCopies(64, "a"))).isNotEmpty();
        assertThatThrownBy(() -> ClientCall.request(token(), SCREEN, "/", Collections.nCopies(65, "a"))).isInstanceOf(ClientException.class)
                .hasMessage("command line of 65 words exceeds 64; send a folder instead of its files");
        assertThatThrownBy(() -> ClientCall.request(token(), SCREEN, "/", List.of("x".repeat(70_000)))).isInstanceOf(ClientException.class);
    }

    private static int receive(String hex, ByteArrayOutputStream out, ByteArrayOutputStream err) throws IOException, ClientException {
        return ClientCall.receive(new DataInputStream(new ByteArrayInputStream(HexFormat.of().parseHex(hex))), out, err);
    }

    @Test
    void keepsOutputErrorsAndExitCodeApart() throws Exception {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();

        assertThat(receive("01000000026869" + "02000000016f" + "010000000121" + "030000000400000002", out, err)).isEqualTo(2);

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("hi!");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("o");
    }

    @Test
    void failsOnFramesThatNoNodeSends() {
        for (var hex : List.of("0100010001", "01ffffffff", "0900000000", "030000000100", "0100000005aa", "")) {
            assertThatThrownBy(() -> receive(hex, new ByteArrayOutputStream(), new ByteArrayOutputStream())).as(hex).isInstanceOf(ClientException.class);
        }
    }

    @Test
    void findsTheHomeByOptionThenEnvironmentThenFolder() {
        var words = new ArrayList<>(List.of("send", "a b", "--home", "x", "lisbon"));
        var here = Path.of("/srv");

        assertThat(Client.home(words, Map.of("DWCP_HOME", "/var/dwcp"), here)).isEqualTo(Path.of("/srv/x"));
        assertThat(words).containsExactly("send", "a b", "lisbon");
        assertThat(Client.home(new ArrayList<>(List.of("--home=/y", "status")), Map.of(), here)).isEqualTo(Path.of("/y"));
        assertThat(Client.home(new ArrayList<>(List.of("status")), Map.of("DWCP_HOME", "/var/dwcp"), here)).isEqualTo(Path.of("/var/dwcp"));
        assertThat(Client.home(new ArrayList<>(), Map.of(), here)).isEqualTo(Path.of("/srv/dwcp-home"));
        assertThatThrownBy(() -> Client.home(new ArrayList<>(List.of("status", "--home")), Map.of(), here)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysWhenNoNodeRuns() {
        assertThatThrownBy(() -> ClientCall.open(home)).isInstanceOf(ClientException.class).hasMessageStartingWith("no node runs in " + home);
    }

    @Test
    void tellsItsUserWhyItFailed() throws Exception {
        var java = ProcessHandle.current().info().command().orElseThrow();
        var client = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), Client.class.getName(), "--home", home.toString(), "status")
                .redirectErrorStream(true).start();

        try (var output = client.inputReader()) {
            assertThat(output.readAllLines()).singleElement().asString().startsWith("dwcp: no node runs in " + home);
        }
        assertThat(client.waitFor()).isEqualTo(1);
    }

    @Test
    void saysWhenANodeHasCrashed() throws Exception {
        int port;
        try (var gone = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = gone.getLocalPort();
        }
        var folder = Files.createDirectories(home.resolve("data/control"));
        Files.writeString(folder.resolve("control.port"), port + "\n");
        Files.writeString(folder.resolve("control.token"), "ab".repeat(32) + "\n");

        assertThatThrownBy(() -> ClientCall.open(home)).isInstanceOf(ClientException.class).hasMessageContaining("no node answers on port " + port);
    }

    @Test
    void saysWhenTheFilesAreNoNodes() throws Exception {
        var folder = Files.createDirectories(home.resolve("data/control"));
        Files.writeString(folder.resolve("control.port"), "http\n");
        Files.writeString(folder.resolve("control.token"), "x\n");

        assertThatThrownBy(() -> ClientCall.open(home)).isInstanceOf(ClientException.class).hasMessageContaining("are not those of a node");
    }
}
