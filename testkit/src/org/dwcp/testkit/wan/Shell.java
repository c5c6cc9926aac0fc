// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Short programs of the system, run to their end. */
final class Shell {
    private Shell() {
    }

    /**
     * How a program ended.
     *
     * @param status exit status
     * @param output all that it printed
     */
    record Result(int status, String output) {
    }

    static Result run(List<String> command) {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output.strip());
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command) + " cannot be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Runs what must succeed; gives what it printed. */
    static String must(String... command) {
        var result = run(List.of(command));
        if (result.status() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " ended with " + result.status() + ": " + result.output());
        }
        return result.output();
    }

    /** True when a program of that name is on the path. */
    static boolean has(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
