// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

/** A file will not be installed as it is; the message says why in one line. */
class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int LENGTH_MAX = 400;

    Refused(String reason) {
        super(oneLine(reason));
    }

    static String oneLine(String text) {
        var line = String.valueOf(text).replaceAll("\\s+", " ").strip();
        return line.length() <= LENGTH_MAX ? line : line.substring(0, LENGTH_MAX) + "...";
    }
}
