// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The process with the BFT-SMaRt derivative. */
final class Smart implements AutoCloseable {
    static final String NAME = "bft-smart 0.0.8 (JD)";
    private final Path folder;
    private final Process process;
    private final BufferedReader output;

    Smart() throws IOException {
        folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), "bench-smart-");
        Files.createDirectories(folder.resolve("files")); // where it logs, and it does not make it
        process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                SmartProcess.class.getName()).directory(folder.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        output = process.inputReader(StandardCharsets.US_ASCII);
        result();
    }

    private String result() throws IOException {
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(SmartProcess.RESULT)) {
                return line.substring(SmartProcess.RESULT.length());
            }
        }
        throw new IOException("the BFT-SMaRt process ended");
    }

    private String ask(String what) throws IOException {
        var input = process.outputWriter(StandardCharsets.US_ASCII);
        input.write(what + "\n");
        input.flush();
        return result();
    }

    Loops.Result run(int clients, long ms) throws IOException {
        var answer = ask("run " + clients + " " + ms);
        if (answer.startsWith("failed")) {
            throw new IOException(answer);
        }
        var words = answer.split(" ");
        return new Loops.Result(Double.parseDouble(words[0]), Double.parseDouble(words[1]), Double.parseDouble(words[2]), Double.parseDouble(words[3]));
    }

    void crash(int replica) throws IOException {
        ask("crash " + replica);
    }

    /**
     * What came of a replica's end under load.
     *
     * @param answers how many came after it
     * @param gapMs   longest time without one
     */
    record Lost(long answers, double gapMs) {
    }

    /** Kills a replica under load, after a quarter of the time. */
    Lost lose(int replica, int clients, long ms) throws IOException {
        var answer = ask("lose " + replica + " " + clients + " " + ms);
        if (answer.startsWith("failed")) {
            throw new IOException(answer);
        }
        var words = answer.split(" ");
        return new Lost(Long.parseLong(words[0]), Double.parseDouble(words[1]));
    }

    @Override
    public void close() throws IOException {
        process.outputWriter(StandardCharsets.US_ASCII).close();
        process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
        Members.deleteTree(folder);
    }
}
