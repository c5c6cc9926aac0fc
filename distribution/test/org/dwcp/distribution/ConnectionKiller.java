// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;

/** Ends TCP connections of one end of a link as a router does that has had enough of them: both ends see a reset. */
final class ConnectionKiller {
    private final WanLink link;
    private final End end;
    private final int sparedPort;
    private int killed;

    /** {@code sparedPort}, at either end of a connection, keeps it alive. */
    ConnectionKiller(WanLink link, End end, int sparedPort) {
        this.link = link;
        this.end = end;
        this.sparedPort = sparedPort;
    }

    /** What is missing here, in words. */
    static Optional<String> unavailable() {
        return Stream.of("/usr/bin/ss", "/bin/ss", "/usr/sbin/ss", "/sbin/ss").map(Path::of).anyMatch(Files::isExecutable) ? Optional.empty()
                : Optional.of("the program ss (package iproute2)");
    }

    /** Kills the next of the connections that there are, if there is one. */
    void killOne() throws IOException, InterruptedException {
        var ports = said("ss", "-Htn", "state", "established", "dst", link.address(end.other())).lines().map(line -> line.strip().split("\\s+"))
                .filter(words -> port(words[2]) != sparedPort && port(words[3]) != sparedPort)
                .map(words -> port(words[2])).distinct().sorted().toList();
        if (!ports.isEmpty()) {
            var victim = said("ss", "-HtnK", "dst", link.address(end.other()), "sport", "=", String.valueOf(ports.get(killed % ports.size())));
            killed += victim.isBlank() ? 0 : 1;
        }
    }

    /** How many were killed so far. */
    int killed() {
        return killed;
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private String said(String... command) throws IOException, InterruptedException {
        var process = link.start(end, new ProcessBuilder(command).redirectErrorStream(true));
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + text);
        }
        return text;
    }
}
