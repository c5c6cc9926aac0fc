// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.dwcp.build.status.Status;

/** The build driver: {@code build}, {@code test}, {@code resolve}, {@code status-page}. Started by {@code ./dwcp} or by Maven. */
public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) throws Exception {
        var words = new ArrayDeque<>(List.of(arguments));
        int status;
        try {
            status = run(words.isEmpty() ? "build" : words.removeFirst(), words) ? 0 : 1;
        } catch (BuildException e) {
            System.out.println("error: " + e.getMessage());
            status = 1;
        }
        System.out.flush();
        System.exit(status); // bnd leaves threads behind
    }

    private static boolean run(String command, Deque<String> words) throws Exception {
        try (var house = House.open()) {
            return switch (command) {
                case "build" -> new Build(house).run(words) && new Image(house).assemble();
                case "test" -> new Tests(house, TestOptions.parse(words)).run();
                case "resolve" -> new Build(house).run(List.of()) && Runs.resolve(house, words);
                case "status-page" -> new Status(house).write();
                default -> throw new BuildException("no build command '" + command + "'; there are build, test, resolve FILE, status-page");
            };
        }
    }
}
