// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.wan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;

/** rsync's daemon at the receiving end: no encryption, the whole file. */
final class Rsync implements AutoCloseable {
    private static final String PORT = "8730";

    private final WanLink link;
    private final Path folder;
    private final Process daemon;

    Rsync(WanLink link, Path folder) throws IOException {
        this.link = link;
        this.folder = Files.createDirectory(folder.resolve("rsync"));
        var config = Files.writeString(folder.resolve("rsyncd.conf"),
                "use chroot = no\nuid = 0\ngid = 0\n[sink]\npath = " + this.folder + "\nread only = no\n");
        daemon = link.start(End.B, new ProcessBuilder("rsync", "--daemon", "--no-detach", "--port=" + PORT, "--config=" + config)
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.INHERIT));
    }

    /** The command that copies a file; what an earlier one has left is gone. */
    List<String> copy(Path file) throws IOException {
        Files.deleteIfExists(folder.resolve(file.getFileName()));
        return List.of("rsync", "--whole-file", "--inplace", file.toString(), "rsync://" + link.address(End.B) + ":" + PORT + "/sink/");
    }

    @Override
    public void close() {
        daemon.destroy();
    }
}
