// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.dwcp.api.node.NodeClock;
import org.dwcp.distribution.launcher.Client;

/** One node process: its home, its links, its commands. Not thread-safe but for {@link #run}. */
final class DemoNode implements AutoCloseable {
    static final String V1 = "transport.v1";
    static final String V3 = "transport.v3";
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration FINISH_TIMEOUT = Duration.ofSeconds(40);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    final String name;
    final Path home;
    final Links links;
    private final Path image;
    private final NodeClock clock;
    private Process process;

    DemoNode(String name, Path home, Path image, Links links, NodeClock clock) {
        this.clock = clock;
        this.name = name;
        this.home = home;
        this.image = image;
        this.links = links;
    }

    /** Runs one of the launcher's own commands, such as {@code init}, to its end. */
    static void launch(Path image, String... words) throws DemoException, IOException, InterruptedException {
        Process launcher = new ProcessBuilder(command(image, List.of(words))).redirectErrorStream(true).start();
        String output = new String(launcher.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (launcher.waitFor() != 0) {
            throw new DemoException(String.join(" ", words) + " failed: " + output.strip());
        }
    }

    private static List<String> command(Path image, List<String> words) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC", "-Xmx512m", "-Ddwcp.image=" + image, "-cp", image.resolve("lib") + File.separator + "*",
                "org.dwcp.distribution.launcher.Main"));
        command.addAll(words);
        return command;
    }

    void start(Map<String, String> settings) throws IOException {
        List<String> words = new ArrayList<>(List.of("node", "--home", home.toString(), "--name", name, "--port", String.valueOf(links.farPort(Links.CONTROL)), "--host",
                "127.0.0.1", "--no-shell"));
        settings.forEach((key, value) -> words.addAll(List.of("--set", key + "=" + value)));
        Files.createDirectories(home.resolve("log"));
        process = new ProcessBuilder(command(image, words)).redirectErrorStream(true).redirectOutput(home.resolve("log/console.log").toFile()).start();
        process.getOutputStream().close();
    }

    void awaitReady() throws DemoException, IOException, InterruptedException {
        long since = clock.nanoTime();
        while (!Files.exists(home.resolve("data/control/control.port")) || !answers()) { // The load comes last, from the deploy folder.
            if (!process.isAlive() || clock.nanoTime() - since > READY_TIMEOUT.toNanos()) {
                throw new DemoException("node " + name + " did not start: " + Files.readString(home.resolve("log/console.log")).strip());
            }
            process.waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    private boolean answers() {
        try {
            return Client.run(home, List.of("workload", "show"), new ByteArrayOutputStream(), new ByteArrayOutputStream()) == 0;
        } catch (IOException notYet) {
            return false; // The port file is there before the port is.
        }
    }

    /** Runs a command of the node; a failure ends the demonstration. */
    String run(String... words) throws DemoException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try {
            if (Client.run(home, List.of(words), out, err) == 0) {
                return out.toString(StandardCharsets.UTF_8).strip();
            }
        } catch (IOException e) {
            throw new DemoException("node " + name + ": " + String.join(" ", words) + ": " + e.getMessage());
        }
        throw new DemoException("node " + name + ": " + String.join(" ", words) + ": " + err.toString(StandardCharsets.UTF_8).strip());
    }

    /** The node and its load now, by key. */
    Map<String, String> view() throws DemoException {
        return parse(run("workload", "show"));
    }

    /** Lets the files and calls on their way arrive; gives the last figures. */
    Map<String, String> finishLoad() throws DemoException, InterruptedException {
        Map<String, String> view = parse(run("workload", "finish"));
        long since = clock.nanoTime();
        while (view.get("load.running").equals("true")) {
            if (clock.nanoTime() - since > FINISH_TIMEOUT.toNanos()) {
                throw new DemoException("node " + name + ": a file or call did not end within " + FINISH_TIMEOUT.toSeconds() + " s");
            }
            clock.sleep(Duration.ofMillis(100));
            view = view();
        }
        return view;
    }

    private static Map<String, String> parse(String lines) {
        return lines.lines().filter(line -> line.contains("=")).collect(Collectors.toMap(line -> line.substring(0, line.indexOf('=')),
                line -> line.substring(line.indexOf('=') + 1), (first, second) -> second));
    }

    /** Drops a bundle into the deploy folder, as an operator does. */
    void deploy(Path jar, String fileName) throws IOException {
        Path part = home.resolve("deploy").resolve(fileName + ".part");
        Files.createDirectories(part.getParent());
        Files.copy(jar, part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, part.resolveSibling(fileName), StandardCopyOption.ATOMIC_MOVE);
    }

    void undeploy(String fileName) throws IOException {
        Files.delete(home.resolve("deploy").resolve(fileName));
    }

    @Override
    public void close() {
        links.close();
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException stop) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
