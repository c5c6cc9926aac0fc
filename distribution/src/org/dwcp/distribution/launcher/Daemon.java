// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Starts a node in the background: the same program in a process of its own, out of reach of this terminal, with its words in
 * {@code log/console.log}. The caller goes on when the node says that it is ready, or with the reason when it cannot be.
 */
final class Daemon {
    static final String FLAG = "--daemon";
    /** What a node says, and a person or a program waits for. */
    static final String READY = " ready control=";
    /** Source: chosen; twice the time after which a node itself gives up. */
    private static final int READY_TIMEOUT_S = 60;
    private static final int LOOK_MS = 50;
    private static final int CHARACTERS_MAX = 64 << 10;

    private Daemon() {
    }

    /**
     * Starts a node and waits until it is ready.
     *
     * @param home  its home
     * @param words of the command {@code node}
     * @return what it said while it started
     */
    static String start(Path home, List<String> words) throws LaunchException, InterruptedException {
        var console = home.resolve("log").resolve("console.log");
        try {
            Files.createDirectories(console.getParent());
            var from = Files.exists(console) ? Files.size(console) : 0;
            var process = new ProcessBuilder(command(words)).redirectInput(new File("/dev/null")).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(console.toFile())).start();
            for (var looks = 0; looks < READY_TIMEOUT_S * 1_000 / LOOK_MS; looks++) {
                var ended = process.waitFor(LOOK_MS, TimeUnit.MILLISECONDS);
                var said = read(console, from);
                if (said.contains(READY) && said.endsWith("\n")) {
                    return said.strip();
                }
                if (ended) {
                    throw new LaunchException(process.exitValue() == LaunchException.Status.USAGE.code() ? LaunchException.Status.USAGE
                            : LaunchException.Status.FAILURE, reason(said, console));
                }
            }
            process.destroyForcibly();
            throw LaunchException.failure("the node did not say within %d s that it is ready and was ended; see %s", READY_TIMEOUT_S, home.resolve("log"));
        } catch (IOException e) {
            throw new LaunchException("the node cannot be started in the background (" + e + ")", e);
        }
    }

    /** This JVM's own command line with the words; in a session of its own where the system can, so that Ctrl-C here is not meant for it. */
    private static List<String> command(List<String> words) {
        var command = new ArrayList<String>();
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).map(folder -> Path.of(folder, "setsid"))
                .filter(Files::isExecutable).findFirst().ifPresent(setsid -> command.add(setsid.toString()));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "node", "--no-shell"));
        words.stream().filter(word -> !word.equals(FLAG) && !word.equals("--no-shell")).forEach(command::add);
        return command;
    }

    /** What was said from a place on. Only the first of much: what is waited for comes early. */
    private static String read(Path console, long from) throws IOException {
        try (var file = new RandomAccessFile(console.toFile(), "r")) {
            file.seek(from);
            var bytes = new byte[Math.clamp(file.length() - from, 0, CHARACTERS_MAX)];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static String reason(String said, Path console) {
        var prefix = "dwcp: ";
        return said.lines().filter(line -> line.startsWith(prefix)).reduce((first, last) -> last).map(line -> line.substring(prefix.length()))
                .orElseGet(() -> "the node ended before it was ready; see " + console);
    }
}
