// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What this client writes to, as the node is told.
 *
 * @param live    true for a terminal
 * @param colour  true when colours are wanted
 * @param unicode true when the terminal shows UTF-8
 * @param width   columns
 */
record ClientScreen(boolean live, boolean colour, boolean unicode, int width) {
    private static final int WIDTH_DEFAULT = 100;
    private static final int WIDTH_MAX = 500;
    /** A program that reads, not a person. */
    static final ClientScreen PLAIN = new ClientScreen(false, false, false, WIDTH_DEFAULT);

    /** Flags of a request. */
    int flags() {
        return (live ? 1 : 0) | (colour ? 2 : 0) | (unicode ? 4 : 0);
    }

    static ClientScreen find(Map<String, String> environment) {
        System.setProperty("jdk.console", "java.base"); // The other console would load a line editor, which takes longer than the command.
        var console = System.console();
        var dumb = environment.getOrDefault("TERM", "dumb").equals("dumb");
        var live = console != null && console.isTerminal() && !dumb;
        var colour = live && environment.getOrDefault("NO_COLOR", "").isEmpty();
        var unicode = "UTF-8".equalsIgnoreCase(System.getProperty("stdout.encoding", System.getProperty("native.encoding", "")));
        return new ClientScreen(live, colour, unicode, live ? width(environment) : WIDTH_DEFAULT);
    }

    private static int width(Map<String, String> environment) {
        var columns = parse(environment.getOrDefault("COLUMNS", ""));
        return columns > 0 ? columns : askTerminal();
    }

    /** Java cannot ask a terminal for its size; {@code stty} can, on every system that has terminals. */
    private static int askTerminal() {
        try {
            var stty = new ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return WIDTH_DEFAULT;
            }
            var words = new String(stty.getInputStream().readNBytes(64), StandardCharsets.US_ASCII).strip().split(" ");
            var columns = words.length == 2 ? parse(words[1]) : 0;
            return columns > 0 ? columns : WIDTH_DEFAULT;
        } catch (IOException e) {
            return WIDTH_DEFAULT; // There is no stty.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return WIDTH_DEFAULT;
        }
    }

    private static int parse(String number) {
        return number.matches("[0-9]{1,4}") ? Math.min(Integer.parseInt(number), WIDTH_MAX) : 0;
    }
}
