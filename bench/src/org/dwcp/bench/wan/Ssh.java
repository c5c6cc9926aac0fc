// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.wan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;

/** OpenSSH at the receiving end, with keys made for this run. */
final class Ssh implements AutoCloseable {
    private static final String PORT = "2222";
    /** Where sshd insists on a folder of root's. */
    private static final Path PRIVILEGES = Path.of("/run/sshd");

    private final WanLink link;
    private final Path folder;
    private final Path key;
    private final Process daemon;

    Ssh(WanLink link, Path folder) throws IOException, InterruptedException {
        this.link = link;
        this.folder = Files.createDirectory(folder.resolve("ssh"));
        Files.createDirectories(PRIVILEGES);
        key = newKey(folder.resolve("user"));
        var host = newKey(folder.resolve("host"));
        var config = Files.writeString(folder.resolve("sshd.conf"), "Port " + PORT + "\nHostKey " + host + "\nAuthorizedKeysFile " + key
                + ".pub\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPidFile none\nSubsystem sftp internal-sftp\n");
        daemon = link.start(End.B, new ProcessBuilder("/usr/sbin/sshd", "-D", "-e", "-f", config.toString())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD));
    }

    private static Path newKey(Path file) throws IOException, InterruptedException {
        var made = new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString()).inheritIO().start().waitFor();
        if (made != 0) {
            throw new IOException("ssh-keygen ended with " + made);
        }
        return file;
    }

    /** The command that copies a file. */
    List<String> copy(Path file) {
        return List.of("scp", "-q", "-F", "none", "-i", key.toString(), "-P", PORT, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "IdentityAgent=none", file.toString(), "root@" + link.address(End.B) + ":" + folder + "/");
    }

    @Override
    public void close() {
        daemon.destroy();
    }
}
