// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

import java.util.regex.Pattern;

/**
 * How a benchmark is to be run.
 *
 * @param quick true for a run of seconds that only shows that it works; its numbers go into no document
 * @param cases only those cases in whose name this is found; matches all when it is empty
 */
public record BenchOptions(boolean quick, Pattern cases) {
    /** Picks a number by the length of the run: repetitions, megabytes, milliseconds. */
    public int pick(int whenQuick, int otherwise) {
        return quick ? whenQuick : otherwise;
    }

    /** Tells whether a case is asked for. A benchmark need not measure what is not, and its rows are left out. */
    public boolean wants(String scenario) {
        return cases.matcher(scenario).find();
    }
}
