// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;

/**
 * A node as a user has it: a JVM of its own. It is ready when {@link #start} returns. Closing it kills what still runs; when a node does not
 * become ready, the exception holds what it printed and the end of its log.
 */
public final class NodeProcess implements AutoCloseable {
    /** Source: chosen; the launcher gives up after 30 s by itself. */
    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration STOP_MAX = Duration.ofSeconds(30);
    private static final Duration COMMAND_MAX = Duration.ofSeconds(60);
    private static final int LOG_CHARACTERS_MAX = 8_000;
    /** Starts quickly, and is slower afterwards than what a user has. */
    private static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-Xmx512m");

    private final List<String> before;
    private final NodeImage image;
    private final Path home;
    private final Path output;
    private final Process process;

    private NodeProcess(List<String> before, NodeImage image, Path home, Path output, Process process) {
        this.before = before;
        this.image = image;
        this.home = home;
        this.output = output;
        this.process = process;
    }

    /**
     * What a command of the client gave.
     *
     * @param status exit status
     * @param out    what it printed
     * @param err    what it complained of
     */
    public record Result(int status, String out, String err) {
        /** True when the command succeeded. */
        public boolean isGood() {
            return status == 0;
        }
    }

    /**
     * Starts a node and waits until it is ready.
     *
     * @param image   the image
     * @param home    its home
     * @param options further words for {@code node}, for example {@code --set KEY=VALUE}; its port is any free one unless given here
     * @return a running node
     */
    public static NodeProcess start(NodeImage image, Path home, String... options) {
        return start(List.of(), image, home, options);
    }

    /**
     * Starts a node by way of another program, and waits until it is ready.
     *
     * @param before  the program that starts it and its commands, such as the words that enter a network namespace; it must become what it
     *                starts, without a process of its own
     * @param image   the image
     * @param home    its home
     * @param options further words for {@code node}
     * @return a running node
     */
    public static NodeProcess start(List<String> before, NodeImage image, Path home, String... options) {
        return start(before, QUICK, image, home, options);
    }

    /**
     * The same with other words for its JVM, for measurements.
     *
     * @param jvm words, none for a node as a user starts it
     */
    public static NodeProcess start(List<String> before, List<String> jvm, NodeImage image, Path home, String... options) {
        var node = launch(before, jvm, image, home, options);
        try {
            Awaitility.await().atMost(READY_MAX).until(() -> node.isReady() || !node.process.isAlive());
            if (!node.process.isAlive()) {
                throw new IllegalStateException("node ended with " + node.process.exitValue());
            }
            return node;
        } catch (RuntimeException e) {
            node.close();
            throw new IllegalStateException("node of " + home + " is not ready: " + e.getMessage() + "\n" + node.output(), e);
        }
    }

    /**
     * Starts a node and does not wait: for tests of starts that fail.
     *
     * @param image   the image
     * @param home    its home
     * @param options further words for {@code node}
     * @return a node that may or may not become ready
     */
    public static NodeProcess launch(NodeImage image, Path home, String... options) {
        return launch(List.of(), QUICK, image, home, options);
    }

    private static NodeProcess launch(List<String> before, List<String> jvm, NodeImage image, Path home, String... options) {
        try {
            Files.createDirectories(home);
            var output = home.resolve("process.out");
            var words = new ArrayList<>(List.of("node", "--home", home.toString(), "--no-shell"));
            if (!List.of(options).contains("--port")) {
                words.addAll(List.of("--port", "0"));
            }
            words.addAll(List.of(options));
            var process = new ProcessBuilder(java(before, jvm, image, image.entry(NodeImage.PROGRAM), words))
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())).start();
            return new NodeProcess(List.copyOf(before), image, home, output, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> java(List<String> before, List<String> jvm, NodeImage image, String main, List<String> words) {
        var command = new ArrayList<>(before);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(jvm);
        command.addAll(List.of("-cp", image.classPath(), main));
        command.addAll(words);
        return command;
    }

    /** Gives the home. */
    public Path home() {
        return home;
    }

    /** Gives the operating system's number of the process. */
    public long pid() {
        return process.pid();
    }

    /** True while the process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Gives the port for other nodes. */
    public int peerPort() {
        return number("peerPort");
    }

    /** Gives the loopback port for commands, 0 when the image has no shell. */
    public int controlPort() {
        return number("controlPort");
    }

    /**
     * Runs a client command at this node, as {@code ./dwcp WORDS} does.
     *
     * @param words the command and its arguments
     * @return what it gave
     */
    public Result command(String... words) {
        var all = new ArrayList<>(List.of("--home", home.toString()));
        all.addAll(List.of(words));
        try {
            var err = Files.createTempFile(home, "client", ".err");
            var client = new ProcessBuilder(java(before, QUICK, image, image.entry(NodeImage.CLIENT), all)).redirectError(err.toFile()).start();
            client.getOutputStream().close();
            var out = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!client.waitFor(COMMAND_MAX.toSeconds(), TimeUnit.SECONDS)) {
                client.destroyForcibly();
                throw new IllegalStateException("command " + String.join(" ", words) + " did not end within " + COMMAND_MAX);
            }
            var text = Files.readString(err);
            Files.delete(err);
            return new Result(client.exitValue(), out, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Ends the process as a power cut does (SIGKILL). Returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        waitForEnd();
    }

    /**
     * Tells the node to stop (SIGTERM) and waits.
     *
     * @return the exit status
     */
    public int stop() {
        process.destroy();
        return waitForEnd();
    }

    /**
     * Waits until the process has ended by itself.
     *
     * @return the exit status
     */
    public int waitForEnd() {
        try {
            if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("node of " + home + " did not end within " + STOP_MAX + "\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /**
     * Gives what the node printed and the end of its log, for failure messages.
     *
     * @return readable text
     */
    public String output() {
        return "--- printed\n" + end(output) + "--- log\n" + end(home.resolve("log").resolve("dwcp.log"));
    }

    private static String end(Path file) {
        try {
            var text = Files.exists(file) ? Files.readString(file) : "";
            return text.substring(Math.max(0, text.length() - LOG_CHARACTERS_MAX));
        } catch (IOException e) {
            return "cannot be read: " + e + "\n";
        }
    }

    /** A file that a killed node left behind names another process. */
    private boolean isReady() throws IOException {
        return Files.exists(state()) && Files.readString(state()).contains("\"pid\":" + pid() + ",");
    }

    private Path state() {
        return home.resolve("data").resolve("node.json");
    }

    private int number(String key) {
        try {
            var found = Pattern.compile("\"" + key + "\":([0-9]+)").matcher(Files.readString(state()));
            if (!found.find()) {
                throw new IllegalStateException(state() + " has no " + key);
            }
            return Integer.parseInt(found.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills the process if it still runs. */
    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
