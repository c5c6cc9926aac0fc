// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The emulator's program: compiled once by the machine's C compiler, started once a link, spoken to line by line. Thread-safe. */
final class Emulator implements AutoCloseable {
    static final String COMPILER = "cc";
    private static final String MAIN = "wanlink.c";
    private static final List<String> SOURCES = List.of(MAIN, "ring.h", "segment.h");
    private static final long END_SECONDS_MAX = 5;

    private final Process process;
    private final BufferedReader answers;

    private Emulator(Process process) {
        this.process = process;
        answers = process.inputReader(StandardCharsets.US_ASCII);
    }

    /** Compiles the emulator unless this very source was compiled before; gives the program. */
    static Path compiled() {
        try {
            var sources = new LinkedHashMap<String, byte[]>();
            for (var name : SOURCES) {
                try (var in = Emulator.class.getResourceAsStream(name)) {
                    sources.put(name, in.readAllBytes());
                }
            }
            var program = Namespaces.workFolder().resolve("wanlink-" + hash(sources));
            return Files.isExecutable(program) ? program : compile(sources, program);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path compile(Map<String, byte[]> sources, Path program) throws IOException {
        var folder = Files.createTempDirectory(Namespaces.workFolder(), "compile");
        try {
            for (var source : sources.entrySet()) {
                Files.write(folder.resolve(source.getKey()), source.getValue());
            }
            var made = folder.resolve("wanlink");
            var result = Shell.run(List.of(COMPILER, "-O2", "-std=gnu11", "-pthread", "-o", made.toString(), folder.resolve(MAIN).toString()));
            if (result.status() != 0) {
                throw new IllegalStateException(COMPILER + " cannot compile the emulator: " + result.output());
            }
            return Files.move(made, program, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            try (var left = Files.list(folder)) {
                for (var file : left.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static String hash(Map<String, byte[]> sources) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            sources.values().forEach(digest::update);
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts the emulator; when this returns both devices exist. */
    static Emulator start(Namespaces namespaces, String device, int mtu, long seed) {
        try {
            var emulator = new Emulator(new ProcessBuilder(compiled().toString(), namespaces.of(WanLink.End.A), namespaces.of(WanLink.End.B),
                    device, String.valueOf(mtu), String.valueOf(seed)).redirectErrorStream(true).start());
            var answer = emulator.answers.readLine();
            if (!"ready".equals(answer)) {
                emulator.close();
                throw new IllegalStateException("the emulator does not start: " + answer);
            }
            return emulator;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a command; gives its answer. */
    synchronized String ask(String command) {
        try {
            var out = process.outputWriter(StandardCharsets.US_ASCII);
            out.write(command + "\n");
            out.flush();
            var answer = answers.readLine();
            if (answer == null || answer.startsWith("error")) {
                throw new IllegalStateException(command + ": " + (answer == null ? "the emulator has ended" : answer));
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("the emulator does not take \"" + command + "\"", e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Ends it by the end of its input; its devices go with it. Works twice. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
