// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** A client of the control port that can also behave badly. */
final class TestClient {
    private final Path home;

    TestClient(Path home) {
        this.home = home;
    }

    record Result(String out, String err, int exit) {
    }

    Socket connect() throws IOException {
        return new Socket(InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(Files.readString(home.resolve("control.port")).strip()));
    }

    byte[] token() throws IOException {
        return HexFormat.of().parseHex(Files.readString(home.resolve("control.token")).strip());
    }

    static byte[] request(byte[] token, String directory, String... words) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeInt(Request.MAGIC);
        out.writeByte(Request.VERSION);
        out.write(token);
        out.writeByte(0);
        out.writeShort(77);
        text(out, directory);
        out.writeShort(words.length);
        for (var word : words) {
            text(out, word);
        }
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    Result run(String... words) throws IOException {
        return send(request(token(), "/srv/here", words));
    }

    Result send(byte[] request) throws IOException {
        try (var socket = connect()) {
            socket.getOutputStream().write(request);
            return read(socket);
        }
    }

    static Result read(Socket socket) throws IOException {
        var in = new DataInputStream(socket.getInputStream());
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        while (true) {
            var type = in.read();
            if (type < 0) {
                return new Result(out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), -1);
            }
            var length = in.readInt();
            assertThat(length).isLessThanOrEqualTo(Answer.FRAME_BYTES_MAX);
            var bytes = in.readNBytes(length);
            if (type == Answer.EXIT) {
                return new Result(out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), java.nio.ByteBuffer.wrap(bytes).getInt());
            }
            (type == Answer.OUT ? out : err).write(bytes);
        }
    }
}
