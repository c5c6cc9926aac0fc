// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a guest's QEMU. */
@FunctionalInterface
public interface Launcher {
    /** As a process of its own that goes on when the node stops. */
    Launcher PROCESS = Launcher::process;

    /**
     * Starts it.
     *
     * @param words program and arguments
     * @param log   gets what it prints
     * @return ends it, whatever it does, and tells whether it runs
     */
    Started start(List<String> words, Path log) throws IOException;

    /** A QEMU that was started. */
    interface Started {
        boolean isAlive();

        /** Ends it at once. */
        void kill();
    }

    private static Started process(List<String> words, Path log) throws IOException {
        List<String> command = new ArrayList<>(words);
        Path detach = Path.of("/usr/bin/setsid");
        if (Files.isExecutable(detach)) {
            command.addFirst(detach.toString()); // or a Ctrl-C meant for the node would end its guests
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).redirectInput(Path.of("/dev/null").toFile()).start();
        return new Started() {
            @Override
            public boolean isAlive() {
                return process.isAlive();
            }

            @Override
            public void kill() {
                process.destroyForcibly();
            }
        };
    }
}
