// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.Locale;

/** Colours for words that name a state. The word stays readable without them. */
final class Paint {
    private static final String END = "\u001b[0m";

    private Paint() {
    }

    /** Colours a state word by what it means: green serves, yellow needs a look, red is broken, grey waits. */
    static String state(String word, Screen screen) {
        return screen.colour() ? code(word.strip()) + word + END : word;
    }

    private static String code(String word) {
        return switch (word.toUpperCase(Locale.ROOT)) {
            case "OK", "ACTIVE", "COMMITTED", "HEALTHY", "ONLINE", "DONE", "PASS" -> "\u001b[32m";
            case "WARN", "DEGRADED", "NOT_READY", "WAITING", "DRAINING", "STARTING", "IDLE" -> "\u001b[33m";
            case "FAIL", "FAILED", "UNDONE", "OFFLINE", "REFUSED", "CANCELLED" -> "\u001b[31m";
            default -> "\u001b[90m";
        };
    }
}
