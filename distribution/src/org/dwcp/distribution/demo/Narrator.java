// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.node.NodeClock;

/**
 * Tells what happens: sentences as the script goes on, and below them a table of the nodes. On a terminal the table is redrawn in place; elsewhere it
 * is printed after each step.
 */
final class Narrator {
    private static final String ERASE_TO_END = "\u001b[J";

    private final PrintStream out;
    private final NodeClock clock;
    private final long beganNs;
    private final boolean live;
    private int tableLines;

    Narrator(PrintStream out, NodeClock clock, boolean live) {
        this.out = out;
        this.clock = clock;
        this.beganNs = clock.nanoTime();
        this.live = live;
    }

    void say(String sentence) {
        eraseTable();
        out.printf("%6.1f s  %s%n", (clock.nanoTime() - beganNs) / 1e9, sentence);
        out.flush();
    }

    /** Draws the table; where nothing can be redrawn only when asked to. */
    void table(Map<String, Map<String, String>> views, boolean always) {
        if (!live && !always) {
            return;
        }
        eraseTable();
        List<String> lines = lines(views);
        lines.forEach(out::println);
        tableLines = live ? lines.size() : 0;
        out.flush();
    }

    private void eraseTable() {
        if (tableLines > 0) {
            out.print("\u001b[" + tableLines + "A" + ERASE_TO_END);
            tableLines = 0;
        }
    }

    static List<String> lines(Map<String, Map<String, String>> views) {
        List<String> lines = new ArrayList<>();
        String format = "          %-5s %-11s %-36s %-26s %6s %8s %5s %7s %6s";
        lines.add(format.formatted("node", "mode", "transport", "encoding", "files", "MB", "moves", "calls", "failed"));
        new LinkedHashMap<>(views).forEach((node, view) -> lines.add(format.formatted(node, view.getOrDefault("mode", "?"),
                view.getOrDefault("slot.transport", "-"), view.getOrDefault("slot.encoding", "-"), view.getOrDefault("load.files", "0"),
                Long.parseLong(view.getOrDefault("load.bytes", "0")) / 1_000_000, view.getOrDefault("load.moves", "0"), view.getOrDefault("load.calls", "0"),
                view.getOrDefault("load.failedCalls", "0"))));
        return lines;
    }

    Duration elapsed() {
        return Duration.ofNanos(clock.nanoTime() - beganNs);
    }
}
