// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.nio.file.Path;
import java.util.List;

/**
 * How to run.
 *
 * @param script true: unattended, without a table that is redrawn
 * @param json   true: the last line is the summary as JSON
 * @param keep   true: the nodes' folders stay for a look afterwards
 * @param defect what is broken on purpose, so that the verdict can be seen to fail
 * @param folder where the nodes live
 */
record DemoOptions(boolean script, boolean json, boolean keep, Defect defect, Path folder) {
    /** What can be broken on purpose. */
    enum Defect {
        /** Nothing. */
        NONE,
        /** Breakers never open and calls are not repeated on another provider: a failing provider is not survived. */
        NO_FALLBACK,
        /** One received file is cut short behind the nodes' back. */
        CUT_FILE
    }

    static final String USAGE = """
            usage: ./dwcp demo [--script] [--json] [--keep] [--folder FOLDER] [--defect no-fallback | cut-file]
              --script   runs unattended; exit code 0 only when nothing was lost
              --json     prints the summary as one JSON object in the last line
              --keep     keeps the nodes' folders (default: removed after a good run)
              --folder   where the nodes live; default target/demo
              --defect   breaks something on purpose, to see the verdict fail""";

    static DemoOptions parse(List<String> words) {
        boolean script = false;
        boolean json = false;
        boolean keep = false;
        Defect defect = Defect.NONE;
        Path folder = Path.of("target", "demo");
        for (int i = 0; i < words.size(); i++) {
            switch (words.get(i)) {
                case "--script" -> script = true;
                case "--json" -> json = true;
                case "--keep" -> keep = true;
                case "--folder" -> folder = Path.of(value(words, ++i));
                case "--defect" -> defect = switch (value(words, ++i)) {
                    case "no-fallback" -> Defect.NO_FALLBACK;
                    case "cut-file" -> Defect.CUT_FILE;
                    default -> throw new IllegalArgumentException("defect " + words.get(i) + " is unknown; use no-fallback or cut-file");
                };
                default -> throw new IllegalArgumentException("option " + words.get(i) + " is unknown");
            }
        }
        return new DemoOptions(script, json, keep, defect, folder.toAbsolutePath().normalize());
    }

    private static String value(List<String> words, int index) {
        if (index >= words.size()) {
            throw new IllegalArgumentException("option " + words.get(index - 1) + " needs a value");
        }
        return words.get(index);
    }
}
