// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The two files by which a client finds and enters a node: {@code control.token}, readable by the node's user alone, and {@code control.port}. The token
 * is new at every start and is written before the port, so a client that can read a port can read its token. Both go when the node stops.
 */
final class ControlFiles {
    static final String TOKEN = "control.token";
    static final String PORT = "control.port";

    private final Path folder;

    ControlFiles(Path folder) {
        this.folder = folder;
    }

    byte[] writeToken() throws IOException {
        var token = new byte[Request.TOKEN_BYTES];
        new SecureRandom().nextBytes(token);
        Files.deleteIfExists(folder.resolve(PORT)); // Left by a node that was killed.
        write(TOKEN, HexFormat.of().formatHex(token));
        return token;
    }

    void writePort(int port) throws IOException {
        write(PORT, Integer.toString(port));
    }

    /** Writes a file that is never seen half written and never readable by others. */
    private void write(String name, String text) throws IOException {
        var draft = folder.resolve(name + ".new");
        Files.deleteIfExists(draft);
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(draft);
        }
        Files.writeString(draft, text + "\n");
        Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void delete() throws IOException {
        Files.deleteIfExists(folder.resolve(PORT));
        Files.deleteIfExists(folder.resolve(TOKEN));
    }
}
