// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * One call of a node over its control port. The protocol is described in docs/adr/0013; this class and the node's are separate programs that share no
 * code, and a test on either side holds the same bytes.
 */
final class ClientCall implements AutoCloseable {
    private static final int MAGIC = 0x44574350;
    private static final int VERSION = 1;
    private static final int TOKEN_BYTES = 32;
    private static final int TEXT_BYTES_MAX = 64 << 10;
    private static final int WORDS_MAX = 64;
    private static final int FRAME_BYTES_MAX = 64 << 10;
    private static final int CONNECT_TIMEOUT_MS = 2_000;
    private static final int OUT = 1;
    private static final int ERR = 2;
    private static final int EXIT = 3;

    private final Socket socket;
    private final byte[] token;

    private ClientCall(Socket socket, byte[] token) {
        this.socket = socket;
        this.token = token;
    }

    /** Connects to the node of a home. */
    static ClientCall open(Path home) throws ClientException, IOException {
        var folder = home.resolve("data").resolve("control");
        if (!Files.exists(folder.resolve("control.port"))) {
            throw new ClientException("no node runs in " + home + "; start one with 'dwcp node --home " + home + "', or name another: --home DIR");
        }
        var port = Client.read(folder.resolve("control.port"));
        var token = Client.read(folder.resolve("control.token"));
        if (!port.matches("[0-9]{1,5}") || !token.matches("[0-9a-f]{" + 2 * TOKEN_BYTES + "}")) {
            throw new ClientException("the files in " + folder + " are not those of a node; is " + home + " its home?");
        }
        var socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(port)), CONNECT_TIMEOUT_MS);
            socket.setTcpNoDelay(true);
            return new ClientCall(socket, HexFormat.of().parseHex(token));
        } catch (IOException | IllegalArgumentException e) {
            socket.close();
            throw new ClientException("no node answers on port " + port + " of " + home + " (" + e.getMessage() + "); it has crashed: start it again");
        }
    }

    void send(ClientScreen screen, Path directory, List<String> words) throws IOException, ClientException {
        socket.getOutputStream().write(request(token, screen, directory.toString(), words));
    }

    static byte[] request(byte[] token, ClientScreen screen, String directory, List<String> words) throws IOException, ClientException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeByte(VERSION);
        out.write(token);
        out.writeByte(screen.flags());
        out.writeShort(screen.width());
        text(out, directory);
        if (words.size() > WORDS_MAX) {
            throw new ClientException("command line of " + words.size() + " words exceeds " + WORDS_MAX + "; send a folder instead of its files");
        }
        out.writeShort(words.size());
        for (var word : words) {
            text(out, word);
        }
        if (bytes.size() > TEXT_BYTES_MAX) {
            throw new ClientException("command line of " + bytes.size() + " bytes exceeds " + TEXT_BYTES_MAX);
        }
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Shows what comes until the command ends. */
    int receive(OutputStream out, OutputStream err) throws IOException, ClientException {
        return receive(new DataInputStream(socket.getInputStream()), out, err);
    }

    static int receive(DataInputStream in, OutputStream out, OutputStream err) throws IOException, ClientException {
        try {
            while (true) {
                var type = in.readUnsignedByte();
                var length = in.readInt();
                if (length < 0 || length > FRAME_BYTES_MAX) {
                    throw new ClientException("the node sent a frame of " + length + " bytes, more than " + FRAME_BYTES_MAX + "; use the client of its version");
                }
                var bytes = new byte[length];
                in.readFully(bytes);
                switch (type) {
                    case OUT -> out.write(bytes);
                    case ERR -> err.write(bytes);
                    case EXIT -> {
                        return exit(bytes);
                    }
                    default -> throw new ClientException("the node sent a frame of unknown type " + type + "; use the client of its version");
                }
            }
        } catch (EOFException e) {
            throw new ClientException("the node ended the connection before the command ended; it was stopped, or its token has changed");
        }
    }

    private static int exit(byte[] bytes) throws ClientException {
        if (bytes.length != Integer.BYTES) {
            throw new ClientException("the node sent an exit code of " + bytes.length + " bytes; use the client of its version");
        }
        return java.nio.ByteBuffer.wrap(bytes).getInt();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
