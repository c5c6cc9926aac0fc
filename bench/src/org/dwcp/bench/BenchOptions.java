// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

/**
 * How a benchmark is to be run.
 *
 * @param quick true for a run of seconds that only shows that it works; its numbers go into no document
 */
public record BenchOptions(boolean quick) {
    /** Picks a number by the length of the run: repetitions, megabytes, milliseconds. */
    public int pick(int whenQuick, int otherwise) {
        return quick ? whenQuick : otherwise;
    }
}
